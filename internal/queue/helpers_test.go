package queue_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"github.com/flexscim/flexscim/internal/queue"
	"github.com/flexscim/flexscim/internal/reconcile"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
	"github.com/flexscim/flexscim/scim"
)

// acme and other are two connections.
const (
	acme  store.ConnectionID = "aaaaaaaaaaaaaaaaaaaaaaaaaa"
	other store.ConnectionID = "bbbbbbbbbbbbbbbbbbbbbbbbbb"
)

// patience is how long a test waits for something that must happen.
const patience = 30 * time.Second

// target replaces package reconcile and Flex. It records the generation that each
// run applies, and counts events that must never happen.
type target struct {
	store *store.Store
	// Reconcile calls the function act after it has read the person and before it
	// saves the outcome. The field act may be nil.
	act func(ctx context.Context, p store.Person) (reconcile.Outcome, error)

	mu      sync.Mutex
	applied map[store.PersonKey]int64 // generation
	busy    map[store.PersonKey]int
	calls   int
	overlap int // number of runs that began while another run for the same person was active
	back    int // number of runs that applied an older generation after a newer one
}

func newTarget(s *store.Store) *target {
	return &target{store: s, applied: map[store.PersonKey]int64{}, busy: map[store.PersonKey]int{}}
}

// settled is the outcome of a successful call of target.act.
var settled = reconcile.Outcome{State: store.Settled}

// Reconcile has the same steps as Reconcile in package reconcile: it reads the
// person, calls act, saves the outcome and calls finish.
func (g *target) Reconcile(ctx context.Context, key store.PersonKey, finish reconcile.Finish) (reconcile.Outcome, error) {
	p, err := g.store.Person(ctx, key)
	if err != nil {
		return reconcile.Outcome{}, err
	}
	g.enter(p)
	out := settled
	if g.act != nil {
		out, err = g.act(ctx, p)
	}
	g.leave(p, err == nil)
	if err != nil {
		return out, err
	}
	return g.save(ctx, p, out, finish)
}

func (g *target) save(ctx context.Context, p store.Person, out reconcile.Outcome, finish reconcile.Finish) (reconcile.Outcome, error) {
	o := store.Outcome{Generation: p.Desired, State: out.State}
	if out.After > 0 {
		o.Next = time.Now().Add(out.After)
	}
	err := g.store.Write(ctx, store.AnyKey, func(tx *store.Tx) error {
		desired, err := tx.SaveOutcome(ctx, p.Key, o)
		out.Again = err == nil && desired > p.Desired
		if err == nil {
			err = finish(tx, !out.Again && out.State == store.Settled)
		}
		return err
	})
	return out, err
}

func (g *target) enter(p store.Person) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.calls++
	g.busy[p.Key]++
	if g.busy[p.Key] > 1 {
		g.overlap++
	}
}

func (g *target) leave(p store.Person, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.busy[p.Key]--
	if !ok {
		return
	}
	if p.Desired < g.applied[p.Key] {
		g.back++
	}
	g.applied[p.Key] = p.Desired
}

func (g *target) generation(key store.PersonKey) int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.applied[key]
}

// count returns the number of people who were reconciled at least once.
func (g *target) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.applied)
}

// open opens the store at the URL and migrates the queue's tables.
func open(tb testing.TB, url string) *store.Store {
	tb.Helper()
	s := storetest.OpenConfig(tb, store.Config{URL: url})
	if err := queue.Migrate(tb.Context(), s); err != nil {
		tb.Fatalf("migrate the queue: %v", err)
	}
	return s
}

// engines runs a test once on each engine, each time with the URL of a new
// database.
func engines(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	for _, e := range []store.Engine{store.SQLite, store.PostgreSQL} {
		t.Run(string(e), func(t *testing.T) {
			t.Parallel()
			test(t, storetest.URL(t, e))
		})
	}
}

// start starts a queue, and stops it when the test ends.
func start(tb testing.TB, c queue.Config) *queue.Queue {
	tb.Helper()
	if t, ok := tb.(*testing.T); ok && c.Log == nil {
		c.Log = zaptest.NewLogger(t, zaptest.Level(zap.ErrorLevel))
	}
	if c.Grace == 0 {
		c.Grace = 100 * time.Millisecond
	}
	q, err := queue.New(c)
	if err != nil {
		tb.Fatalf("New: %v", err)
	}
	if err := q.Start(tb.Context()); err != nil {
		tb.Fatalf("Start: %v", err)
	}
	tb.Cleanup(func() { stop(tb, q) })
	return q
}

func stop(tb testing.TB, q *queue.Queue) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := q.Stop(ctx); err != nil {
		tb.Errorf("Stop: %v", err)
	}
}

// join adds people to acme, and returns their keys in the order of creation.
func join(tb testing.TB, s *store.Store, prefix string, n int) []store.PersonKey {
	tb.Helper()
	return joinAs(tb, s, acme, store.Joining, prefix, n)
}

// joinAs adds people with an urgency to a connection, 500 in each write, and returns
// their keys in the order of creation.
func joinAs(tb testing.TB, s *store.Store, c store.ConnectionID, as store.Urgency, prefix string, n int) []store.PersonKey {
	tb.Helper()
	keys := make([]store.PersonKey, 0, n)
	for len(keys) < n {
		var users []scim.User
		for len(users) < 500 && len(keys) < n {
			var doc scim.Document
			if err := json.Unmarshal(fmt.Appendf(nil, `{"userName":"%s%d"}`, prefix, len(keys)), &doc); err != nil {
				tb.Fatal(err)
			}
			now := time.Now().UTC()
			u := scim.User{ID: scim.NewID(), Doc: doc, Meta: scim.Meta{Created: now, LastModified: now, Version: 1}}
			users = append(users, u)
			keys = append(keys, store.PersonKey{Connection: c, User: u.ID})
		}
		write(tb, s, func(tx *store.Tx) error {
			for _, u := range users {
				if err := tx.InsertUser(tb.Context(), c, u, store.Why{Urgency: as}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return keys
}

func write(tb testing.TB, s *store.Store, fn func(*store.Tx) error) {
	tb.Helper()
	if err := s.Write(tb.Context(), store.AnyKey, fn); err != nil {
		tb.Fatalf("Write: %v", err)
	}
}

func touch(tb testing.TB, s *store.Store, key store.PersonKey, u store.Urgency) {
	tb.Helper()
	write(tb, s, func(tx *store.Tx) error { return tx.Touch(tb.Context(), key, store.Why{Urgency: u}) })
}

// await calls ok again and again until it returns true.
func await(tb testing.TB, what string, within time.Duration, ok func() bool) {
	tb.Helper()
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline.C:
			tb.Fatalf("got no %s within %v", what, within)
		case <-tick.C:
		}
	}
}

// inFlex waits until the target has applied the desired generation of every
// person.
func inFlex(tb testing.TB, s *store.Store, g *target, keys []store.PersonKey) {
	tb.Helper()
	await(tb, "agreement of Flex with the desired state", patience, func() bool {
		for _, key := range keys {
			p, err := s.Person(tb.Context(), key)
			if err != nil {
				tb.Fatalf("Person: %v", err)
			}
			if p.Observed != p.Desired || g.generation(key) != p.Desired {
				return false
			}
		}
		return true
	})
}
