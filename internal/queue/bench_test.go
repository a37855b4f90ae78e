package queue_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/flexscim/flexscim/internal/queue"
	"github.com/flexscim/flexscim/internal/reconcile"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
)

func benchEngines(b *testing.B, bench func(b *testing.B, s *store.Store)) {
	b.Helper()
	for _, e := range []store.Engine{store.SQLite, store.PostgreSQL} {
		b.Run(string(e), func(b *testing.B) { bench(b, open(b, storetest.URL(b, e))) })
	}
}

// BenchmarkIdleLatency measures the time from a commit to the call of the
// Reconciler in an idle queue.
func BenchmarkIdleLatency(b *testing.B) {
	benchEngines(b, func(b *testing.B, s *store.Store) {
		g := newTarget(s)
		called := make(chan time.Time, 1)
		g.act = func(context.Context, store.Person) (reconcile.Outcome, error) {
			called <- time.Now()
			return settled, nil
		}
		start(b, queue.Config{Store: s, Reconciler: g})
		keys := join(b, s, "user", 1)
		<-called
		var took []time.Duration
		for b.Loop() {
			b.StopTimer()
			await(b, "idle", patience, func() bool {
				p, err := s.Person(b.Context(), keys[0])
				return err == nil && p.Observed == p.Desired
			})
			idle := time.NewTimer(20 * time.Millisecond)
			<-idle.C
			b.StartTimer()
			touch(b, s, keys[0], store.Changing)
			committed := time.Now()
			took = append(took, (<-called).Sub(committed))
		}
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
		b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	})
}

// BenchmarkThroughput measures jobs per second when a job only saves its outcome.
func BenchmarkThroughput(b *testing.B) {
	benchEngines(b, func(b *testing.B, s *store.Store) {
		g := newTarget(s)
		q, err := queue.New(queue.Config{Store: s, Reconciler: g})
		if err != nil {
			b.Fatal(err)
		}
		join(b, s, "user", b.N)
		b.ResetTimer()
		if err := q.Start(b.Context()); err != nil {
			b.Fatal(err)
		}
		await(b, "end", 10*patience, func() bool { return g.count() == b.N })
		b.StopTimer()
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
		stop(b, q)
	})
}
