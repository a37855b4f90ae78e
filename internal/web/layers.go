package web

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/flexscim/flexscim/internal/logfield"
)

// record collects what the access log says of a request. The layers inside
// fill it; nothing decides by it.
type record struct {
	route      string
	connection string
}

type recordKey struct{}

// recordOf is the record of a request; outside of one, one that nobody reads.
func recordOf(ctx context.Context) *record {
	if rec, ok := ctx.Value(recordKey{}).(*record); ok {
		return rec
	}
	return &record{}
}

// idLength is the length of a reference id: 60 random bits.
const idLength = 12

// begin gives the request its reference id and its record, and the answer the
// headers that every answer has. An id that the client sent is not used: it
// would let a stranger write into the log.
func begin(c Config, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := strings.ToLower(rand.Text()[:idLength])
		ctx := logfield.WithRequestID(r.Context(), id)
		ctx = context.WithValue(ctx, recordKey{}, &record{})
		h := w.Header()
		h.Set("X-Request-Id", id)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "no-referrer")
		if c.HTTPS {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(&writer{ResponseWriter: w}, r.WithContext(ctx))
	})
}

// catch answers a panic with 500 and logs it once. Where the answer has begun
// the connection is cut, so that nobody takes it for whole.
func catch(c Config, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			value := recover()
			if value == nil {
				return
			}
			if value == http.ErrAbortHandler { //nolint:errorlint // it is compared as net/http does: a panic's value
				panic(value)
			}
			c.Log.Error("request panicked", logfield.Request(logfield.RequestID(r.Context())),
				logfield.Reason(fmt.Sprintf("%T", value)), zap.Stack("stack"))
			c.Log.Debug("panic", logfield.Request(logfield.RequestID(r.Context())), logfield.Panic(value))
			if sent, ok := w.(*writer); ok && sent.status != 0 {
				panic(http.ErrAbortHandler)
			}
			writeError(w, r, http.StatusInternalServerError, "Something went wrong here. The log has more under the reference.")
		}()
		next.ServeHTTP(w, r)
	})
}

// logAccess writes one line and one metric for each request.
func logAccess(c Config, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		panicked := true
		defer func() { note(c, w, r, start, panicked) }()
		next.ServeHTTP(w, r)
		panicked = false
	})
}

func note(c Config, w http.ResponseWriter, r *http.Request, start time.Time, panicked bool) {
	rec, took := recordOf(r.Context()), time.Since(start)
	status, size := http.StatusOK, int64(0)
	if sent, ok := w.(*writer); ok {
		size = sent.bytes
		if sent.status != 0 {
			status = sent.status
		}
	}
	if panicked {
		status = http.StatusInternalServerError
	}
	c.Metrics.Request(r.Method, resourceOf(rec.route), status, took)
	c.Log.Info("request", logfield.Request(logfield.RequestID(r.Context())), logfield.Method(method(r.Method)),
		logfield.Route(rec.route), logfield.Status(status), logfield.Duration(took), logfield.Bytes(size),
		logfield.Connection(rec.connection))
}

// method keeps methods that a stranger invented out of the log.
func method(m string) string {
	switch m {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE":
		return m
	}
	return "other"
}

// limit bounds a request's time, and the size of its headers and of its body.
// A body that says that it is larger is refused at once; one that does not is
// cut, and whoever reads it gets an *http.MaxBytesError.
func limit(c Config, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if headerSize(r) > c.Headers {
			w.Header().Set("Connection", "close")
			writeError(w, r, http.StatusRequestHeaderFieldsTooLarge,
				fmt.Sprintf("The request's line and headers have more than %d bytes (limits.headers). Send a long filter with POST to .search.", c.Headers))
			return
		}
		if r.ContentLength > c.Body {
			w.Header().Set("Connection", "close")
			writeError(w, r, http.StatusRequestEntityTooLarge,
				fmt.Sprintf("The body has more than the %d bytes that are taken (limits.body). Send less at once.", c.Body))
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), c.RequestTime)
		defer cancel()
		r = r.WithContext(ctx)
		r.Body = http.MaxBytesReader(below(w), r.Body, c.Body)
		next.ServeHTTP(w, r)
	})
}

// headerSize is the length of a request's line and headers, as HTTP/1.1 writes
// them.
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

// below is the server's own writer: it closes the connection of a client that
// sends too much.
func below(w http.ResponseWriter) http.ResponseWriter {
	if ours, ok := w.(*writer); ok {
		return ours.ResponseWriter
	}
	return w
}

// writer notes what is answered.
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
