package web

import (
	"context"
	"net/http"
)

// AccessEntry contains the fields that a door adds to a request's line in the
// access log. The code must not read them for any other purpose.
type AccessEntry struct {
	Route      string // matched pattern; "": none
	Resource   string // label in the metrics
	Connection string // name of the connection
	Sampled    bool   // the request has no line of its own, because a door logs several such requests together
}

type entryKey struct{}

// AccessEntryOf returns the AccessEntry in a request's context. For any other
// context it returns an entry that is never logged.
func AccessEntryOf(ctx context.Context) *AccessEntry {
	if e, ok := ctx.Value(entryKey{}).(*AccessEntry); ok {
		return e
	}
	return &AccessEntry{}
}

// Logged returns a handler that sets the route and the resource for the access log, then calls next.
func Logged(route, resource string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e := AccessEntryOf(r.Context())
		e.Route, e.Resource = route, resource
		next.ServeHTTP(w, r)
	})
}

// writer is a ResponseWriter that also records the status and the size of the
// response.
type writer struct {
	http.ResponseWriter
	status int   // 0: not sent yet
	bytes  int64 // of the body
}

// WriteHeader sends the status.
func (w *writer) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write sends a part of the body.
func (w *writer) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap is for http.ResponseController.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }
