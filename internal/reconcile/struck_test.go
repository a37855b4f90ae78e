package reconcile_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"
)

// failure describes one way in which a call to Twilio fails.
type failure struct {
	name   string
	strike func(s *striker, req *http.Request) (*http.Response, error)
	writes bool                    // only a write can fail in this way
	parks  func(path, string) bool // reports whether the failure of this call may park the person; nil: never
	pause  time.Duration           // the pause that Twilio asks for
}

func always(path, string) bool { return true }

// names(p, call) reports whether the call can set the name of a Worker.
func names(p path, call string) bool {
	return strings.HasPrefix(call, http.MethodPost) && slices.Contains([]string{"create", "rename", "return", "adopt"}, p.name)
}

// provisions reports whether the call is a Provision request of the Flex Users API.
// An account may lack this API, and the API may reject a user whom flexscim did not
// make.
func provisions(_ path, call string) bool { return strings.HasSuffix(call, "/Users/Provision") }

// failures returns all known ways in which a call can fail.
func failures() []failure {
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	reset := &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	return []failure{
		{name: "400", strike: twilioError(400, 20001), parks: always},
		{name: "401", strike: twilioError(401, 20003)},
		{name: "403", strike: twilioError(403, 20003)},
		{name: "404", strike: twilioError(404, 20404), parks: provisions},
		{name: "404 of a proxy", strike: page(404)},
		{name: "409", strike: twilioError(409, 20409), parks: names}, // the name is taken
		{name: "412", strike: twilioError(412, 20412), parks: provisions},
		{name: "429 with Retry-After", strike: twilioError(429, 20429, "Retry-After", "600"), pause: 10 * time.Minute},
		{name: "429 without Retry-After", strike: twilioError(429, 20429)},
		{name: "500", strike: twilioError(500, 20500)},
		{name: "502, in HTML", strike: page(502)},
		{name: "503, in HTML", strike: page(503)},
		{name: "no connection", strike: unsent(refused)},
		{name: "timeout before the effect", strike: unanswered(os.ErrDeadlineExceeded)},
		{name: "timeout after the effect", strike: lost(os.ErrDeadlineExceeded), writes: true},
		{name: "connection cut before the effect", strike: unanswered(reset)},
		{name: "connection cut after the effect", strike: lost(reset), writes: true},
		{name: "200 in HTML, without effect", strike: page(200)},
		{name: "200 in HTML, with effect", strike: replaced, writes: true},
		{name: "a success that changed nothing", strike: idle, writes: true},
		{name: "half an answer, then EOF", strike: half(nil)},
		{name: "half an answer, then a cut connection", strike: half(io.ErrUnexpectedEOF)},
		{name: "a success with the body {}", strike: empty},
	}
}

// answerTo makes a response that does not come from Twilio.
func answerTo(req *http.Request, status int, kind, body string, header ...string) *http.Response {
	if req.Body != nil {
		_ = req.Body.Close()
	}
	h := http.Header{"Content-Type": {kind}}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{
		Status: http.StatusText(status), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: req,
	}
}

// twilioError responds with an error of Twilio; the call has no effect.
func twilioError(status, code int, header ...string) func(*striker, *http.Request) (*http.Response, error) {
	body := fmt.Sprintf(`{"code":%d,"message":"struck","more_info":"","status":%d}`, code, status)
	return func(_ *striker, req *http.Request) (*http.Response, error) {
		return answerTo(req, status, "application/json", body, header...), nil
	}
}

// page responds with a proxy's HTML page; the call has no effect.
func page(status int) func(*striker, *http.Request) (*http.Response, error) {
	return func(_ *striker, req *http.Request) (*http.Response, error) {
		return answerTo(req, status, "text/html", "<html><body>Please wait</body></html>"), nil
	}
}

// unsent returns err without sending the request.
func unsent(err error) func(*striker, *http.Request) (*http.Response, error) {
	return func(_ *striker, req *http.Request) (*http.Response, error) {
		if req.Body != nil {
			_ = req.Body.Close()
		}
		return nil, err
	}
}

