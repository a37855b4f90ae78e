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
	Status int       `json:"status"` // HTTP status; 0 if no response was sent (yet)
	Time   time.Time `json:"time"`   // when the request arrived, by the simulator's clock
	Query  string    `json:"query,omitempty"`
	Body   string    `json:"body,omitempty"`
}

// requestLog stores the most recent requests. It is safe for concurrent use.
type requestLog struct {
	mu       sync.Mutex
	limit    int
	requests []*Request // the oldest first
	begun    uint64     // number of all requests
	dropped  uint64     // number of requests that were dropped since the last call of clear
}

// begin stores a request. It returns the request's number, counted from 1, and a
// function that sets the status of the response.
func (l *requestLog) begin(r Request) (number uint64, end func(status int)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.requests) == l.limit {
		l.requests[0] = nil
		l.requests = l.requests[1:]
		l.dropped++
	}
	l.requests = append(l.requests, &r)
	l.begun++
	return l.begun, func(status int) {
		l.mu.Lock()
		defer l.mu.Unlock()
		r.Status = status
	}
}

// all returns the requests, the oldest first, and the number of older requests that
// were dropped.
func (l *requestLog) all() (requests []Request, dropped uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	requests = make([]Request, 0, len(l.requests))
	for _, r := range l.requests {
		requests = append(requests, *r)
	}
	return requests, l.dropped
}

// clear removes all requests.
func (l *requestLog) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests, l.dropped = nil, 0
}
