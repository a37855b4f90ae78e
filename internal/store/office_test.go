package store_test

import (
	"errors"
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/internal/leaver"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
	"github.com/flexscim/flexscim/scim"
)

// TestServers checks the rows of servers: the newest report first, a stopped server
// last, and no row that is a day old.
func TestServers(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		if err := s.Write(ctx, store.AnyKey, func(tx *store.Tx) error { return tx.SaveServer(ctx, store.Server{ID: "none"}) }); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a report of an unknown server: got %v, want ErrNotFound", err)
		}
		a := store.Server{
			ID:       "a",
			Settings: store.ServerSettings{Version: "1", RulesName: "m.yaml", Rules: "mapping:\n", AdoptExact: true, Drain: time.Minute},
			Report:   store.ServerReport{CallAt: at(1), CallResult: "down", FailingSince: at(0), Sweep: store.Sweep{At: at(2), Error: "x", Workers: 3}},
		}
		b := store.Server{ID: "b"}
		add := func(one store.Server) {
			t.Helper()
			write(t, s, func(tx *store.Tx) error { return tx.AddServer(ctx, one) })
		}
		save := func(one store.Server) {
			t.Helper()
			write(t, s, func(tx *store.Tx) error { return tx.SaveServer(ctx, one) })
		}
		check := func(step string, want ...store.Server) {
			t.Helper()
			got, err := s.Servers(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for i := range got {
				if got[i].Age < 0 || got[i].Age > time.Minute {
					t.Errorf("%s: %s has the age %v", step, got[i].ID, got[i].Age)
				}
				got[i].Age = 0
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", step, diff)
			}
		}
		add(a)
		add(b)
		save(a)
		check("a has the newest report", a, b)
		save(b)
		check("b has the newest report", b, a)
		b.Stopped = true
		save(b)
		check("b has stopped", a, b)
		if _, err := s.DB().ExecContext(ctx, `update server set seen_at = seen_at - 90000000000 where server_id = 'b'`); err != nil {
			t.Fatal(err)
		}
		c := store.Server{ID: "c"}
		add(c)
		check("b is 25 hours old", c, a)
	})
}

// TestRemovals checks that the list of removals has every leaver record, and each
// leaver whose removal has no record yet.
func TestRemovals(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		ids := map[string]scim.ID{}
		for _, name := range []string{"ann", "ben", "cat", "dan"} {
			ids[name] = addUser(t, s, named(name)).ID
			saveOutcome(t, s, ids[name], store.Outcome{Generation: 1, State: store.Settled, Link: &store.Link{Worker: "WK1"}})
		}
		for i, id := range []string{"l1", "l2"} { // ann left twice
			r := leaver.Record{ID: id, Worker: "WK1", UserName: "ann", Requested: at(i), Verified: at(i + 1)}
			saveOutcome(t, s, ids["ann"], store.Outcome{Generation: 1, State: store.Settled, Leaver: &r})
		}
		open2 := leaver.Record{ID: "l3", Worker: "WK2", UserName: "ben", Requested: at(5), Offline: at(6)}
		write(t, s, func(tx *store.Tx) error { return deleteUser(ctx, tx, acme, ids["ben"]) })
		saveOutcome(t, s, ids["ben"], store.Outcome{Generation: 2, State: store.Waiting, Reason: "a call", Link: &store.Link{Worker: "WK2"}, Leaver: &open2})
		write(t, s, func(tx *store.Tx) error { return deleteUser(ctx, tx, acme, ids["cat"]) })
		list := func(since time.Time) (all []string) {
			t.Helper()
			removals, err := s.Removals(ctx, since)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range removals {
				all = append(all, r.ID+" "+r.UserName+" "+string(r.State)+" "+r.Reason)
			}
			return all
		}
		if diff := cmp.Diff([]string{" cat pending ", "l3 ben waiting a call", "l2 ann settled ", "l1 ann settled "}, list(time.Time{})); diff != "" {
			t.Errorf("all (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{" cat pending ", "l3 ben waiting a call", "l2 ann settled "}, list(at(1))); diff != "" {
			t.Errorf("since 12:01 (-want +got):\n%s", diff)
		}
		if own, err := s.RemovalsOf(ctx, keyOf(ids["ann"])); err != nil || len(own) != 2 || own[0].ID != "l2" {
			t.Errorf("ann's: got %+v, %v, want l2 and l1", own, err)
		}
		staying, left, err := s.CountPeople(ctx)
		maps.DeleteFunc(staying, func(_ store.State, n int64) bool { return n == 0 })
		maps.DeleteFunc(left, func(_ store.State, n int64) bool { return n == 0 })
		if diff := cmp.Diff([]map[store.State]int64{{store.Settled: 2}, {store.Waiting: 1, store.Pending: 1}}, []map[store.State]int64{staying, left}); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		saveOutcome(t, s, ids["dan"], store.Outcome{Generation: 1, State: store.Retrying, Reason: "down"})
		if a, err := s.Retrying(ctx); err != nil || a != (store.Attempts{N: 1, Reason: "down"}) {
			t.Errorf("retrying: got %+v, %v, want dan", a, err)
		}
		blocked, err := s.Blocked(ctx)
		if err != nil || len(blocked) != 1 || blocked[0].Key.User != ids["ben"] {
			t.Errorf("blocked: got %+v, %v, want ben", blocked, err)
		}
	})
}
