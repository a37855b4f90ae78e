package commit

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
)

// Config says how writes of type W are gathered.
type Config[W any] struct {
	Most int // writes in one transaction

	// Commit runs the writes of a group in one transaction, or how else it
	// thinks fit, and sets the Err of each. One runs at a time: two would be in
	// each other's way where they write the same rows. Whoever knows better has
	// two Gatherers.
	Commit func(*Group[W])
	// Answered is told of writes after their callers have their answers.
	Answered func([]*Request[W])
}

// Gatherer hands the writes that wait to Commit.
type Gatherer[W any] struct {
	config  Config[W]
	waiting chan *Request[W]
	stopped chan struct{}  // closed when the last one is answered
	alone   sync.WaitGroup // writes that are run outside of their group
}

// Start starts a Gatherer.
func Start[W any](c Config[W]) *Gatherer[W] {
	g := &Gatherer[W]{config: c, waiting: make(chan *Request[W], c.Most), stopped: make(chan struct{})}
	go g.run()
	return g
}

// Close waits until all writes are answered. No Do may follow.
func (g *Gatherer[W]) Close() {
	close(g.waiting)
	<-g.stopped
	g.alone.Wait()
}

// LeftError says that the caller's context ended before there was an answer.
type LeftError struct {
	Err      error // the context's
	MayStand bool  // whether the write was under way
}

// Error says so.
func (e *LeftError) Error() string {
	if e.MayStand {
		return fmt.Sprintf("the write may stand: %v", e.Err)
	}
	return e.Err.Error()
}

// Unwrap is the context's error.
func (e *LeftError) Unwrap() error { return e.Err }

// Do has a write done and answers its error; a *LeftError where ctx ended
// first. When Do returns, the write does not run, and will not.
func (g *Gatherer[W]) Do(ctx context.Context, write W) error {
	r := &Request[W]{Write: write, Context: ctx, ran: make(chan struct{}), done: make(chan error, 1)}
	select {
	case g.waiting <- r:
	case <-ctx.Done():
		return &LeftError{Err: ctx.Err()}
	}
	select {
	case err := <-r.done:
		return err
	case <-ctx.Done():
	}
	if r.state.CompareAndSwap(waiting, left) {
		return &LeftError{Err: ctx.Err()}
	}
	if <-r.ran; r.state.Load() == left { // a write works with variables of its caller's
		return &LeftError{Err: ctx.Err()}
	}
	select {
	case err := <-r.done:
		return err
	default:
		return &LeftError{Err: ctx.Err(), MayStand: true}
	}
}

// run commits groups until the Gatherer is closed.
func (g *Gatherer[W]) run() {
	defer close(g.stopped)
	for first := range g.waiting {
		g.commit(first)
	}
}

// commit commits one group and answers.
func (g *Gatherer[W]) commit(first *Request[W]) {
	group := &Group[W]{gatherer: g, first: first}
	g.config.Commit(group)
	if len(group.Members) == 0 { // nobody was begun: the error is everybody's
		for r := group.Next(); r != nil; r = group.Next() {
			r.Start()
		}
	}
	var left []*Request[W]
	for _, r := range group.Members {
		if r.apart {
			continue
		}
		if r.Err == nil {
			r.Err = group.Err
		}
		left = append(left, r)
	}
	g.answer(left)
}

// answer gives callers their answers.
func (g *Gatherer[W]) answer(members []*Request[W]) {
	for _, r := range members {
		close(r.ran)
		r.done <- r.Err
	}
	g.config.Answered(members)
}

// Group is the writes of one transaction.
type Group[W any] struct {
	Members []*Request[W] // so far
	Err     error         // of those that have none of their own

	gatherer *Gatherer[W]
	first    *Request[W]
}

// Answer gives a member its answer before the others have theirs.
func (g *Group[W]) Answer(r *Request[W]) {
	r.apart = true
	g.gatherer.answer([]*Request[W]{r})
}

// Apart has a member run in a goroutine of its own: nobody waits for it, nor
// does the next group.
func (g *Group[W]) Apart(r *Request[W], run func(*Request[W]) error) {
	r.apart = true
	g.gatherer.alone.Go(func() {
		r.Err = run(r)
		g.gatherer.answer([]*Request[W]{r})
	})
}

// Next is one more write that waits, now a member; nil for none.
func (g *Group[W]) Next() *Request[W] {
	r := g.first
	switch {
	case len(g.Members) == g.gatherer.config.Most:
		return nil
	case r != nil:
		g.first = nil
	default:
		select {
		case r = <-g.gatherer.waiting: // nil when closed
		default:
		}
	}
	if r != nil {
		g.Members = append(g.Members, r)
	}
	return r
}

// Request is one write.
type Request[W any] struct {
	Write   W
	Context context.Context // the caller's: its end before the start cancels the write
	Err     error           // the answer

	apart bool          // it is answered apart from its group
	state atomic.Int32  // waiting, then started or left
	ran   chan struct{} // closed when it will not run any more
	done  chan error    // the answer
}

// The states of a request.
const (
	waiting int32 = iota
	started
	left
)

// Start says whether a write is to be run: its caller waits for it. It may be
// run several times.
func (r *Request[W]) Start() bool {
	if r.state.Load() == started {
		return true
	}
	if r.Context.Err() != nil && r.state.CompareAndSwap(waiting, left) || !r.state.CompareAndSwap(waiting, started) {
		r.Err = &LeftError{Err: r.Context.Err()}
		return false
	}
	return true
}
