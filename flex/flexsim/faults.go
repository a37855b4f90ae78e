package flexsim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/flexscim/flexscim/flex/flexsim/internal/account"
)

// FaultKind is a kind of failure.
type FaultKind string

// The kinds.
const (
	TooMany     FaultKind = "429"          // refused before processing
	ServerError FaultKind = "500"          // refused before processing, alternately in JSON and HTML
	Unavailable FaultKind = "503"          // refused before processing, alternately in JSON and HTML
	Reset       FaultKind = "reset"        // the connection is reset before processing
	Timeout     FaultKind = "timeout"      // no response until the client disconnects; not processed
	LostAnswer  FaultKind = "lost-answer"  // processed, then the connection is reset
	NoEffect    FaultKind = "ok-no-effect" // a 2xx, but nothing was changed
	Latency     FaultKind = "latency"      // processed after LatencyMS
)

// faultKinds returns every kind.
func faultKinds() []FaultKind {
	return []FaultKind{TooMany, ServerError, Unavailable, Reset, Timeout, LostAnswer, NoEffect, Latency}
}

// Fault says which requests fail, how, and how often. Its JSON is the body of POST
// /_sim/faults.
type Fault struct {
	Method    string    `json:"method,omitempty"` // "" means any
	Path      string    `json:"path,omitempty"`   // part of the path, or a glob: * matches within a segment, ** across segments
	Kind      FaultKind `json:"kind"`
	Times     int       `json:"times,omitempty"`      // 0: no limit
	Rate      float64   `json:"rate,omitempty"`       // share of the matching requests, 0 < rate ≤ 1; 0: all
	LatencyMS int       `json:"latency_ms,omitempty"` // milliseconds; for Latency only
}

// maxLatencyMS is the longest latency of a fault, in milliseconds. It limits the
// effect of a typing error.
const maxLatencyMS = 10 * 60 * 1000

// check returns an error that says what is wrong with f.
func (f Fault) check() error {
	switch {
	case !slices.Contains(faultKinds(), f.Kind):
		return fmt.Errorf("fault kind %q is not one of %v", f.Kind, faultKinds())
	case f.Times < 0:
		return fmt.Errorf("fault times %d is negative: 0 means no limit", f.Times)
	case f.Rate < 0 || f.Rate > 1:
		return fmt.Errorf("fault rate %v is not between 0 and 1", f.Rate)
	case f.LatencyMS < 0 || f.LatencyMS > maxLatencyMS:
		return fmt.Errorf("fault latency_ms %d is not between 0 and %d", f.LatencyMS, maxLatencyMS)
	case f.Kind == Latency && f.LatencyMS == 0:
		return fmt.Errorf("fault kind latency needs latency_ms, in milliseconds")
	case f.Kind != Latency && f.LatencyMS != 0:
		return fmt.Errorf("fault latency_ms goes with kind latency, not with %s", f.Kind)
	}
	return nil
}

func isGlob(pattern string) bool { return strings.ContainsAny(pattern, "*?") }

// faultList contains faults in the order in which they were added. It is
// deterministic: the same seed and the same requests lead to the same failures. It
// is safe for concurrent use.
type faultList struct {
	mu    sync.Mutex
	rand  *rand.Rand
	rules []*faultRule
}

type faultRule struct {
	Fault
	glob *regexp.Regexp // nil: Path is a substring
	hits int            // number of requests to which the fault applied
}

// faultHit is the failure of one request.
type faultHit struct {
	Fault
	number int // number of earlier requests to which the fault applied
}

// newFaultList returns an empty faultList; seed determines its random choices.
func newFaultList(seed uint64) *faultList {
	return &faultList{rand: rand.New(rand.NewPCG(seed, seed))}
}

// add appends f, or returns an error that says what is wrong with it.
func (l *faultList) add(f Fault) error {
	if err := f.check(); err != nil {
		return err
	}
	r := &faultRule{Fault: f}
	if isGlob(f.Path) {
		r.glob = compileGlob(f.Path)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rules = append(l.rules, r)
	return nil
}

// clear removes all faults.
func (l *faultList) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rules = nil
}

