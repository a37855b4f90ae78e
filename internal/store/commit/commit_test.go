package commit_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/flexscim/flexscim/internal/store/commit"
)

// ledger commits groups of numbers, when it is told to.
type ledger struct {
	began  chan struct{} // one for each group
	finish chan error    // the end of one group each

	mu     sync.Mutex
	groups [][]int
}

func newLedger(t *testing.T, c commit.Config[int]) (*ledger, *commit.Gatherer[int]) {
	t.Helper()
	l := &ledger{began: make(chan struct{}, 100), finish: make(chan error)}
	c.Most = 10
	c.Commit = l.commit
	c.Answered = func([]*commit.Request[int]) {}
	g := commit.Start(c)
	t.Cleanup(func() {
		close(l.finish)
		g.Close()
	})
	return l, g
}

// commit is one group: it begins with its first write, is held, and takes
// whoever waits then.
func (l *ledger) commit(g *commit.Group[int]) {
	var group []int
	take := func(r *commit.Request[int]) {
		if r.Start() {
			group = append(group, r.Write)
		}
	}
	take(g.Next())
	l.began <- struct{}{}
	g.Err = <-l.finish
	for r := g.Next(); r != nil; r = g.Next() {
		take(r)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.groups = append(l.groups, group)
}

func (l *ledger) written() (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, g := range l.groups {
		n += len(g)
	}
	return n
}

// do has writes done at once and gives their answers.
func do(ctx context.Context, g *commit.Gatherer[int], writes ...int) <-chan error {
	answers := make(chan error, len(writes))
	for _, w := range writes {
		go func() { answers <- g.Do(ctx, w) }()
	}
	return answers
}

func TestOneWriter(t *testing.T) {
	t.Parallel()
	l, g := newLedger(t, commit.Config[int]{Writers: 1})
	first := do(t.Context(), g, 0)
	<-l.began
	others := do(t.Context(), g, 1, 2, 3)
	l.finish <- nil
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	for got := 0; got < 3; { // as many groups as it takes: nobody knows when the others come
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

// TestWriters: a write does not wait for a transaction that takes long.
func TestWriters(t *testing.T) {
	t.Parallel()
	l, g := newLedger(t, commit.Config[int]{Writers: 3, Patience: time.Millisecond})
	answers := do(t.Context(), g, 1, 2, 3)
	for range 3 {
		<-l.began // all three are held at once, or this waits for ever
	}
	for range 3 {
		l.finish <- nil
	}
	for range 3 {
		if err := <-answers; err != nil {
			t.Error(err)
		}
	}
}

// TestAlone: of writes that are run again by themselves, none waits for
// another.
func TestAlone(t *testing.T) {
	t.Parallel()
	locked := make(chan struct{})
	g := commit.Start(commit.Config[int]{
		Most: 10, Writers: 1, Answered: func([]*commit.Request[int]) {},
		Commit: func(g *commit.Group[int]) {
			for g.Next() != nil {
			}
			g.Alone(func(r *commit.Request[int]) error {
				if r.Write == 0 {
					<-locked
				}
				return nil
			})
		},
	})
	slow, fast := do(t.Context(), g, 0), do(t.Context(), g, 1, 2, 3)
	for range 3 {
		if err := <-fast; err != nil {
			t.Error(err)
		}
	}
	close(locked)
	if err := <-slow; err != nil {
		t.Error(err)
	}
	g.Close()
}

func TestCommitFails(t *testing.T) {
	t.Parallel()
	l, g := newLedger(t, commit.Config[int]{Writers: 1})
	answer := do(t.Context(), g, 1)
	<-l.began
	bad := errors.New("bad")
	l.finish <- bad
	if err := <-answer; !errors.Is(err, bad) {
		t.Errorf("got %v, want the error of the commit", err)
	}
}

// TestNobodyBegins: where no transaction can be begun, everybody who waits is
// told why.
func TestNobodyBegins(t *testing.T) {
	t.Parallel()
	bad := errors.New("away")
	g := commit.Start(commit.Config[int]{
		Most: 10, Writers: 2, Commit: func(g *commit.Group[int]) { g.Err = bad }, Answered: func([]*commit.Request[int]) {},
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
	l, g := newLedger(t, commit.Config[int]{Writers: 1})
	ctx, cancel := context.WithCancel(t.Context())
	answer := do(ctx, g, 1)
	<-l.began
	waits := do(ctx, g, 2)
	cancel()
	left, ok := errors.AsType[*commit.LeftError](<-waits)
	if !ok || left.MayStand || !errors.Is(left, context.Canceled) {
		t.Errorf("a caller who leaves before: %v, want a LeftError whose write does not stand", left)
	}
	l.finish <- nil
	if err := <-answer; err != nil && !errors.Is(err, context.Canceled) { // whichever comes first
		t.Errorf("a caller who leaves during the write: %v", err)
	}
	after := do(t.Context(), g, 3)
	<-l.began
	l.finish <- nil
	if err := <-after; err != nil {
		t.Error(err)
	}
	if n := l.written(); n != 2 {
		t.Errorf("%d writes were run, want those of the two who did not leave before", n)
	}
}
