package turns_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/flexscim/flexscim/internal/turns"
)

// TestQueue checks that owners take turns, and that the values of one owner keep
// their order.
func TestQueue(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, pushed, want string }{
		{"one owner", "a1 a2 a3", "a1 a2 a3"},
		{"an owner with one value is second", "a1 a2 a3 b1", "a1 b1 a2 a3"},
		{"three owners", "a1 a2 a3 b1 b2 c1", "a1 b1 c1 a2 b2 a3"},
		{"nothing", "", ""},
	} {
		var q turns.Queue[string]
		for _, v := range strings.Fields(row.pushed) {
			q.Push(v[:1], v)
		}
		var got []string
		for v, ok := q.Pop(); ok; v, ok = q.Pop() {
			got = append(got, v)
		}
		if strings.Join(got, " ") != row.want || q.Len() != 0 {
			t.Errorf("%s: got %v and %d waiting values, want %s and none", row.name, got, q.Len(), row.want)
		}
	}
}

// TestRemove checks that a removed value is not returned, and that the other values
// and their turns are unchanged.
func TestRemove(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ removed, want string }{
		{"a1", "a2 b1 c1 a3"}, {"a2", "a1 b1 c1 a3"}, {"b1", "a1 c1 a2 a3"}, {"c1", "a1 b1 a2 a3"}, {"c2", "a1 b1 c1 a2 a3"}, {"d1", "a1 b1 c1 a2 a3"},
	} {
		var q turns.Queue[string]
		for _, v := range []string{"a1", "a2", "a3", "b1", "c1"} {
			q.Push(v[:1], v)
		}
		owner := row.removed[:1]
		q.Remove(owner, func(v string) bool { return v == row.removed })
		want := strings.Fields(row.want)
		if got := q.LenOf("a") + q.LenOf("b") + q.LenOf("c"); q.Len() != len(want) || got != len(want) {
			t.Errorf("without %s: got %d values, and %d of all owners, want %d", row.removed, q.Len(), got, len(want))
		}
		var got []string
		for v, ok := q.Pop(); ok; v, ok = q.Pop() {
			got = append(got, v)
		}
		if strings.Join(got, " ") != row.want || q.Owners() != 0 {
			t.Errorf("without %s: got %v, want %s", row.removed, got, row.want)
		}
	}
}

// TestTurnStays checks that PopOf skips an owner without taking the owner's turn.
func TestTurnStays(t *testing.T) {
	t.Parallel()
	var q turns.Queue[string]
	for _, v := range []string{"a1", "a2", "b1", "b2"} {
		q.Push(v[:1], v)
	}
	only := func(owner string) func(string) bool { return func(o string) bool { return o == owner } }
	for _, step := range []struct{ owner, want string }{{"b", "b1"}, {"b", "b2"}, {"b", ""}, {"a", "a1"}} {
		if got, ok := q.PopOf(only(step.owner)); got != step.want || ok != (step.want != "") {
			t.Errorf("only %s: got %q, %v, want %q", step.owner, got, ok, step.want)
		}
	}
}

// enter starts a caller, and returns when the caller waits or is inside. The
// channel receives the caller's function `leave` when the caller is inside.
func enter(t *testing.T, g *turns.Gate, owner string) <-chan func() {
	t.Helper()
	waits := g.Waiting()
	entered, done := make(chan func(), 1), make(chan struct{})
	go func() {
		defer close(done)
		leave, err := g.Enter(context.Background(), owner)
		if err != nil {
			t.Error(err)
		}
		entered <- leave
	}()
	for g.Waiting() == waits { // until the caller waits or is inside
		select {
		case <-done:
			return entered
		default:
			runtime.Gosched()
		}
	}
	return entered
}

// TestGate checks that an owner with many callers does not delay another owner, and
// that each owner has at most its share inside.
func TestGate(t *testing.T) {
	t.Parallel()
	g := turns.NewGate(2, 1)
	a1, a2, a3 := enter(t, g, "a"), enter(t, g, "a"), enter(t, g, "a")
	leaveA1 := <-a1
	leaveB := <-enter(t, g, "b") // would block for ever if two callers of the owner "a" were inside
	c := enter(t, g, "c")
	select {
	case <-a2:
		t.Error("two callers of one owner are inside, want 1")
	case <-c:
		t.Error("three callers are inside, want 2")
	default:
	}
	leaveB()
	leaveC := <-c
	leaveA1()
	leaveA2 := <-a2
	leaveC()
	leaveA2()
	(<-a3)()
	if g.Waiting() != 0 {
		t.Errorf("%d callers wait, want none", g.Waiting())
	}
}

// TestGateDeadline checks that a caller stops waiting when its context ends, and
// that the callers behind it still enter.
func TestGateDeadline(t *testing.T) {
	t.Parallel()
	g := turns.NewGate(1, 1)
	leave := <-enter(t, g, "a")
	ctx, cancel := context.WithCancel(t.Context())
	answer := make(chan error, 1)
	go func() {
		_, err := g.Enter(ctx, "b")
		answer <- err
	}()
	for g.Waiting() == 0 {
		runtime.Gosched()
	}
	behind := enter(t, g, "b")
	cancel()
	if err := <-answer; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	leave()
	(<-behind)()
	if _, err := g.Enter(ctx, "b"); err != nil {
		t.Errorf("with room inside: got %v, want nil, because the caller does not wait", err)
	}
}

// TestKeep checks that a caller with a context from Keep stays inside between two
// pieces of work, and leaves at the end.
func TestKeep(t *testing.T) {
	t.Parallel()
	g := turns.NewGate(1, 1)
	ctx, end := turns.Keep(t.Context())
	for range 2 {
		leave, err := g.EnterKept(ctx, "a")
		if err != nil {
			t.Fatal(err)
		}
		leave()
	}
	b := enter(t, g, "b")
	select {
	case <-b:
		t.Error("another caller is inside, want none before the end")
	default:
	}
	end()
	(<-b)()
	leave, err := g.EnterKept(t.Context(), "c")
	if err != nil {
		t.Fatal(err)
	}
	d := enter(t, g, "d")
	leave()
	(<-d)()
	_, end = turns.Keep(t.Context())
	end() // does nothing, because the caller never entered
}
