package queue_test

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/queue"
	"github.com/flexscim/flexscim/internal/reconcile"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
	"github.com/flexscim/flexscim/scim"
)

// unreliable is a function for target.act. It sometimes returns an error or asks
// for a later run.
func unreliable(ctx context.Context, _ store.Person) (reconcile.Outcome, error) {
	pause := time.NewTimer(time.Duration(rand.IntN(5)) * time.Millisecond)
	defer pause.Stop()
	select {
	case <-ctx.Done():
		return reconcile.Outcome{}, ctx.Err()
	case <-pause.C:
	}
	switch n := rand.IntN(100); {
	case n < 10:
		return reconcile.Outcome{}, &flex.Error{Op: "update worker", Kind: flex.Down}
	case n < 15:
		return reconcile.Outcome{}, &flex.Error{Op: "update worker", Kind: flex.Slow, RetryAfter: 50 * time.Millisecond}
	case n < 20:
		return reconcile.Outcome{State: store.Waiting, After: 50 * time.Millisecond}, nil
	}
	return settled, nil
}

func TestNoUpdateIsLost(t *testing.T) {
	t.Parallel()
	const people, writes, writers, restarts = 60, 15, 16, 3
	engines(t, func(t *testing.T, url string) {
		s := open(t, url)
		g := newTarget(s)
		g.act = unreliable
		q := start(t, queue.Config{Store: s, Reconciler: g})
		keys := join(t, s, "user", people)
		var restart sync.RWMutex // writers hold the read lock, restarts hold the write lock
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for range writes {
					for i := w; i < people; i += writers {
						restart.RLock()
						touch(t, s, keys[i], store.Urgency(1+rand.IntN(4)))
						restart.RUnlock()
					}
				}
			})
		}
		for range restarts {
			await(t, "progress", patience, func() bool { return g.count() > 10 })
			restart.Lock()
			stop(t, q)
			s = open(t, url)
			g.store = s
			q = start(t, queue.Config{Store: s, Reconciler: g})
			restart.Unlock()
		}
		wg.Wait()
		inFlex(t, s, g, keys)
		if g.overlap != 0 || g.back != 0 {
			t.Errorf("got %d overlapping runs and %d steps back, want none", g.overlap, g.back)
		}
	})
}

// TestLeaverOvertakes checks that an import which occupies all workers delays
// neither a leaver without a job nor a leaver whose job is waiting.
func TestLeaverOvertakes(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, url string) {
		s := open(t, url)
		g := newTarget(s)
		full := make(chan struct{}, 1000)
		left := make(chan flex.Priority, 1)
		var leaver atomic.Value
		leaver.Store(store.PersonKey{})
		g.act = func(ctx context.Context, p store.Person) (reconcile.Outcome, error) {
			if p.Key == leaver.Load() {
				left <- flex.PriorityOf(ctx)
				return settled, nil
			}
			full <- struct{}{}
			<-ctx.Done() // Twilio is slow
			return reconcile.Outcome{}, ctx.Err()
		}
		start(t, queue.Config{Store: s, Reconciler: g, Workers: 8})
		keys := join(t, s, "user", 4_000)
		for range 8 {
			<-full
		}
		for _, who := range []store.PersonKey{keys[len(keys)-1], withWaitingJob(t, s)} {
			leaver.Store(who)
			at := time.Now()
			touch(t, s, who, store.Leaving)
			select {
			case p := <-left:
				t.Logf("first call after %v", time.Since(at))
				if p != flex.Leaver {
					t.Errorf("the call has priority %d, want %d", p, flex.Leaver)
				}
			case <-time.After(patience):
				t.Fatal("the leaver waits for the import")
			}
		}
	})
}

