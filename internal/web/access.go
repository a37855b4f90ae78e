package web

import (
	"context"
	"net/http"
)

// AccessEntry is what a door adds to the access log's line of a request. No
// code decides by it.
type AccessEntry struct {
	Route      string // pattern that matched; "": none
	Resource   string // label of the metrics
	Connection string // name
}

type entryKey struct{}

// AccessEntryOf returns the entry of a request. Outside of a request it
// returns one that nobody reads.
func AccessEntryOf(ctx context.Context) *AccessEntry {
	if e, ok := ctx.Value(entryKey{}).(*AccessEntry); ok {
		return e
	}
	return &AccessEntry{}
}

// SetEndpoint sets the route and the resource of one of the process's own
// endpoints.
func (e *AccessEntry) SetEndpoint(path string) {
	e.Route, e.Resource = path, "health"
	if path == MetricsPath {
		e.Resource = "metrics"
	}
}

// writer keeps the status and the size of an answer.
type writer struct {
	http.ResponseWriter
	status int   // 0: nothing yet
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
