package queue_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/flexscim/flexscim/internal/queue"
	"github.com/flexscim/flexscim/internal/reconcile"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
)

// TestDeadReplica checks that if one of two replicas loses its database during a
// run, it stops acting before the other replica takes over its job, and that the
// takeover takes at most 5 s.
func TestDeadReplica(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, store.PostgreSQL)
	a, b := open(t, url), open(t, url)
	ga, gb := newTarget(a), newTarget(b)
	began, fenced := make(chan struct{}), make(chan time.Time, 1)
	var once atomic.Bool
	ga.act = func(ctx context.Context, _ store.Person) (reconcile.Outcome, error) {
		if !once.CompareAndSwap(false, true) {
			return settled, nil
		}
		close(began)
		<-ctx.Done()
		fenced <- time.Now()
		return reconcile.Outcome{}, ctx.Err()
	}
	second := make(chan time.Time, 1)
	gb.act = func(context.Context, store.Person) (reconcile.Outcome, error) {
		second <- time.Now()
		return settled, nil
	}
	live := make(chan int, 10)
	start(t, queue.Config{Store: a, Reconciler: ga, Replica: "a"})
	keys := join(t, a, "user", 1)
	<-began
	start(t, queue.Config{Store: b, Reconciler: gb, Replica: "b", OnLiveReplicas: func(n int) { live <- n }})
	if n := <-live; n != 2 {
		t.Errorf("the second replica counts %d live replicas, want 2", n)
	}
	cut := time.Now()
	if err := a.DB().Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case at := <-second:
		t.Logf("taken over after %v", at.Sub(cut))
		if at.Sub(cut) > 5*time.Second {
			t.Errorf("taken over after %v, want at most 5 s", at.Sub(cut))
		}
		select {
		case f := <-fenced:
			t.Logf("stopped after %v", f.Sub(cut))
			if f.After(at) {
				t.Errorf("the first replica acted until %v after the second began", f.Sub(at))
			}
		default:
			t.Error("the first replica did not stop")
		}
	case <-time.After(patience):
		t.Fatal("the second replica did not take over")
	}
	inFlex(t, b, gb, keys)
	if n := <-live; n != 1 {
		t.Errorf("after the takeover it counts %d live replicas, want 1", n)
	}
}

// TestTwoReplicas checks that two replicas never run for the same person at the
// same time.
func TestTwoReplicas(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, store.PostgreSQL)
	a, b := open(t, url), open(t, url)
	g := newTarget(a)
	g.act = unreliable
	start(t, queue.Config{Store: a, Reconciler: g, Replica: "a"})
	start(t, queue.Config{Store: b, Reconciler: g, Replica: "b"})
	keys := join(t, a, "user", 100)
	for i := range 1000 {
		touch(t, []*store.Store{a, b}[i%2], keys[i*7%100], store.Changing)
	}
	inFlex(t, a, g, keys)
	if g.overlap != 0 || g.back != 0 {
		t.Errorf("got %d overlapping runs and %d steps back, want none", g.overlap, g.back)
	}
}

// TestMigrateTogether checks that three replicas can start at the same time on
// a new database.
func TestMigrateTogether(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	url := storetest.URL(t, store.PostgreSQL)
	var group sync.WaitGroup
	for range 3 {
		s, err := store.Open(ctx, store.Config{URL: url})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		group.Go(func() {
			if err := queue.Migrate(ctx, s); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

// TestStopIsNotReported lets a replica stop normally. It checks that the other
// replicas immediately stop counting this replica, and do not report that it is gone.
func TestStopIsNotReported(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, store.PostgreSQL)
	a, b := open(t, url), open(t, url)
	core, logs := observer.New(zap.WarnLevel)
	live := make(chan int, 10)
	first := start(t, queue.Config{Store: a, Reconciler: newTarget(a), Replica: "a"})
	start(t, queue.Config{Store: b, Reconciler: newTarget(b), Replica: "b", Log: zap.New(core), OnLiveReplicas: func(n int) { live <- n }})
	if n := <-live; n != 2 {
		t.Fatalf("got %d live replicas, want 2", n)
	}
	stop(t, first)
	if n := <-live; n != 1 {
		t.Errorf("got %d live replicas after one has stopped, want 1", n)
	}
	if n := logs.FilterMessageSnippet("is gone").Len(); n != 0 {
		t.Errorf("got %d warnings that a replica is gone, want none", n)
	}
}
