package budget_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/scim/scimhttp/budget"
)

func take(t *testing.T, s *budget.Share, bytes int64) (give func()) {
	t.Helper()
	give, err := s.Take(t.Context(), bytes)
	if err != nil {
		t.Fatal(err)
	}
	return give
}

// TestWaits checks that Take waits while the memory is used up, at most until ctx
// ends, and that memory is returned only once.
func TestWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := budget.New(100)
		one, two := b.Share(), b.Share()
		give := take(t, one, 50)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := one.Take(ctx, 1); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("above the half of a connection: got %v, want DeadlineExceeded", err)
		}
		take(t, two, 50)()
		time.AfterFunc(time.Minute, func() { give(); give() })
		began := time.Now()
		take(t, one, 50)
		if took := time.Since(began); took != time.Minute {
			t.Errorf("got memory after %v, want 1m when it was returned", took)
		}
		take(t, two, 50)
		if _, err := b.Share().Take(ctx, 1); err == nil {
			t.Error("a third connection got memory of a budget that is used up")
		}
	})
}

// TestTooLarge checks that a number of bytes above the half of the budget waits only
// until the connection uses no memory.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	b := budget.New(100)
	give := take(t, b.Share(), 1000)
	take(t, b.Share(), 50)
	give()
	take(t, b.Share(), 50)
}

// TestTurns checks that connections take turns, and that a waiter that needs much
// does not stop another waiter that needs little.
func TestTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := budget.New(4)
		a, other, third := b.Share(), b.Share(), b.Share()
		first := []func(){take(t, a, 1), take(t, a, 1), take(t, third, 2)}
		var mu sync.Mutex
		var order []string
		var given []func()
		wait := func(name string, s *budget.Share, bytes int64) {
			go func() {
				give, err := s.Take(t.Context(), bytes)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					order, given = append(order, name), append(given, give)
				}
			}()
			synctest.Wait()
		}
		for _, name := range []string{"a1", "a2", "a3"} {
			wait(name, a, 1)
		}
		wait("other's two", other, 2)
		wait("other1", other, 1)
		for _, give := range first[:2] {
			give()
			synctest.Wait()
		}
		for len(order) < 5 {
			if len(given) == 0 {
				t.Fatalf("nobody gets memory after %v", order)
			}
			give := given[0]
			given = given[1:]
			give()
			synctest.Wait()
		}
		want := []string{"other1", "a1", "a2", "a3", "other's two"}
		if diff := cmp.Diff(want, order); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
