package queue

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"

	"github.com/flexscim/flexscim/internal/reconcile"
	"github.com/flexscim/flexscim/internal/store"
)

// TestForget checks that a process releases, of the jobs that are running in the
// database, exactly those that it has not run for three seconds.
func TestForget(t *testing.T) {
	t.Parallel()
	var h held
	h.init()
	job := func(id int64, n int) *rivertype.JobRow { return &rivertype.JobRow{ID: id, Attempt: n} }
	first := job(1, 1)
	h.add([]*rivertype.JobRow{first, job(2, 1)}, t.Context())
	began := time.Now()
	for _, c := range []struct {
		after   time.Duration
		end     *rivertype.JobRow // the job of a run that ends before this call of forget
		running []attempt
		want    []attempt
	}{
		{0, nil, []attempt{{1, 1}, {3, 1}, {4, 1}}, nil},
		{2 * time.Second, nil, []attempt{{1, 1}, {3, 1}}, nil}, // job 4 is not running, so its three seconds begin again
		{3 * time.Second, nil, []attempt{{1, 1}, {3, 1}, {4, 1}}, []attempt{{3, 1}}},
		{4 * time.Second, first, []attempt{{1, 1}, {3, 2}}, nil}, // 3 runs again
		{7 * time.Second, nil, []attempt{{1, 1}, {2, 1}}, []attempt{{1, 1}}},
	} {
		if c.end != nil {
			h.remove(c.end)
		}
		if got := h.forget(c.running, began.Add(c.after)); !slices.Equal(got, c.want) {
			t.Errorf("after %v: released %v, want %v", c.after, got, c.want)
		}
	}
	late := h.add([]*rivertype.JobRow{job(3, 1), job(5, 1), job(3, 2)}, t.Context())
	if len(late) != 2 || late[0].ID != 5 || late[1].Attempt != 2 {
		t.Errorf("a late response gave %v, want it without the released attempt of job 3", late)
	}
}

// TestFetchedAgain checks the order of events in which a job that a run has put back is
// fetched again, with the same attempt, before that run has ended. The end of the first
// run must not end the second.
func TestFetchedAgain(t *testing.T) {
	t.Parallel()
	var h held
	h.init()
	first, second := &rivertype.JobRow{ID: 1, Attempt: 1}, &rivertype.JobRow{ID: 1, Attempt: 1}
	h.add([]*rivertype.JobRow{first}, t.Context())
	h.add([]*rivertype.JobRow{second}, t.Context())
	h.remove(first)
	if err := h.lease(second).Err(); err != nil {
		t.Errorf("the lease of the second run has ended after the end of the first: %v", err)
	}
	h.remove(second)
	if h.lease(second).Err() == nil || len(h.runs) != 0 {
		t.Errorf("got %d runs after both have ended, and a lease that is valid, want none", len(h.runs))
	}
}

// fetched is an executor whose fetches return one job.
type fetched struct {
	riverdriver.Executor
	before func()
}

func (f fetched) JobGetAvailable(context.Context, *riverdriver.JobGetAvailableParams) (*riverdriver.JobGetAvailableResult, error) {
	f.before()
	return &riverdriver.JobGetAvailableResult{Jobs: []*rivertype.JobRow{{ID: 7, Attempt: 1}}}, nil
}

// TestFetchWithoutLease checks that nothing is fetched after the lease expired, and
// that a job that was fetched before the lease expired cannot run under the next lease.
func TestFetchWithoutLease(t *testing.T) {
	t.Parallel()
	q := &Queue{lease: newLease()}
	q.held.init()
	freeze := func() {
		q.lease.mu.Lock()
		defer q.lease.mu.Unlock()
		q.lease.sent, q.lease.wall = q.lease.sent.Add(-4*time.Second), q.lease.wall.Add(-4*time.Second)
	}
	q.lease.renew(time.Now())
	res, err := heldExecutor{fetched{before: freeze}, q}.JobGetAvailable(t.Context(), nil)
	if err != nil || len(res.Jobs) != 1 {
		t.Fatalf("got %v, %v, want the job", res, err)
	}
	if res, err := (heldExecutor{fetched{before: func() { t.Error("fetched without a lease") }}, q}).JobGetAvailable(t.Context(), nil); err != nil || len(res.Jobs) != 0 {
		t.Errorf("without a lease: got %v, %v, want no job", res, err)
	}
	q.lease.renew(time.Now())
	run, release := q.lease.bind(t.Context(), q.held.lease(res.Jobs[0]))
	defer release()
	if run.Err() == nil {
		t.Error("a job that was fetched before the freeze runs after it")
	}
}

// TestPutBack checks that the end of a run changes only a row that belongs to the
// run, and that the pause is measured by the database's clock.
func TestPutBack(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *store.Store) {
		q, err := New(Config{Store: s, Reconciler: uncalledReconciler{}, Replica: "this"})
		if err != nil {
			t.Fatal(err)
		}
		by := map[store.Engine][2]string{store.SQLite: {`jsonb('["this"]')`, `jsonb('["this","other"]')`}, store.PostgreSQL: {`'{this}'`, `'{this,other}'`}}[s.Engine()]
		for name, c := range map[string]struct {
			set   string // of the row
			after time.Duration
			want  string // state, attempt, failures
		}{
			"due at once":           {`state = 'running', attempt = 3, attempted_by = ` + by[0], 0, "available 2 4"},
			"due soon":              {`state = 'running', attempt = 3, attempted_by = ` + by[0], time.Second, "available 2 4"},
			"due later":             {`state = 'running', attempt = 3, attempted_by = ` + by[0], time.Hour, "scheduled 2 4"},
			"another replica's":     {`state = 'running', attempt = 3, attempted_by = ` + by[1], 0, "running 3 0"},
			"a later run":           {`state = 'running', attempt = 4, attempted_by = ` + by[0], 0, "running 4 0"},
			"released, not fetched": {`state = 'available', attempt = 3, attempted_by = ` + by[0], 0, "available 3 0"},
		} {
			p := insertion(wakeup{Touch: touch(name, store.Changing)})
			res, err := q.client.Insert(t.Context(), p.Args, p.InsertOpts)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.DB().ExecContext(t.Context(), `UPDATE river_job SET `+c.set+` WHERE id = $1`, res.Job.ID); err != nil {
				t.Fatal(err)
			}
			job := *res.Job
			job.Attempt = 3
			_ = q.putBack(t.Context(), &job, c.after, 4)
			now, err := q.client.JobGet(t.Context(), job.ID)
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprintf("%s %d %d", now.State, now.Attempt, failuresOf(now)); got != c.want {
				t.Errorf("%s: got %s, want %s", name, got, c.want)
			}
			if late := time.Until(now.ScheduledAt) - c.after; late < -time.Minute || late > time.Minute {
				t.Errorf("%s: due %v after the pause of %v", name, late, c.after)
			}
		}
	})
}

// uncalledReconciler is a Reconciler for tests that must not call it.
type uncalledReconciler struct{}

func (uncalledReconciler) Reconcile(context.Context, store.PersonKey, reconcile.Finish) (reconcile.Outcome, error) {
	return reconcile.Outcome{}, nil
}
