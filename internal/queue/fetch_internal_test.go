package queue

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"

	"github.com/flexscim/flexscim/internal/store"
)

// insertJob inserts a person's job that has been due for the given time.
func insertJob(t *testing.T, s *store.Store, c store.ConnectionID, user string, u store.Urgency, due time.Duration) {
	t.Helper()
	client, err := river.NewClient(newDriver(s), &river.Config{})
	if err != nil {
		t.Fatal(err)
	}
	p := insertion(wakeup{Touch: touchIn(c, user, u)})
	p.InsertOpts.ScheduledAt = time.Now().Add(-due)
	if _, err := client.Insert(t.Context(), p.Args, p.InsertOpts); err != nil {
		t.Fatal(err)
	}
	makeAvailable(t, s)
}

func makeAvailable(t *testing.T, s *store.Store) {
	t.Helper()
	if _, err := s.DB().ExecContext(t.Context(), `UPDATE river_job SET state = 'available'`); err != nil {
		t.Fatal(err)
	}
}

// fetch fetches at most n jobs of a queue for a client, with the statement of the
// given executor. The statement keeps at most three clients in attempted_by.
func fetch(t *testing.T, by riverdriver.Executor, client, queue string, n int) []*rivertype.JobRow {
	t.Helper()
	res, err := by.JobGetAvailable(t.Context(), &riverdriver.JobGetAvailableParams{
		ClientID: client, MaxAttemptedBy: 3, MaxToLock: n, Queue: queue,
	})
	if err != nil {
		t.Fatal(err)
	}
	return res.Jobs
}

// TestFetchOrder checks the order in which jobs are fetched. The most urgent jobs are
// first. Among jobs of the same urgency, the connection with the fewest running jobs
// is next. The jobs of one connection keep their order.
func TestFetchOrder(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *store.Store) {
		for i := range 6 {
			insertJob(t, s, "a", fmt.Sprint("leaver", i), store.Leaving, time.Hour-time.Duration(i)*time.Minute)
			insertJob(t, s, "a", fmt.Sprint("joiner", i), store.Joining, time.Hour-time.Duration(i)*time.Minute)
		}
		insertJob(t, s, "b", "leaver0", store.Leaving, time.Minute)
		insertJob(t, s, "b", "leaver1", store.Leaving, time.Second)
		insertJob(t, s, "c", "leaver0", store.Leaving, time.Second)
		insertJob(t, s, "c", "later", store.Leaving, -time.Hour)
		insertJob(t, s, "b", "change", store.Changing, time.Second)
		insertJob(t, s, "b", "joiner0", store.Joining, time.Second)
		for _, row := range []struct {
			queue string
			n     int
			want  []string
		}{
			{leavers, 3, []string{"a/leaver0", "b/leaver0", "c/leaver0"}},
			{leavers, 2, []string{"a/leaver1", "b/leaver1"}},
			{leavers, 10, []string{"a/leaver2", "a/leaver3", "a/leaver4", "a/leaver5"}},
			{leavers, 10, nil},
			{people, 1, []string{"b/change"}},
			{people, 1, []string{"a/joiner0"}}, // connection b already has a running job
			{people, 2, []string{"a/joiner1", "b/joiner0"}},
			{people, 10, []string{"a/joiner2", "a/joiner3", "a/joiner4", "a/joiner5"}},
		} {
			var got []string
			for _, job := range fetch(t, newDriver(s).GetExecutor(), "this", row.queue, row.n) {
				var args syncPerson
				if err := json.Unmarshal(job.EncodedArgs, &args); err != nil {
					t.Fatal(err)
				}
				got = append(got, string(args.Connection)+"/"+string(args.User))
			}
			slices.Sort(got)
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("%d jobs of %s (-want +got):\n%s", row.n, row.queue, diff)
			}
		}
	})
}

// TestFetchedRow checks that our statement changes a job's row in the same way as
// River's own.
func TestFetchedRow(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *store.Store) {
		insertJob(t, s, "a", "ann", store.Leaving, time.Second)
		ours := newDriver(s).GetExecutor()
		rivers := ours.(executor).Executor //nolint:forcetypeassert // GetExecutor returns no other type
		var rows []*rivertype.JobRow
		for i, by := range []riverdriver.Executor{rivers, ours, rivers, ours, ours, rivers} {
			jobs := fetch(t, by, fmt.Sprint("client", i), leavers, 10)
			if len(jobs) != 1 {
				t.Fatalf("fetch %d: got %d jobs, want 1", i, len(jobs))
			}
			if now := time.Now(); jobs[0].AttemptedAt.Before(now.Add(-time.Minute)) || jobs[0].AttemptedAt.After(now.Add(time.Minute)) {
				t.Errorf("fetch %d: attempted at %v, want now", i, jobs[0].AttemptedAt)
			}
			rows = append(rows, jobs[0])
			makeAvailable(t, s)
		}
		for i, row := range rows {
			want := *rows[0]
			want.Attempt, want.AttemptedBy = i+1, nil
			for client := max(0, i-2); client <= i; client++ {
				want.AttemptedBy = append(want.AttemptedBy, fmt.Sprint("client", client))
			}
			if diff := cmp.Diff(&want, row, cmpopts.IgnoreFields(want, "AttemptedAt")); diff != "" {
				t.Errorf("fetch %d (-want +got):\n%s", i, diff)
			}
		}
	})
}
