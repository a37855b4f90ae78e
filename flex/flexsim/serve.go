package flexsim

import (
	"bytes"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"strconv"
	"sync"
	"time"

	"github.com/flexscim/flexscim/flex/flexsim/internal/account"
)

// maxBody is the maximum size of a request body, in bytes. The largest attributes,
// 4,096 percent-encoded runes of four bytes, are 48 KiB.
const maxBody = 1 << 20

// serveProduct serves a call to Twilio: it logs the request, checks credentials
// and concurrency, and applies faults.
func (s *Simulator) serveProduct(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	r.Body = io.NopCloser(bytes.NewReader(body))
	entry := Request{Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Time: s.cfg.Clock().UTC()}
	if s.cfg.Bodies {
		entry.Body = string(body)
	}
	number, end := s.requests.begin(entry)
	out := &recorder{ResponseWriter: w}
	defer func() { end(out.status) }()

	running := s.running.Add(1)
	defer s.running.Add(-1)
	out.Header().Set("Twilio-Request-Id", fmt.Sprintf("RQ%032x", number))
	out.Header().Set("Twilio-Concurrent-Requests", strconv.FormatInt(running, 10))
	switch limit := s.opt.Load().Concurrency; {
	case err != nil:
		s.refuse(out, account.Invalid("read request: the body is broken or larger than %d bytes", maxBody))
	case !s.allowed(r):
		out.Header().Set("WWW-Authenticate", `Basic realm="Twilio API"`)
		s.refuse(out, &account.Error{Status: http.StatusUnauthorized, Code: account.CodeDenied, Message: "Authenticate"})
	case limit > 0 && running > int64(limit):
		s.refuse(out, tooMany())
	default:
		s.serveWithFault(out, r)
	}
}

// allowed reports whether the request has the right Basic credentials.
func (s *Simulator) allowed(r *http.Request) bool {
	user, password, ok := r.BasicAuth()
	want := s.cfg.Credentials
	if want == nil {
		return ok && user != ""
	}
	same := subtle.ConstantTimeCompare([]byte(user), []byte(want.User)) &
		subtle.ConstantTimeCompare([]byte(password), []byte(want.Password))
	return ok && same == 1
}

// route executes the operation for the path and method of the request.
func (s *Simulator) route(w http.ResponseWriter, r *http.Request) {
	if path.Clean(r.URL.Path) != r.URL.Path {
		s.unknownPath(w, r)
		return
	}
	s.mux.ServeHTTP(w, r)
}

func (s *Simulator) unknownPath(w http.ResponseWriter, r *http.Request) {
	s.violate("unknown path: " + r.Method + " " + r.URL.Path)
	s.refuse(w, account.NotFound(r.URL.Path))
}

// tooMany returns the error for a call that exceeds a limit (429).
func tooMany() error {
	return &account.Error{Status: http.StatusTooManyRequests, Code: account.CodeTooMany, Message: "Too Many Requests"}
}

// refuse writes the response for err, with a body in Twilio's format.
func (s *Simulator) refuse(w http.ResponseWriter, err error) {
	var e *account.Error
	if !errors.As(err, &e) {
		e = &account.Error{Status: http.StatusInternalServerError, Code: 20500, Message: "Internal Server Error"}
		s.cfg.Log.Error("flexsim: a call failed with an error that is not one of Twilio's")
	}
	if after := s.opt.Load().RetryAfter; after >= 0 && e.Status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", strconv.Itoa(int(after)))
	}
	writeJSON(w, e.Status, struct {
		Code     int    `json:"code"`
		Message  string `json:"message"`
		MoreInfo string `json:"more_info"`
		Status   int    `json:"status"`
	}{e.Code, e.Message, "https://www.twilio.com/docs/errors/" + strconv.Itoa(e.Code), e.Status})
}

func (s *Simulator) violate(what string) {
	if !s.cfg.Strict {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.violations = append(s.violations, what)
}

// recorder stores the status of the response for the request log.
type recorder struct {
	http.ResponseWriter
	status int // 0: nothing was written
}

// WriteHeader also stores the status.
func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController use the wrapped ResponseWriter.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// rateLimit counts calls and limits them to a number of calls a second.
type rateLimit struct {
	mu     sync.Mutex
	second time.Time
	calls  int
}

func (l *rateLimit) allow(now time.Time, limit int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.second) >= time.Second || now.Before(l.second) {
		l.second, l.calls = now, 0
	}
	l.calls++
	return l.calls <= limit
}
