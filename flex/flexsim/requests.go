package flexsim

import (
	"sync"
	"time"
)

// Request is a request that the simulator received, and the status of its
// response.
type Request struct {
	Method string    `json:"method"`
	Path   string    `json:"path"`
	Status int       `json:"status"` // HTTP; 0: no response (yet)
	Time   time.Time `json:"time"`   // of arrival, by the simulator's clock
	Query  string    `json:"query,omitempty"`
	Body   string    `json:"body,omitempty"`
}

// requestLog is a ring buffer of requests. It is safe for concurrent use.
type requestLog struct {
	mu       sync.Mutex
	limit    int
	requests []Request
	first    uint64 // number of the first request since the last clear
	next     uint64 // number of the next request
}

// newRequestLog returns a log of the last limit requests.
func newRequestLog(limit int) *requestLog { return &requestLog{limit: limit} }

// begin adds a request and returns its number, for end.
func (l *requestLog) begin(r Request) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.next
	l.next++
	if len(l.requests) < l.limit {
		l.requests = append(l.requests, r)
		return n
	}
	l.requests[l.slot(n)] = r
	return n
}

// end sets the status of a request, if the log still has it.
func (l *requestLog) end(n uint64, status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n < l.first || l.next-n > uint64(len(l.requests)) {
		return
	}
	l.requests[l.slot(n)].Status = status
}

// all returns the requests, the oldest first, and how many older ones were
// dropped.
func (l *requestLog) all() (requests []Request, dropped uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	requests = make([]Request, 0, len(l.requests))
	begin := l.next - uint64(len(l.requests))
	for n := begin; n < l.next; n++ {
		requests = append(requests, l.requests[l.slot(n)])
	}
	return requests, begin - l.first
}

// clear removes all requests.
func (l *requestLog) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests = nil
	l.first = l.next
}

func (l *requestLog) slot(n uint64) uint64 { return (n - l.first) % uint64(l.limit) }