// withWaitingJob returns a person whose job is due but was not fetched by a
// worker.
func withWaitingJob(t *testing.T, s *store.Store) (key store.PersonKey) {
	t.Helper()
	args := map[store.Engine]string{store.SQLite: "json(args)", store.PostgreSQL: "args"}[s.Engine()]
	await(t, "waiting job", patience, func() bool {
		var text []byte
		err := s.DB().QueryRowContext(t.Context(), `SELECT `+args+` FROM river_job
			WHERE kind = 'sync_person' AND state = 'available' ORDER BY id DESC LIMIT 1`).Scan(&text)
		var who struct{ User scim.ID }
		if err != nil || json.Unmarshal(text, &who) != nil {
			return false
		}
		key = store.PersonKey{Connection: acme, User: who.User}
		return true
	})
	return key
}

func TestSnoozedJobIsWoken(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, url string) {
		s := open(t, url)
		g := newTarget(s)
		g.act = func(_ context.Context, p store.Person) (reconcile.Outcome, error) {
			if p.Desired == 1 {
				return reconcile.Outcome{State: store.Waiting, After: time.Hour}, nil
			}
			return settled, nil
		}
		q := start(t, queue.Config{Store: s, Reconciler: g})
		keys := join(t, s, "user", 1)
		await(t, "snoozed job", patience, func() bool { return snoozedJobs(t, q) == 1 })
		touch(t, s, keys[0], store.Leaving)
		inFlex(t, s, g, keys)
	})
}

// TestResume checks that Resume makes all waiting jobs due, in every queue.
func TestResume(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, url string) {
		s := open(t, url)
		g := newTarget(s)
		var up atomic.Bool
		g.act = func(context.Context, store.Person) (reconcile.Outcome, error) {
			if up.Load() {
				return settled, nil
			}
			return reconcile.Outcome{State: store.Retrying, After: time.Hour}, nil
		}
		q := start(t, queue.Config{Store: s, Reconciler: g})
		keys := join(t, s, "user", 20)
		touch(t, s, keys[0], store.Leaving)
		await(t, "snoozed jobs", patience, func() bool { return snoozedJobs(t, q) == 20 })
		up.Store(true)
		q.Resume()
		inFlex(t, s, g, keys)
	})
}

// snoozedJobs returns the number of snoozed jobs.
func snoozedJobs(t *testing.T, q *queue.Queue) (n int64) {
	t.Helper()
	stats, err := q.Stats(t.Context())
	if err != nil {
		t.Fatalf("Stats: %v", err)
	}
	for _, b := range stats {
		n += b.Later
	}
	return n
}

// TestScanFindsTheUnwoken checks that the scan finds a person whom another program
// touched, because such a program, for example `flexscim sync`, cannot wake this
// process.
func TestScanFindsTheUnwoken(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, url string) {
		s := open(t, url)
		g := newTarget(s)
		g.act = func(_ context.Context, p store.Person) (reconcile.Outcome, error) {
			if p.Desired == 2 {
				return reconcile.Outcome{State: store.Waiting, After: time.Hour}, nil
			}
			return settled, nil
		}
		q := start(t, queue.Config{Store: s, Reconciler: g})
		foreign := open(t, url)
		keys := join(t, foreign, "user", 1)
		inFlex(t, s, g, keys)
		touch(t, s, keys[0], store.Changing)
		await(t, "snoozed job", patience, func() bool { return snoozedJobs(t, q) == 1 })
		touch(t, foreign, keys[0], store.Changing) // while it is snoozed
		inFlex(t, s, g, keys)
	})
}

