package queue_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/flexscim/flexscim/internal/queue"
	"github.com/flexscim/flexscim/internal/reconcile"
	"github.com/flexscim/flexscim/internal/store"
)

// TestConnectionsTakeTurns checks that the jobs of one connection, however many wait,
// do not delay those of another connection with the same urgency.
func TestConnectionsTakeTurns(t *testing.T) {
	t.Parallel()
	for _, u := range []store.Urgency{store.Leaving, store.Joining} {
		t.Run(fmt.Sprint("urgency ", u), func(t *testing.T) {
			t.Parallel()
			engines(t, func(t *testing.T, url string) { testTurns(t, open(t, url), u) })
		})
	}
}

func testTurns(t *testing.T, s *store.Store, u store.Urgency) {
	t.Helper()
	const workers, many, few = 4, 60, 2
	began, end := make(chan store.PersonKey, many), make(chan struct{})
	g := newTarget(s)
	g.act = func(ctx context.Context, p store.Person) (reconcile.Outcome, error) {
		began <- p.Key
		select {
		case <-end:
			return settled, nil
		case <-ctx.Done():
			return reconcile.Outcome{}, ctx.Err()
		}
	}
	start(t, queue.Config{Store: s, Reconciler: g, Workers: workers})
	joinAs(t, s, acme, u, "user", many)
	for range workers {
		<-began
	}
	awaitJobs(t, s, many)
	joinAs(t, s, other, u, "user", few)
	awaitJobs(t, s, many+few)
	for i := range few + 1 {
		end <- struct{}{} // one of the running jobs ends, and a worker is free
		got, want := (<-began).Connection, other
		if i == few {
			want = acme
		}
		if got != want {
			t.Errorf("job %d is of connection %s, want %s", i, got, want)
		}
	}
	close(end)
}

// awaitJobs waits until n jobs of people were inserted.
func awaitJobs(t *testing.T, s *store.Store, n int) {
	t.Helper()
	await(t, fmt.Sprint(n, " jobs"), patience, func() bool {
		var got int
		err := s.DB().QueryRowContext(t.Context(), `SELECT count(*) FROM river_job WHERE kind = 'sync_person'`).Scan(&got)
		return err == nil && got >= n
	})
}
