package queue

import (
	"context"
	"database/sql"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
)

// TestRiverVersion checks that go.mod pins the version that river.go was
// written for.
func TestRiverVersion(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) < 2 || !strings.HasPrefix(f[0], "github.com/riverqueue/river") {
			continue
		}
		found++
		if f[1] != riverVersion {
			t.Errorf("go.mod pins %s %s, river.go was written for %s", f[0], f[1], riverVersion)
		}
	}
	if found < 5 {
		t.Errorf("go.mod pins %d modules of River, want at least 5", found)
	}
}

// engines runs a test once on each engine, each time with a new store that has
// River's tables.
func engines(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	for _, e := range []store.Engine{store.SQLite, store.PostgreSQL} {
		t.Run(string(e), func(t *testing.T) {
			t.Parallel()
			s := storetest.OpenConfig(t, store.Config{URL: storetest.URL(t, e)})
			if err := migrateRiver(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			test(t, s)
		})
	}
}

// column returns the values that a query with one column selects.
func column(t *testing.T, s *store.Store, query string) (all []string) {
	t.Helper()
	rows, err := s.DB().QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestRiverSchema checks that this version of River creates the columns and states
// that our SQL statements use.
func TestRiverSchema(t *testing.T) {
	t.Parallel()
	queries := map[store.Engine]string{
		store.SQLite: `SELECT name || ' ' || lower(type) FROM pragma_table_info('river_job') ORDER BY name`,
		store.PostgreSQL: `SELECT column_name || ' ' || udt_name FROM information_schema.columns
			WHERE table_schema = current_schema() AND table_name = 'river_job' ORDER BY column_name COLLATE "C"`,
	}
	want := map[store.Engine][]string{
		store.SQLite: {"args blob", "attempt integer", "attempted_at timestamp", "attempted_by blob", "created_at timestamp",
			"errors blob", "finalized_at timestamp", "id integer", "kind text", "max_attempts integer", "metadata blob",
			"priority integer", "queue text", "scheduled_at timestamp", "state text", "tags blob", "unique_key blob", "unique_states integer"},
		store.PostgreSQL: {"args jsonb", "attempt int2", "attempted_at timestamptz", "attempted_by _text", "created_at timestamptz",
			"errors _jsonb", "finalized_at timestamptz", "id int8", "kind text", "max_attempts int2", "metadata jsonb",
			"priority int2", "queue text", "scheduled_at timestamptz", "state river_job_state", "tags _varchar", "unique_key bytea", "unique_states bit"},
	}
	engines(t, func(t *testing.T, s *store.Store) {
		if diff := cmp.Diff(want[s.Engine()], column(t, s, queries[s.Engine()])); diff != "" {
			t.Errorf("river_job (-want +got):\n%s", diff)
		}
		if s.Engine() == store.SQLite {
			return
		}
		states := column(t, s, `SELECT unnest(enum_range(NULL::river_job_state))::text ORDER BY 1`)
		if diff := cmp.Diff(strings.Fields("available cancelled completed discarded pending retryable running scheduled"), states); diff != "" {
			t.Errorf("states (-want +got):\n%s", diff)
		}
	})
}

// called is a worker that sends each job to the channel jobs, from which the test
// reads.
type called struct {
	river.WorkerDefaults[syncPerson]
	jobs   chan *river.Job[syncPerson]
	result error
}

func (c *called) Work(_ context.Context, job *river.Job[syncPerson]) error {
	c.jobs <- job
	return c.result
}

// TestRiverProducers checks that an insert, even of a duplicate, wakes the
// producer in memory and writes no notification. The producers in this test
// poll only once per hour.
func TestRiverProducers(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, s *store.Store) {
		w := &called{jobs: make(chan *river.Job[syncPerson], 10), result: untouched{}}
		workers := river.NewWorkers()
		river.AddWorker(workers, w)
		client, err := river.NewClient(newDriver(s), &river.Config{
			ID: "this", Workers: workers, FetchCooldown: fetchCooldown, MaxAttempts: maxAttempts, TestOnly: true,
			Queues: map[string]river.QueueConfig{people: {MaxWorkers: 1, FetchPollInterval: time.Hour}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := client.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		p := insertion(wakeup{Touch: touch("ann", store.Changing)})
		p.InsertOpts.ScheduledAt = time.Now().Add(time.Hour)
		res, err := client.Insert(t.Context(), p.Args, p.InsertOpts)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.DB().ExecContext(t.Context(), moveUpSQL(s.Engine()), res.Job.ID, int(store.Changing), people); err != nil {
			t.Fatal(err)
		}
		res, err = client.Insert(t.Context(), p.Args, p.InsertOpts)
		if err != nil || !res.UniqueSkippedAsDuplicate {
			t.Fatalf("the second insert: %v, %v, want a duplicate", res, err)
		}
		job := <-w.jobs
		if err := client.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		checkUntouched(t, client, job)
		if s.Engine() == store.SQLite {
			if n := column(t, s, `SELECT count(*) FROM river_notification`); n[0] != "0" {
				t.Errorf("got %s notifications, want none", n[0])
			}
		}
	})
}

// checkUntouched checks that a job's row still belongs to the client and is
// unchanged after its worker returned the error untouched.
func checkUntouched(t *testing.T, client *river.Client[*sql.Tx], job *river.Job[syncPerson]) {
	t.Helper()
	q := &Queue{Config: Config{Replica: "this"}}
	now, err := client.JobGet(t.Context(), job.ID)
	if err != nil || now.State != rivertype.JobStateRunning || !q.owns(job.JobRow, now) {
		t.Errorf("after untouched the row is %+v (%v), want it running and owned by the client", now, err)
	}
}
