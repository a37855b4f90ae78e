// Package web is the transport below the doors. A door is an HTTP surface with
// its own authentication, errors and headers; internal/web/scimdoor is one.
//
//	web.go         | the doors, and the choice of the door for a request
//	transport.go   | a request's id, limits, panic and access log
//	access.go      | a door's fields in the access log
//	endpoints.go   | /healthz, /readyz and /metrics
//	server.go      | TLS, timeouts, shutdown
//	certificate.go | a certificate, reloaded when it changes
//	compress.go    | gzip, a tool for doors
//
// GET and HEAD of /healthz and /readyz need no token; their paths are compared byte for byte.
// The metrics token gives access to /metrics only. Every other request goes to
// a door, which authenticates it. If the transport refuses a request, the
// request's door writes the response.
package web