// TestScanLeavesTheSnoozed checks that the scan does not wake a snoozed job, even
// if its person is already due according to the store. A scan that did this would
// undo every backoff.
func TestScanLeavesTheSnoozed(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, url string) {
		s := open(t, url)
		g := newTarget(s)
		g.act = func(context.Context, store.Person) (reconcile.Outcome, error) {
			return reconcile.Outcome{State: store.Waiting, After: time.Hour}, nil
		}
		q := start(t, queue.Config{Store: s, Reconciler: g})
		snoozed := join(t, s, "snoozed", 1)
		await(t, "snoozed job", patience, func() bool { return snoozedJobs(t, q) == 1 })
		stop(t, q)
		foreign := open(t, url)
		write(t, foreign, func(tx *store.Tx) error { // in the store, the person is due
			_, err := tx.SaveOutcome(t.Context(), snoozed[0], store.Outcome{Generation: 1, State: store.Waiting})
			return err
		})
		s = open(t, url)
		g = newTarget(s)
		start(t, queue.Config{Store: s, Reconciler: g})
		for _, name := range []string{"first", "second"} { // one scan finds the first person, a later scan finds the second
			inFlex(t, s, g, join(t, foreign, name, 1))
		}
		if n := g.generation(snoozed[0]); n != 0 {
			t.Errorf("the scan woke a snoozed job: generation %d was applied", n)
		}
	})
}

func TestTakenOverRunSavesNothing(t *testing.T) {
	t.Parallel()
	for _, first := range []reconcile.Outcome{settled, {State: store.Waiting, After: time.Hour}} {
		t.Run(string(first.State), func(t *testing.T) {
			t.Parallel()
			engines(t, func(t *testing.T, url string) { takenOver(t, url, first) })
		})
	}
}

// takenOver gives the job of a run to a second run. The first run then returns the
// outcome; takenOver checks that this run saves nothing.
func takenOver(t *testing.T, url string, outcome reconcile.Outcome) {
	t.Helper()
	s := open(t, url)
	g := newTarget(s)
	var begun atomic.Bool
	runs := make(chan chan struct{}, 10) // each run sends a channel, and waits until the test closes it
	g.act = func(ctx context.Context, _ store.Person) (reconcile.Outcome, error) {
		mine := make(chan struct{})
		isFirst := begun.CompareAndSwap(false, true)
		runs <- mine
		<-mine
		if isFirst {
			return outcome, nil
		}
		return settled, nil
	}
	ended := make(chan string, 10)
	report := func(r queue.Run) {
		if r.Since < r.Took || r.Since > patience || r.Urgency != store.Joining {
			t.Errorf("got the report %+v of the run", r)
		}
		ended <- r.Result
	}
	start(t, queue.Config{Store: s, Reconciler: g, OnRun: report})
	keys := join(t, s, "user", 1)
	first := <-runs
	changeJob(t, s, `UPDATE river_job SET state = 'available' WHERE state = 'running'`)
	second := <-runs
	close(first)
	if got := <-ended; got != "lost" {
		t.Errorf("the run that lost its job ended with %q, want lost", got)
	}
	p, err := s.Person(t.Context(), keys[0])
	if err != nil || p.Observed != 0 || p.State != store.Pending {
		t.Errorf("the run that lost its job saved %s, generation %d (%v)", p.State, p.Observed, err)
	}
	close(second)
	if got := <-ended; got != "done" {
		t.Errorf("the run that has the job ended with %q, want done", got)
	}
	inFlex(t, s, g, keys)
	select {
	case <-runs:
		t.Error("River ran the job again because the first run changed its row")
	case <-time.After(500 * time.Millisecond):
	}
}

// changeJob executes a statement that changes River's table. It simulates a
// change by another process.
func changeJob(t *testing.T, s *store.Store, statement string) {
	t.Helper()
	write(t, s, func(tx *store.Tx) error {
		_, err := tx.SQL().ExecContext(context.WithoutCancel(t.Context()), statement)
		return err
	})
}

func TestStartReclaims(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, store.SQLite)
	s := open(t, url)
	g := newTarget(s)
	g.act = func(context.Context, store.Person) (reconcile.Outcome, error) {
		return reconcile.Outcome{State: store.Waiting, After: time.Hour}, nil
	}
	q := start(t, queue.Config{Store: s, Reconciler: g})
	keys := join(t, s, "user", 1)
	await(t, "snoozed job", patience, func() bool { return snoozedJobs(t, q) == 1 })
	stop(t, q)
	changeJob(t, s, `UPDATE river_job SET state = 'running', attempted_at = CURRENT_TIMESTAMP, scheduled_at = CURRENT_TIMESTAMP`)
	s = open(t, url)
	g.store, g.act = s, nil
	start(t, queue.Config{Store: s, Reconciler: g})
	inFlex(t, s, g, keys)
}

