package turns

import (
	"context"
	"sync"
)

// Gate limits how many callers are inside at the same time: those of all owners
// together, and those of each owner. The owners of waiting callers take turns. A
// Gate is safe for concurrent use.
type Gate struct {
	all, each int

	mu      sync.Mutex
	total   int            // callers inside
	inside  map[string]int // :: owner → callers inside
	waiting Queue[*caller]
}

// caller is a caller that waits.
type caller struct {
	owner   string
	entered chan struct{} // closed when the caller is inside
	left    bool          // the caller no longer waits
}

// NewGate returns a Gate that lets in at most `all` callers at the same time, and
// at most `each` callers of one owner.
func NewGate(all, each int) *Gate {
	return &Gate{all: all, each: each, inside: map[string]int{}}
}

// Enter waits until the caller may enter. The caller must call leave exactly once.
// If ctx ends while the caller waits, Enter returns the context's error, and leave
// is nil.
func (g *Gate) Enter(ctx context.Context, owner string) (leave func(), err error) {
	leave = func() { g.leave(owner) }
	c := g.join(owner)
	select {
	case <-c.entered:
		return leave, nil
	default:
	}
	select {
	case <-c.entered:
		return leave, nil
	case <-ctx.Done():
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-c.entered: // at the same moment
		g.release(owner)
	default:
		c.left = true
	}
	return nil, ctx.Err()
}

// join adds a caller, and lets the caller in if there is room.
func (g *Gate) join(owner string) *caller {
	c := &caller{owner: owner, entered: make(chan struct{})}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting.Push(owner, c)
	g.admit()
	return c
}

// Waiting returns the number of callers that wait, including those whose context
// has ended.
func (g *Gate) Waiting() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.waiting.Len()
}

func (g *Gate) leave(owner string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.release(owner)
}

// release counts that a caller of the owner has left, and lets the next callers in.
func (g *Gate) release(owner string) {
	g.total--
	if g.inside[owner]--; g.inside[owner] == 0 {
		delete(g.inside, owner)
	}
	g.admit()
}

// admit lets in as many callers as the limits allow.
func (g *Gate) admit() {
	for g.total < g.all {
		c, ok := g.waiting.PopOf(func(owner string) bool { return g.inside[owner] < g.each })
		if !ok {
			return
		}
		if c.left {
			continue
		}
		g.total++
		g.inside[c.owner]++
		close(c.entered)
	}
}
