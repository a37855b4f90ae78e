package batch_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/flexscim/flexscim/internal/store/db/batch"
)

// ledger commits batches of numbers. Each commit waits until the test lets it finish.
type ledger struct {
	began  chan struct{} // receives a value when a batch begins
	finish chan error    // ends one batch

	mu      sync.Mutex
	batches [][]int
}

func newLedger(t *testing.T, c batch.Config[int]) (*ledger, *batch.Writer[int]) {
	t.Helper()
	l := &ledger{began: make(chan struct{}, 100), finish: make(chan error)}
	c.Most = 10
	c.Commit = l.commit
	c.Answered = func([]*batch.Request[int]) {}
	g := batch.Start(c)
	t.Cleanup(func() {
		close(l.finish)
		g.Close()
	})
	return l, g
}

// commit commits one batch. It starts the first write, waits for a value of the
// channel finish, and then starts all waiting writes.
func (l *ledger) commit(b *batch.Batch[int]) {
	var taken []int
	take := func(r *batch.Request[int]) {
		if r.Start() {
			taken = append(taken, r.Write)
		}
	}
	take(b.Next())
	l.began <- struct{}{}
	b.Err = <-l.finish
	for r := b.Next(); r != nil; r = b.Next() {
		take(r)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.batches = append(l.batches, taken)
}

func (l *ledger) written() (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, g := range l.batches {
		n += len(g)
	}
	return n
}

// do starts writes concurrently. The returned channel receives their results.
func do(ctx context.Context, g *batch.Writer[int], writes ...int) <-chan error {
	answers := make(chan error, len(writes))
	for _, w := range writes {
		go func() { answers <- g.Do(ctx, "", w) }()
	}
	return answers
}

func TestBatches(t *testing.T) {
	t.Parallel()
	l, g := newLedger(t, batch.Config[int]{})
	first := do(t.Context(), g, 0)
	<-l.began
	others := do(t.Context(), g, 1, 2, 3)
	l.finish <- nil
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	for got := 0; got < 3; { // the number of batches depends on when the other writes arrive
		select {
		case err := <-others:
			if got++; err != nil {
				t.Error(err)
			}
		case <-l.began:
			l.finish <- nil
		}
	}
	if n := l.written(); n != 4 {
		t.Errorf("%d writes were committed, want 4", n)
	}
}

// TestApart checks that no other write waits for a write that Batch.Apart executes,
// and that Batch.Answer returns a result before the rest of the batch ends.
func TestApart(t *testing.T) {
	t.Parallel()
	locked, fast := make(chan struct{}), errors.New("fast")
	g := batch.Start(batch.Config[int]{
		Most: 10, Answered: func([]*batch.Request[int]) {},
		Commit: func(b *batch.Batch[int]) {
			for r := b.Next(); r != nil; r = b.Next() {
				switch {
				case !r.Start():
				case r.Write == 0:
					b.Apart(r, func(*batch.Request[int]) error {
						<-locked
						return nil
					})
				case r.Write == 1:
					r.Err = fast
					b.Answer(r)
				}
			}
		},
	})
	slow, others := do(t.Context(), g, 0), do(t.Context(), g, 1, 2, 3)
	early := 0
	for range 3 {
		if err := <-others; errors.Is(err, fast) {
			early++
		} else if err != nil {
			t.Error(err)
		}
	}
	if early != 1 {
		t.Errorf("%d writes got the result of one of them, want 1", early)
	}
	close(locked)
	if err := <-slow; err != nil {
		t.Error(err)
	}
	g.Close()
}

func TestCommitFails(t *testing.T) {
	t.Parallel()
	l, g := newLedger(t, batch.Config[int]{})
	answer := do(t.Context(), g, 1)
	<-l.began
	bad := errors.New("bad")
	l.finish <- bad
	if err := <-answer; !errors.Is(err, bad) {
		t.Errorf("got %v, want the error of the commit", err)
	}
}

// TestNoTransaction checks that every waiting write gets the error if the
// transaction cannot begin.
func TestNoTransaction(t *testing.T) {
	t.Parallel()
	bad := errors.New("unavailable")
	g := batch.Start(batch.Config[int]{
		Most: 10, Commit: func(b *batch.Batch[int]) { b.Err = bad }, Answered: func([]*batch.Request[int]) {},
	})
	defer g.Close()
	answers := do(t.Context(), g, 1, 2, 3, 4, 5)
	for range 5 {
		if err := <-answers; !errors.Is(err, bad) {
			t.Errorf("got %v, want %v", err, bad)
		}
	}
}

func TestCallerLeaves(t *testing.T) {
	t.Parallel()
	l, g := newLedger(t, batch.Config[int]{})
	ctx, cancel := context.WithCancel(t.Context())
	answer := do(ctx, g, 1)
	<-l.began
	waits := do(ctx, g, 2)
	cancel()
	left, ok := errors.AsType[*batch.LeftError](<-waits)
	if !ok || left.MayStand || !errors.Is(left, context.Canceled) {
		t.Errorf("a caller that leaves before the start: %v, want a LeftError without MayStand", left)
	}
	l.finish <- nil
	if err := <-answer; err != nil && !errors.Is(err, context.Canceled) { // the result depends on whether the context or the commit ends first
		t.Errorf("a caller that leaves during the write: %v", err)
	}
	after := do(t.Context(), g, 3)
	<-l.began
	l.finish <- nil
	if err := <-after; err != nil {
		t.Error(err)
	}
	if n := l.written(); n != 2 {
		t.Errorf("%d writes ran, want 2, because the caller of the third left before its start", n)
	}
}

// TestTurns checks that the write of one owner is in the next batch, although
// another owner has more waiting writes than fit into it.
func TestTurns(t *testing.T) {
	t.Parallel()
	l, g := newLedger(t, batch.Config[int]{})
	first := do(t.Context(), g, 0)
	<-l.began
	const many = 30 // three batches
	var writes []int
	for i := range many {
		writes = append(writes, i+1)
	}
	others := do(t.Context(), g, writes...)
	await(g, many)
	neighbour := make(chan error, 1)
	go func() { neighbour <- g.Do(t.Context(), "neighbour", -1) }()
	await(g, many+1)
	for range 4 {
		l.finish <- nil
	}
	for range many {
		if err := <-others; err != nil {
			t.Error(err)
		}
	}
	if err := errors.Join(<-first, <-neighbour); err != nil {
		t.Error(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if turn := slices.Index(slices.Concat(l.batches...), -1); turn > 2 {
		t.Errorf("%d writes were executed before the neighbour's, want at most 2", turn)
	}
}

// await waits until n writes wait.
func await(g *batch.Writer[int], n int) {
	for g.Waiting() < n {
		runtime.Gosched()
	}
}

// TestLongest checks that a batch takes no more writes after its time is over, so
// that long writes do not delay the commit of the others.
func TestLongest(t *testing.T) {
	t.Parallel()
	l, g := newLedger(t, batch.Config[int]{Longest: 1})
	answers := do(t.Context(), g, 1, 2, 3)
	for range 3 {
		<-l.began
		l.finish <- nil
		if err := <-answers; err != nil {
			t.Error(err)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, b := range l.batches {
		if len(b) != 1 {
			t.Errorf("a batch has %d writes, want 1, because its time is over", len(b))
		}
	}
}
