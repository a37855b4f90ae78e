package web

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/flexscim/flexscim/internal/auth"
	"github.com/flexscim/flexscim/internal/logfield"
)

// transport is the handler of all requests to the process. It passes each request
// to a door or an endpoint.
type transport struct{ Config }

// idLength is the length of a reference id: 60 random bits.
const idLength = 12

// ServeHTTP sets the reference id of a request, the headers of the response, and
// the limits; then it passes the request to its door. It ignores a reference id
// that the client sent, because clients must not write into the log. If
// Content-Length exceeds the limit, the door refuses the request. If a body without
// Content-Length exceeds the limit, reading the body returns an
// *http.MaxBytesError.
func (t *transport) ServeHTTP(server http.ResponseWriter, r *http.Request) {
	start, d := time.Now(), t.door(r.URL.Path)
	id := strings.ToLower(rand.Text()[:idLength])
	ctx := context.WithValue(logfield.WithRequestID(r.Context(), id), entryKey{}, &AccessEntry{Resource: "none"})
	ctx, cancel := context.WithTimeout(ctx, t.RequestTime)
	defer cancel()
	w := &writer{ResponseWriter: server}
	h := w.Header()
	h.Set("X-Request-Id", id)
	h.Set("X-Content-Type-Options", "nosniff")
	if t.HTTPS {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	d.SetHeaders(h)
	r = r.WithContext(ctx)
	defer t.finish(w, r, d, start)
	if headerSize(r) > t.Headers {
		h.Set("Connection", "close")
		d.Fail(w, r, http.StatusRequestHeaderFieldsTooLarge, int64(t.Headers))
		return
	}
	if r.ContentLength > t.Body {
		h.Set("Connection", "close")
		d.Fail(w, r, http.StatusRequestEntityTooLarge, t.Body)
		return
	}
	r.Body = http.MaxBytesReader(server, r.Body, t.Body)
	switch {
	case isOpen(r):
		t.Endpoints[r.RequestURI].ServeHTTP(w, r)
	case r.URL.Path == MetricsPath && t.isScraper(r):
		t.serveMetrics(w, r, d)
	default:
		d.ServeHTTP(w, r)
	}
}

// finish writes the access log and converts a panic to status 500. If the response
// has begun, finish closes the connection, so that the client sees that the
// response is incomplete.
func (t *transport) finish(w *writer, r *http.Request, d Door, start time.Time) {
	value := recover()
	t.logAccess(w, r, time.Since(start), value != nil)
	switch value {
	case nil:
		return
	case http.ErrAbortHandler:
		panic(value)
	}
	id := logfield.Request(logfield.RequestID(r.Context()))
	t.Log.Error("request panicked", id, logfield.Reason(fmt.Sprintf("%T", value)), zap.Stack("stack"))
	t.Log.Debug("panic", id, logfield.Panic(value))
	if w.status != 0 {
		panic(http.ErrAbortHandler)
	}
	d.Fail(w, r, http.StatusInternalServerError, 0)
}

// logAccess writes the request's line in the access log, and counts the request in
// the metrics.
func (t *transport) logAccess(w *writer, r *http.Request, took time.Duration, panicked bool) {
	status := w.status
	switch {
	case panicked:
		status = http.StatusInternalServerError
	case status == 0:
		status = http.StatusOK
	}
	method := "other" // replaces methods that no standard defines
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodOptions, http.MethodConnect, http.MethodTrace:
		method = r.Method
	}
	e := AccessEntryOf(r.Context())
	t.Metrics.Request(r.Method, e.Resource, status, took)
	if e.Sampled {
		return
	}
	fields := append(make([]zap.Field, 0, 11), logfield.Request(logfield.RequestID(r.Context())), logfield.Method(method),
		logfield.Route(e.Route), logfield.Status(status), logfield.Duration(took), logfield.Bytes(w.bytes),
		logfield.Connection(e.Connection))
	sender := logfield.SenderOf(r.Context())
	if sender.Token != "" {
		fields = append(fields, logfield.Token(sender.Token))
	}
	if sender.Address != "" {
		fields = append(fields, logfield.Client(sender.Address))
	}
	if refusal := logfield.RefusalOf(r.Context()); status >= http.StatusBadRequest && refusal.Detail != "" {
		fields = append(fields, logfield.ScimType(refusal.ScimType), logfield.Detail(refusal.Detail))
	}
	if isOpen(r) && status < http.StatusBadRequest {
		t.Log.Debug("request", fields...) // probes come every few seconds
		return
	}
	t.Log.Info("request", fields...)
}

// isOpen reports whether a request needs no token. It compares the request target
// exactly as the client sent it.
func isOpen(r *http.Request) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) &&
		(r.RequestURI == HealthPath || r.RequestURI == ReadyPath)
}

// isScraper reports whether a request has the metrics token.
func (t *transport) isScraper(r *http.Request) bool {
	values := r.Header.Values("Authorization")
	if len(values) != 1 {
		return false
	}
	text, reason := auth.Parse(values[0])
	return reason == "" && t.MetricsToken.Equal(text)
}

// serveMetrics serves a request with the metrics token.
func (t *transport) serveMetrics(w http.ResponseWriter, r *http.Request, d Door) {
	switch {
	case r.URL.EscapedPath() != MetricsPath:
		d.Fail(w, r, http.StatusNotFound, 0)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		d.Fail(w, r, http.StatusMethodNotAllowed, 0)
	default:
		t.Endpoints[MetricsPath].ServeHTTP(w, r)
	}
}

// headerSize returns the length of the request line and headers in HTTP/1.1, in bytes.
func headerSize(r *http.Request) int {
	const line, host, field = len("  HTTP/1.1\r\n"), len("Host: \r\n"), len(": \r\n")
	n := line + len(r.Method) + len(r.RequestURI) + host + len(r.Host)
	for name, values := range r.Header {
		for _, value := range values {
			n += field + len(name) + len(value)
		}
	}
	return n
}
