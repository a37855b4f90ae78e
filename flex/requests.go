package flex

import (
	"cmp"
	"context"
	"regexp"
	"sync"
)

// Requests keeps the ids of the last requests to Twilio that were made with a context.
// Twilio's support finds a request by its id. A Requests is safe for concurrent use.
type Requests struct {
	mu          sync.Mutex
	read, write string
}

type requestsKey struct{}

// WithRequests returns a context whose requests to Twilio are kept in the returned
// Requests.
func WithRequests(ctx context.Context) (context.Context, *Requests) {
	r := &Requests{}
	return context.WithValue(ctx, requestsKey{}, r), r
}

// RequestsOf returns the Requests of ctx, or nil if it has none.
func RequestsOf(ctx context.Context) *Requests {
	r, _ := ctx.Value(requestsKey{}).(*Requests)
	return r
}

// isRequestID reports whether a text can be the id of a request.
var isRequestID = regexp.MustCompile(`^[0-9A-Za-z-]{1,64}$`).MatchString

// Add keeps the id of a request, which comes from the response's header
// Twilio-Request-Id. Add does nothing if r is nil or if the text cannot be an id.
func (r *Requests) Add(id string, isWrite bool) {
	if r == nil || !isRequestID(id) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if isWrite {
		r.write = id
	} else {
		r.read = id
	}
}

// ID returns the id of the last write. If there was no write, it returns the id of the
// last read, or "".
func (r *Requests) ID() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return cmp.Or(r.write, r.read)
}
