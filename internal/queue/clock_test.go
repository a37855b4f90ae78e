package queue_test

import (
	"context"
	"testing"
	"time"

	"github.com/flexscim/flexscim/internal/queue"
	"github.com/flexscim/flexscim/internal/reconcile"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
)

// TestClocks checks that joins, leaves and retries are neither late nor early if the
// clocks of this machine and of the database differ by an hour.
func TestClocks(t *testing.T) {
	t.Parallel()
	for name, difference := range map[string]string{
		"the database is an hour behind": "-1 hour",
		"the database is an hour ahead":  "1 hour",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, storetest.SkewedURL(t, difference))
			g := newTarget(s)
			const short, long = time.Second, 6 * time.Second // River's scheduler ends only long pauses; a job with a short pause stays available
			pause := map[store.PersonKey]time.Duration{}
			second := make(chan time.Duration, 10)
			first := map[store.PersonKey]time.Time{}
			g.act = func(_ context.Context, p store.Person) (reconcile.Outcome, error) {
				g.mu.Lock()
				defer g.mu.Unlock()
				after := pause[p.Key]
				if at, ran := first[p.Key]; after == 0 || ran {
					if ran {
						second <- time.Since(at) - after
					}
					delete(pause, p.Key)
					delete(first, p.Key)
					return settled, nil
				}
				first[p.Key] = time.Now()
				return reconcile.Outcome{State: store.Waiting, After: after}, nil
			}
			start(t, queue.Config{Store: s, Reconciler: g, Replica: "a"})
			keys := join(t, s, "user", 3)
			inFlex(t, s, g, keys)
			g.mu.Lock()
			pause[keys[0]], pause[keys[1]] = short, long
			g.mu.Unlock()
			for _, key := range keys {
				touch(t, s, key, store.Leaving)
			}
			for range 2 {
				select {
				case late := <-second:
					if late < 0 {
						t.Errorf("a job ran %v too early", -late)
					}
				case <-time.After(patience):
					t.Fatal("a job that waits did not run again")
				}
			}
			inFlex(t, s, g, keys)
		})
	}
}
