package batch

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/flexscim/flexscim/internal/turns"
)

// Config configures a Writer for writes of type W.
type Config[W any] struct {
	Most    int           // maximum number of writes in one batch
	Longest time.Duration // after this time, a batch takes no more writes; 0: no limit

	// Commit executes the writes of a batch, usually in one transaction, and sets the
	// field Err of each write. A Writer commits one batch at a time, so that batches
	// do not wait for each other's row locks.
	Commit func(*Batch[W])
	// A Writer passes writes to Answered after their callers have received the
	// results.
	Answered func([]*Request[W])
}

// Writer passes waiting writes to Commit, batch by batch. The owners of the writes
// take turns, so that an owner with many writes does not delay the others.
type Writer[W any] struct {
	config  Config[W]
	wake    chan struct{}  // has a value if a write may wait; closed by Close
	stopped chan struct{}  // closed after the last batch is answered
	alone   sync.WaitGroup // writes that run outside of their batch

	mu      sync.Mutex
	waiting turns.Queue[*Request[W]]
}

// Start starts a Writer.
func Start[W any](c Config[W]) *Writer[W] {
	w := &Writer[W]{config: c, wake: make(chan struct{}, 1), stopped: make(chan struct{})}
	go func() {
		defer close(w.stopped)
		for range w.wake {
			w.drain()
		}
		w.drain()
	}()
	return w
}

// Writer.drain commits batches until no write waits.
func (w *Writer[W]) drain() {
	for first := w.next(); first != nil; first = w.next() {
		w.commit(first)
	}
}

// Writer.next returns the next waiting write, or nil.
func (w *Writer[W]) next() *Request[W] {
	w.mu.Lock()
	defer w.mu.Unlock()
	r, _ := w.waiting.Pop()
	return r
}

// Close waits until all writes are answered. Writer.Do must not be called after
// Close.
func (w *Writer[W]) Close() {
	close(w.wake)
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

// Do waits until a write of an owner is committed or fails, and returns its error.
// If ctx ends first, the error is a *LeftError. Commit never executes the write after
// Do has returned.
func (w *Writer[W]) Do(ctx context.Context, owner string, write W) error {
	if err := ctx.Err(); err != nil {
		return &LeftError{Err: err}
	}
	r := &Request[W]{Write: write, Context: ctx, ran: make(chan struct{}), done: make(chan error, 1)}
	w.mu.Lock()
	w.waiting.Push(owner, r)
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default: // the channel still has a value, which the Writer will receive
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
	began  time.Time // of the first write
}

// Answer returns one member's result to its caller, before the rest of the batch
// ends.
func (b *Batch[W]) Answer(r *Request[W]) {
	r.apart = true
	b.writer.answer([]*Request[W]{r})
}

// Apart executes one member in its own goroutine. Neither the rest of the batch nor
// the next batch waits for this member.
func (b *Batch[W]) Apart(r *Request[W], run func(*Request[W]) error) {
	r.apart = true
	b.writer.alone.Go(func() {
		r.Err = run(r)
		b.writer.answer([]*Request[W]{r})
	})
}

// Next adds the next waiting write to the batch and returns it. It returns nil
// if no write waits, or the batch is full or too old.
func (b *Batch[W]) Next() *Request[W] {
	r, c := b.first, b.writer.config
	switch {
	case len(b.Members) == c.Most:
		return nil
	case r != nil:
		b.first, b.began = nil, time.Now()
	case c.Longest == 0 || time.Since(b.began) < c.Longest:
		r = b.writer.next()
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