func TestOneProcessOnSQLite(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, store.SQLite)
	s := open(t, url)
	q := start(t, queue.Config{Store: s, Reconciler: newTarget(s)})
	s2 := open(t, url)
	second, err := queue.New(queue.Config{Store: s2, Reconciler: newTarget(s2)})
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Start(t.Context()); !errors.Is(err, queue.ErrInUse) {
		t.Fatalf("the second queue's Start returned %v, want ErrInUse", err)
	}
	stop(t, q)
	if err := second.Start(t.Context()); err != nil {
		t.Fatalf("after the first has stopped: %v", err)
	}
	stop(t, second)
}

func TestStopLosesNothing(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, url string) {
		s := open(t, url)
		g := newTarget(s)
		running := make(chan struct{}, 100)
		g.act = func(ctx context.Context, p store.Person) (reconcile.Outcome, error) {
			running <- struct{}{}
			<-ctx.Done()
			return reconcile.Outcome{}, ctx.Err()
		}
		q := start(t, queue.Config{Store: s, Reconciler: g, Workers: 2})
		keys := join(t, s, "user", 10)
		<-running
		<-running
		stop(t, q)
		s = open(t, url)
		g.store, g.act = s, nil
		q = start(t, queue.Config{Store: s, Reconciler: g})
		inFlex(t, s, g, keys)
		if err := q.Healthy(); err != nil {
			t.Errorf("Healthy: %v", err)
		}
	})
}

func TestStopGivesRunningJobsTheirTime(t *testing.T) {
	t.Parallel()
	s := open(t, storetest.URL(t, store.SQLite))
	g := newTarget(s)
	running, finish := make(chan struct{}), make(chan struct{})
	g.act = func(context.Context, store.Person) (reconcile.Outcome, error) {
		close(running)
		<-finish
		return settled, nil
	}
	q := start(t, queue.Config{Store: s, Reconciler: g, Grace: patience})
	keys := join(t, s, "user", 1)
	<-running
	go close(finish)
	stop(t, q)
	inFlex(t, s, g, keys)
}

func TestSweepNow(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, url string) {
		s := open(t, url)
		swept := make(chan flex.Priority, 10)
		var n atomic.Int32
		q := start(t, queue.Config{Store: s, Reconciler: newTarget(s), Sweep: func(ctx context.Context) error {
			swept <- flex.PriorityOf(ctx)
			if n.Add(1) == 1 {
				return &flex.Error{Op: "list workers", Kind: flex.Down}
			}
			return nil
		}})
		if err := q.SweepNow(t.Context()); err != nil {
			t.Fatalf("SweepNow: %v", err)
		}
		for range 2 { // the first one fails
			select {
			case p := <-swept:
				if p != flex.Sweep {
					t.Errorf("the sweep has priority %d, want %d", p, flex.Sweep)
				}
			case <-time.After(patience):
				t.Fatal("no sweep")
			}
		}
	})
}

func TestPanicIsARetry(t *testing.T) {
	t.Parallel()
	s := open(t, storetest.URL(t, store.SQLite))
	g := newTarget(s)
	var n atomic.Int32
	g.act = func(context.Context, store.Person) (reconcile.Outcome, error) {
		if n.Add(1) == 1 {
			panic("a bug")
		}
		return settled, nil
	}
	start(t, queue.Config{Store: s, Reconciler: g})
	keys := join(t, s, "user", 1)
	await(t, "second run", patience, func() bool { return g.generation(keys[0]) == 1 })
}