// all returns the faults that can still apply to a request.
func (l *faultList) all() []Fault {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := []Fault{}
	for _, r := range l.rules {
		if !r.spent() {
			all = append(all, r.Fault)
		}
	}
	return all
}

// next returns the first fault that applies to this request, and counts it.
func (l *faultList) next(method, path string) (faultHit, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.rules {
		if r.spent() || !r.matches(method, path) {
			continue
		}
		if r.Rate > 0 && l.rand.Float64() >= r.Rate {
			continue
		}
		r.hits++
		return faultHit{Fault: r.Fault, number: r.hits - 1}, true
	}
	return faultHit{}, false
}

func (r *faultRule) spent() bool { return r.Times > 0 && r.hits >= r.Times }

func (r *faultRule) matches(method, path string) bool {
	if r.Method != "" && !strings.EqualFold(r.Method, method) {
		return false
	}
	if r.glob != nil {
		return r.glob.MatchString(path)
	}
	return strings.Contains(path, r.Path)
}

// compileGlob converts a glob to a regular expression that matches a whole path. If
// the glob has no leading slash, it is enough that it matches the end of the path.
func compileGlob(glob string) *regexp.Regexp {
	quoted := regexp.QuoteMeta(glob)
	quoted = strings.ReplaceAll(quoted, `\*\*`, `.*`)
	quoted = strings.ReplaceAll(quoted, `\*`, `[^/]*`)
	quoted = strings.ReplaceAll(quoted, `\?`, `[^/]`)
	if !strings.HasPrefix(glob, "/") {
		quoted = ".*" + quoted
	}
	return regexp.MustCompile("^" + quoted + "$")
}

// noEffectKey is the context key that marks a request as one that returns success but
// changes nothing.
type noEffectKey struct{}

// serveWithFault serves a request. If a fault applies to the request, it simulates
// the first such fault.
func (s *Simulator) serveWithFault(w http.ResponseWriter, r *http.Request) {
	hit, ok := s.faults.next(r.Method, r.URL.Path)
	if !ok {
		s.route(w, r)
		return
	}
	switch hit.Kind {
	case TooMany:
		s.refuse(w, tooMany())
	case ServerError, Unavailable:
		s.breakDown(w, hit)
	case Reset:
		resetConnection(w)
	case Timeout:
		<-r.Context().Done()
	case LostAnswer:
		s.route(&discardWriter{header: http.Header{}}, r)
		resetConnection(w)
	case NoEffect:
		s.route(w, r.WithContext(context.WithValue(r.Context(), noEffectKey{}, true)))
	case Latency:
		select {
		case <-time.After(time.Duration(hit.LatencyMS) * time.Millisecond):
			s.route(w, r)
		case <-r.Context().Done(): // the client left
		}
	}
}

// breakDown responds with 500 or 503. The body is alternately JSON and HTML,
// because a proxy in front of an API may send HTML.
func (s *Simulator) breakDown(w http.ResponseWriter, hit faultHit) {
	status, _ := strconv.Atoi(string(hit.Kind))
	if hit.number%2 == 0 {
		s.refuse(w, &account.Error{Status: status, Code: 20000 + status, Message: http.StatusText(status)})
		return
	}
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	_, _ = w.Write([]byte("<html><head><title>" + http.StatusText(status) + "</title></head><body></body></html>\n"))
}

// resetConnection ends the connection, with a TCP RST if possible.
func resetConnection(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // net/http closes the connection
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// discardWriter discards a response.
type discardWriter struct{ header http.Header }

// Header returns headers that are never sent.
func (d *discardWriter) Header() http.Header { return d.header }

// Write discards b.
func (d *discardWriter) Write(b []byte) (int, error) { return len(b), nil }

// WriteHeader does nothing.
func (d *discardWriter) WriteHeader(int) {}
