// Package web is the transport: the part of the HTTP server that all doors share. A
// door is an HTTP surface with its own authentication, errors and headers;
// internal/web/scimdoor is one.
//
//	web.go         | the doors, and the choice of the door for a request
//	transport.go   | a request's id, limits, panic and access log
//	access.go      | a door's fields in the access log
//	endpoints.go   | /healthz, /readyz and /metrics
//	server.go      | TLS, timeouts, shutdown
//	certificate.go | a certificate, reloaded when it changes
//	compress.go    | gzip, a tool for doors
//
// GET and HEAD of /healthz and /readyz need no token; for this, the request target
// must equal the path byte for byte. The metrics token gives access to /metrics
// only. The transport passes every other request to a door, which authenticates it;
// the SCIM door can serve ServiceProviderConfig without a token.
// If the transport itself refuses a request, the door of the request's path writes
// the error response.
package web
