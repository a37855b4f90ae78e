// Package web is the door: every route of the process on one page (router.go),
// and the layers around them. It is line 4.
//
// A request passes, from the outside in:
//
//	reference id → recover → access log → limits → authentication → rate → routing → gzip
//
// Authentication is around everything. Only the targets /healthz and /readyz,
// byte for byte as the client sent them, GET and HEAD, pass without a token,
// and what they pass to has no other route. Each connection has a router of
// its own, which holds that connection's SCIM handler and no other's: no
// handler asks who the caller is, so none can forget to.
package web