// unanswered opens no connection to Twilio, but reports one to the client's trace and
// then returns err, as if the connection broke before Twilio got the request.
func unanswered(err error) func(*striker, *http.Request) (*http.Response, error) {
	return func(s *striker, req *http.Request) (*http.Response, error) {
		if trace := httptrace.ContextClientTrace(req.Context()); trace != nil && trace.GotConn != nil {
			trace.GotConn(httptrace.GotConnInfo{})
		}
		return unsent(err)(s, req)
	}
}

// lost lets Twilio execute the call, drops the response and returns err.
func lost(err error) func(*striker, *http.Request) (*http.Response, error) {
	return func(_ *striker, req *http.Request) (*http.Response, error) {
		if _, _, failed := exchange(req); failed != nil {
			return nil, failed
		}
		return nil, err
	}
}

// replaced lets Twilio execute the call, but returns an HTML page instead of the
// response.
func replaced(s *striker, req *http.Request) (*http.Response, error) {
	if _, _, err := exchange(req); err != nil {
		return nil, err
	}
	return page(200)(s, req)
}

// idle returns the response of a successful write, but the write has no effect.
func idle(s *striker, req *http.Request) (*http.Response, error) {
	s.rig.fault(req.Method, req.URL.Path, "ok-no-effect", 1)
	return http.DefaultTransport.RoundTrip(req)
}

// The function half lets Twilio execute the call and returns only the first half of
// the response body. Then the reader fails with err, or ends if err is nil.
func half(err error) func(*striker, *http.Request) (*http.Response, error) {
	return func(s *striker, req *http.Request) (*http.Response, error) {
		resp, body, failed := exchange(req)
		if failed != nil {
			return nil, failed
		}
		s.no = resp.StatusCode == http.StatusBadRequest
		reader := io.Reader(bytes.NewReader(body[:len(body)/2]))
		if err != nil {
			reader = io.MultiReader(reader, broken{err})
		}
		resp.Body, resp.ContentLength = io.NopCloser(reader), -1
		return resp, nil
	}
}

// broken is a reader that returns only an error.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

// empty lets Twilio execute the call, but returns an empty JSON object instead of the
// body.
func empty(s *striker, req *http.Request) (*http.Response, error) {
	resp, _, err := exchange(req)
	if err != nil {
		return nil, err
	}
	s.no = resp.StatusCode == http.StatusBadRequest
	return answerTo(req, resp.StatusCode, "application/json", "{}"), nil
}

// exchange sends a request and reads the whole response.
func exchange(req *http.Request) (*http.Response, []byte, error) {
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp, body, errors.Join(err)
}

// striker is a transport that makes one call of a run fail. If lasts is true, it also
// makes all later calls of the same kind fail.
type striker struct {
	rig     *rig
	next    http.RoundTripper // sends the calls that do not fail; nil: http.DefaultTransport
	rows    int               // failures tested so far
	failure *failure          // nil if no call fails
	number  int               // number of the call that fails, from 1
	lasts   bool              // all later calls of the same kind fail, too
	no      bool              // Twilio's response, which the failure replaced, was a 400
	kind    string            // method and path of the call that failed; "" if none failed
	seen    []string          // methods and paths of all calls since the last call of striker.set
}

// striker.set makes the call with this number fail; 0 means that no call fails.
func (s *striker) set(f *failure, number int, lasts bool) {
	s.failure, s.number, s.lasts, s.no, s.kind, s.seen = f, number, lasts, false, "", nil
}

// sids matches SIDs. Two calls are of the same kind if they differ only in SIDs.
var sids = regexp.MustCompile(`[A-Z]{2}[0-9a-f]{32}`)

// RoundTrip sends the call to Twilio or makes it fail.
func (s *striker) RoundTrip(req *http.Request) (*http.Response, error) {
	kind := req.Method + " " + sids.ReplaceAllString(req.URL.Path, "…")
	s.seen = append(s.seen, kind)
	switch {
	case s.failure == nil:
		return s.pass(req)
	case len(s.seen) == s.number:
		s.kind = kind
	case s.kind != kind || !s.lasts:
		return s.pass(req)
	}
	return s.failure.strike(s, req)
}

// pass sends a call that does not fail.
func (s *striker) pass(req *http.Request) (*http.Response, error) {
	if s.next != nil {
		return s.next.RoundTrip(req)
	}
	return http.DefaultTransport.RoundTrip(req)
}
