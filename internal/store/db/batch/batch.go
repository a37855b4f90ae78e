package batch

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
)

// Config configures a Writer for writes of type W.
type Config[W any] struct {
	Most int // maximum number of writes in one batch

	// Commit executes the writes of a batch, usually in one transaction, and sets the
	// field Err of each write. A Writer commits one batch at a time, so that batches
	// do not wait for each other's row locks.
	Commit func(*Batch[W])
	// A Writer passes writes to Answered after their callers have received the
	// results.
	Answered func([]*Request[W])
}

// Writer passes waiting writes to Commit, batch by batch.
type Writer[W any] struct {
	config  Config[W]
	waiting chan *Request[W]
	stopped chan struct{}  // closed after the last batch is answered
	alone   sync.WaitGroup // writes that run outside of their batch
}

// Start starts a Writer.
func Start[W any](c Config[W]) *Writer[W] {
	w := &Writer[W]{config: c, waiting: make(chan *Request[W], c.Most), stopped: make(chan struct{})}
	go func() {
		defer close(w.stopped)
		for first := range w.waiting {
			w.commit(first)
		}
	}()
	return w
}

// Close waits until all writes are answered. Writer.Do must not be called after
// Close.
func (w *Writer[W]) Close() {
	close(w.waiting)
	<-w.stopped
	w.alone.Wait()
}

// LeftError means that the caller's context ended before the write had a result.
type LeftError struct {
	Err      error // the context's error
	MayStand bool  // the write had begun and may have been committed
}

func (e *LeftError) Error() string {
	if e.MayStand {
		return fmt.Sprintf("the write may have been committed: %v", e.Err)
	}
	return e.Err.Error()
}

func (e *LeftError) Unwrap() error { return e.Err }

// Do waits until the given write is committed or fails, and returns its error. If
// ctx ends first, the error is a *LeftError. Commit never executes the write after
// Do has returned.
func (w *Writer[W]) Do(ctx context.Context, write W) error {
	r := &Request[W]{Write: write, Context: ctx, ran: make(chan struct{}), done: make(chan error, 1)}
	select {
	case w.waiting <- r:
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
	if <-r.ran; r.state.Load() == left { // wait for the end of the write, which may use the caller's variables
		return &LeftError{Err: ctx.Err()}
	}
	select {
	case err := <-r.done:
		return err
	default:
		return &LeftError{Err: ctx.Err(), MayStand: true}
	}
}

// Writer.commit commits one batch and sends the results to the callers.
func (w *Writer[W]) commit(first *Request[W]) {
	b := &Batch[W]{writer: w, first: first}
	w.config.Commit(b)
	if len(b.Members) == 0 { // the transaction did not begin: all waiting writes get this error
		for r := b.Next(); r != nil; r = b.Next() {
			r.Start()
		}
	}
	var rest []*Request[W]
	for _, r := range b.Members {
		if r.apart {
			continue
		}
		if r.Err == nil {
			r.Err = b.Err
		}
		rest = append(rest, r)
	}
	w.answer(rest)
}

func (w *Writer[W]) answer(members []*Request[W]) {
	for _, r := range members {
		close(r.ran)
		r.done <- r.Err
	}
	w.config.Answered(members)
}

// Batch contains the writes that share one commit.
type Batch[W any] struct {
	Members []*Request[W] // so far
	Err     error         // the error of each member whose own Err is nil

	writer *Writer[W]
	first  *Request[W]
}

// Answer returns one member's result to its caller, before the rest of the batch
// ends.
func (b *Batch[W]) Answer(r *Request[W]) {
	r.apart = true
	b.writer.answer([]*Request[W]{r})
}

// Apart executes one member in its own goroutine. Neither the rest of the batch nor
// the next batch waits for it.
func (b *Batch[W]) Apart(r *Request[W], run func(*Request[W]) error) {
	r.apart = true
	b.writer.alone.Go(func() {
		r.Err = run(r)
		b.writer.answer([]*Request[W]{r})
	})
}

// Next adds the next waiting write to the batch and returns it. It returns nil
// if no write waits or the batch is full.
func (b *Batch[W]) Next() *Request[W] {
	r := b.first
	switch {
	case len(b.Members) == b.writer.config.Most:
		return nil
	case r != nil:
		b.first = nil
	default:
		select {
		case r = <-b.writer.waiting: // nil when closed
		default:
		}
	}
	if r != nil {
		b.Members = append(b.Members, r)
	}
	return r
}

// Request is one write.
type Request[W any] struct {
	Write   W
	Context context.Context // the caller's context; if it ends before the start, the write is not executed
	Err     error           // the result

	apart bool          // its caller gets the result separately from the rest of the batch
	state atomic.Int32  // first waiting; then started, or left if the caller no longer waits
	ran   chan struct{} // closed when the write will not be executed again
	done  chan error    // receives the result
}

// These are the states of a request.
const (
	waiting int32 = iota
	started
	left
)

// Start reports whether to execute the write. It returns false if the caller no
// longer waits. Call it before each execution.
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
