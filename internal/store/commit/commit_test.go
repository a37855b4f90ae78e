package commit_test

import (
	"context"
	"errors"
	"sync"
	"testing"

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

func TestGather(t *testing.T) {
	t.Parallel()
	l, g := newLedger(t, commit.Config[int]{})
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

// TestApart: nobody waits for a member that runs apart, and each may have its
// answer before the rest of the group.
func TestApart(t *testing.T) {
	t.Parallel()
	locked, fast := make(chan struct{}), errors.New("fast")
	g := commit.Start(commit.Config[int]{
		Most: 10, Answered: func([]*commit.Request[int]) {},
		Commit: func(g *commit.Group[int]) {
			for r := g.Next(); r != nil; r = g.Next() {
				switch {
				case !r.Start():
				case r.Write == 0:
					g.Apart(r, func(*commit.Request[int]) error {
						<-locked
						return nil
					})
				case r.Write == 1:
					r.Err = fast
					g.Answer(r)
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
		t.Errorf("%d writes have the answer of one", early)
	}
	close(locked)
	if err := <-slow; err != nil {
		t.Error(err)
	}
	g.Close()
}

func TestCommitFails(t *testing.T) {
	t.Parallel()
	l, g := newLedger(t, commit.Config[int]{})
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
		Most: 10, Commit: func(g *commit.Group[int]) { g.Err = bad }, Answered: func([]*commit.Request[int]) {},
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
	l, g := newLedger(t, commit.Config[int]{})
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
