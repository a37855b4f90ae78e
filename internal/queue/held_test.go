package queue_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/flexscim/flexscim/internal/queue"
	"github.com/flexscim/flexscim/internal/reconcile"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
)

// TestRunningNowhere checks that a job runs again within seconds if it is running in
// the database but in no process. In one case, the process never got the response to
// the fetch. In the other case, the replica that fetched the job died after the
// other replicas had already taken over that replica's jobs.
func TestRunningNowhere(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		engine store.Engine
		owner  string // SQL
	}{
		"own job, SQLite":     {store.SQLite, `jsonb('["a"]')`},
		"own job, PostgreSQL": {store.PostgreSQL, `'{a}'`},
		"of a dead replica":   {store.PostgreSQL, `'{dead}'`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, storetest.URL(t, c.engine))
			g := newTarget(s)
			var waited atomic.Bool
			g.act = func(context.Context, store.Person) (reconcile.Outcome, error) {
				if waited.CompareAndSwap(false, true) {
					return reconcile.Outcome{State: store.Waiting, After: time.Hour}, nil
				}
				return settled, nil
			}
			start(t, queue.Config{Store: s, Reconciler: g, Replica: "a"})
			keys := join(t, s, "ann", 1)
			await(t, "job that is running nowhere", patience, func() bool {
				res, err := s.DB().ExecContext(t.Context(), `UPDATE river_job SET state = 'running', attempt = attempt + 1, scheduled_at = created_at, attempted_by = `+c.owner+`
					WHERE kind = 'sync_person' AND state = 'scheduled'`)
				if err != nil {
					t.Fatal(err)
				}
				n, err := res.RowsAffected()
				return err == nil && n == 1
			})
			inFlex(t, s, g, keys)
		})
	}
}
