package queue_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/queue"
	"github.com/flexscim/flexscim/internal/reconcile"
	"github.com/flexscim/flexscim/internal/store"
)

// TestLostRunTouches checks that a run which lost its job to another run touches
// the person if, and only if, a write of the run may have reached Twilio.
func TestLostRunTouches(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		writes  int
		touches int64
	}{
		"after a read": {0, 0},
		"after writes": {2, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engines(t, func(t *testing.T, url string) {
				s := open(t, url)
				g := newTarget(s)
				var once atomic.Bool
				g.act = func(ctx context.Context, _ store.Person) (reconcile.Outcome, error) {
					if !once.CompareAndSwap(false, true) {
						return settled, nil
					}
					for range c.writes {
						if err := flex.Fence(ctx); err != nil {
							t.Errorf("the fence refuses a write of a valid lease: %v", err)
						}
					}
					return reconcile.Outcome{}, reconcile.ErrLost
				}
				start(t, queue.Config{Store: s, Reconciler: g})
				keys := join(t, s, "ann", 1)
				first, err := s.Person(t.Context(), keys[0])
				if err != nil {
					t.Fatal(err)
				}
				await(t, "run after the touch", patience, func() bool { return g.generation(keys[0]) >= first.Desired+c.touches })
				inFlex(t, s, g, keys)
				if now, err := s.Person(t.Context(), keys[0]); err != nil || now.Desired != first.Desired+c.touches {
					t.Errorf("got generation %d (%v), want %d", now.Desired, err, first.Desired+c.touches)
				}
			})
		})
	}
}
