// Package budget limits the memory that the bodies of requests use in the whole
// process, so that a few large or highly compressed bodies cannot exhaust it.
//
// Connections share a Budget. A connection can use at most half of it. If memory is
// released, connections that wait for it take turns. So the bodies of one connection
// do not keep out those of another.
package budget

import (
	"cmp"
	"context"
	"slices"
	"sync"
)

// Budget is an amount of memory that connections share. It is safe for concurrent
// use.
type Budget struct {
	most int64 // bytes that one connection may use

	mu      sync.Mutex
	free    int64     // bytes
	waiting []*waiter // distribute sorts them by turn
	turns   int       // number of waiters that got memory
}

// Share is the part of a Budget that belongs to one connection. It is safe for
// concurrent use.
type Share struct {
	of       *Budget
	used     int64 // bytes
	lastTurn int   // the value of Budget.turns when a waiter of this Share last got memory
}

// waiter is a call of Take that waits.
type waiter struct {
	share *Share
	bytes int64
	ready chan struct{} // closed when the waiter has its memory
}

// New returns a Budget of this number of bytes.
func New(bytes int64) *Budget { return &Budget{most: max(bytes/2, 1), free: max(bytes, 1)} }

// Share returns a new Share, for one connection.
func (b *Budget) Share() *Share { return &Share{of: b} }

// Take waits until a number of bytes is free, and takes them. The function give
// returns them to the Budget. If a connection may not use so many bytes, Take
// reduces the number, and so waits only until the connection uses no memory. If ctx
// ends first, Take returns the error of ctx. A nil Share has no limit.
func (s *Share) Take(ctx context.Context, bytes int64) (give func(), err error) {
	if s == nil {
		return func() {}, nil
	}
	b := s.of
	w := &waiter{s, min(bytes, b.most), make(chan struct{})}
	give = sync.OnceFunc(func() { b.give(w) })
	b.mu.Lock()
	b.waiting = append(b.waiting, w)
	b.distribute()
	b.mu.Unlock()
	select {
	case <-w.ready:
		return give, nil
	case <-ctx.Done():
	}
	b.mu.Lock()
	i := slices.Index(b.waiting, w)
	if i >= 0 {
		b.waiting = slices.Delete(b.waiting, i, i+1)
	}
	b.mu.Unlock()
	if i < 0 { // the waiter got its memory meanwhile
		give()
	}
	return nil, ctx.Err()
}

func (b *Budget) give(w *waiter) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.free += w.bytes
	w.share.used -= w.bytes
	b.distribute()
}

// distribute gives free memory to the waiters. The next turn belongs to the
// connection whose last turn is the longest time ago. A waiter that needs more than
// is free does not stop the others. b.mu must be held.
func (b *Budget) distribute() {
	for {
		slices.SortStableFunc(b.waiting, func(v, w *waiter) int { return cmp.Compare(v.share.lastTurn, w.share.lastTurn) })
		i := slices.IndexFunc(b.waiting, func(w *waiter) bool { return w.bytes <= b.free && w.share.used+w.bytes <= b.most })
		if i < 0 {
			return
		}
		w := b.waiting[i]
		b.waiting = slices.Delete(b.waiting, i, i+1)
		b.free -= w.bytes
		b.turns++
		w.share.used, w.share.lastTurn = w.share.used+w.bytes, b.turns
		close(w.ready)
	}
}
