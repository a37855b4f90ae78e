package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/leaver"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
	"github.com/flexscim/flexscim/scim"
)

// at(minute) returns a time on a fixed day, this number of minutes after 12:00.
func at(minute int) time.Time { return time.Date(2026, 5, 4, 12, minute, 0, 0, time.UTC) }

func TestSaveOutcomeKeepsEverything(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s := open(t)
		u := addUser(t, s, named("ann"))
		want := store.Person{Key: keyOf(u.ID), User: u, Desired: 1, Request: "req-joining", State: store.Pending}
		check := func(step string) {
			t.Helper()
			got := person(t, s, u.ID)
			if got.Since.Before(want.Since) || got.Since.IsZero() {
				t.Errorf("%s: got the time %v after %v", step, got.Since, want.Since)
			}
			want.Since = got.Since
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", step, diff)
			}
		}
		check("new")

		link := store.Link{Worker: "WK1", FlexUser: "FU1", FriendlyName: "ann\x00", Owned: []string{"roles", "email"}, Adopted: true, Created: at(1)}
		memory := store.Memory{Attributes: `{"a":1}`, Channels: []flex.Channel{{Name: "chat", Capacity: 5}, {Name: "voice", Available: true}}, Seen: at(2)}
		saveOutcome(t, s, u.ID, store.Outcome{Generation: 1, State: store.Settled, Link: &link, Memory: &memory})
		link.FriendlyName = "ann\uFFFD"
		want.Observed, want.State, want.Link, want.Memory = 1, store.Settled, &link, &memory
		check("settled")

		first := leaver.Record{ID: "l1", Worker: "WK1", UserName: "ann", Requested: at(3), Offline: at(4), Deadline: at(5), LiveAtStop: 2, OfflineRequest: "RQ1"}
		saveOutcome(t, s, u.ID, store.Outcome{Generation: 1, State: store.Parked, Reason: "ask", Link: &link, Leaver: &first})
		want.State, want.Reason, want.Leaver = store.Parked, "ask", &first
		check("leaving")

		first.Drained, first.Removed, first.Verified, first.Cancelled, first.Ended = at(6), at(7), at(8), at(9), 1
		first.RemovedRequest, first.VerifiedRequest = "RQ2", "RQ3"
		saveOutcome(t, s, u.ID, store.Outcome{Generation: 1, State: store.Settled, Leaver: &first})
		want.State, want.Reason, want.Link = store.Settled, "", nil
		check("gone: no link, the memory stays")

		newest := leaver.Record{ID: "l0", Requested: at(10)}
		saveOutcome(t, s, u.ID, store.Outcome{Generation: 1, State: store.Settled, Leaver: &newest})
		want.Leaver = &newest
		check("a newer record")
	})
}

// TestMemoryOfTheDeleted checks that a new person gets the memory of the last deleted
// person with the same externalId, and of nobody else.
func TestMemoryOfTheDeleted(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s := open(t)
		for minute, doc := range []string{
			`{"userName":"ann","externalId":"1"}`, `{"userName":"ann","externalId":"1"}`, `{"userName":"ann"}`, `{"userName":"ben","externalId":"b"}`,
		} {
			u := addUser(t, s, doc)
			memory := &store.Memory{Attributes: doc, Channels: []flex.Channel{{Name: "chat", Capacity: minute}}, Seen: at(minute)}
			saveOutcome(t, s, u.ID, store.Outcome{Generation: 1, State: store.Settled, Memory: memory})
			write(t, s, func(tx *store.Tx) error { return deleteUser(t.Context(), tx, acme, u.ID) })
		}
		never := addUser(t, s, `{"userName":"ann","externalId":"1"}`) // had no Worker
		write(t, s, func(tx *store.Tx) error { return deleteUser(t.Context(), tx, acme, never.ID) })
		for doc, capacity := range map[string]int{
			`{"userName":"ann","externalId":"2"}`:   -1,
			`{"userName":"ANN"}`:                    -1,
			`{"userName":"ann","externalId":""}`:    -1,
			`{"userName":"Ann B","externalId":"1"}`: 1,
			`{"userName":"ben","externalId":"B"}`:   -1,
			`{"userName":"ben","externalId":"b"}`:   3,
		} {
			u := addUser(t, s, doc)
			got := -1
			if m := person(t, s, u.ID).Memory; m != nil && len(m.Channels) == 1 {
				got = m.Channels[0].Capacity
			}
			if got != capacity {
				t.Errorf("%s: got the memory of the deleted person %d, want %d", doc, got, capacity)
			}
			write(t, s, func(tx *store.Tx) error { return deleteUser(t.Context(), tx, acme, u.ID) })
		}
	})
}

// TestSaveOutcomeStates checks which state SaveOutcome stores, depending on the
// outcome and the desired generation, and whether the method Behind then returns
// the person.
func TestSaveOutcomeStates(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		past, future := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
		for _, row := range []struct {
			name     string
			desired  int // the desired generation when the outcome is saved
			outcome  store.Outcome
			observed int64
			state    store.State
			reason   string
			behind   bool
		}{
			{"settled", 2, store.Outcome{Generation: 2, State: store.Settled}, 2, store.Settled, "", false},
			{"parked", 2, store.Outcome{Generation: 2, State: store.Parked, Reason: "why"}, 2, store.Parked, "why", false},
			{"settled, but a newer generation is desired", 3, store.Outcome{Generation: 2, State: store.Settled}, 2, store.Pending, "", true},
			{"parked, but a newer generation is desired", 3, store.Outcome{Generation: 2, State: store.Parked, Reason: "why"}, 2, store.Pending, "", true},
			{"waiting until later", 2, store.Outcome{Generation: 2, State: store.Waiting, Reason: "busy", Next: future}, 0, store.Waiting, "busy", false},
			{"waited long enough", 2, store.Outcome{Generation: 2, State: store.Waiting, Reason: "busy", Next: past}, 0, store.Waiting, "busy", true},
			{"retrying immediately", 2, store.Outcome{Generation: 2, State: store.Retrying, Reason: "500"}, 0, store.Retrying, "500", true},
			{"waiting, but a newer generation is desired", 3, store.Outcome{Generation: 2, State: store.Waiting, Reason: "busy", Next: future}, 0, store.Pending, "", true},
		} {
			u := addUser(t, s, named(row.name))
			for range row.desired - 1 {
				write(t, s, func(tx *store.Tx) error { return tx.Touch(ctx, keyOf(u.ID), changing) })
			}
			if got := saveOutcome(t, s, u.ID, row.outcome); got != int64(row.desired) {
				t.Errorf("%s: desired %d, want %d", row.name, got, row.desired)
			}
			p := person(t, s, u.ID)
			if p.Observed != row.observed || p.State != row.state || p.Reason != row.reason {
				t.Errorf("%s: observed %d, %s (%s); want %d, %s (%s)", row.name, p.Observed, p.State, p.Reason, row.observed, row.state, row.reason)
			}
			if got := slices.Contains(behind(t, s), u.ID); got != row.behind {
				t.Errorf("%s: behind %v, want %v", row.name, got, row.behind)
			}
		}
	})
}

// behind calls the method Behind, and returns the ids of the people in its result,
// in the same order.
func behind(tb testing.TB, s *store.Store) (ids []scim.ID) {
	tb.Helper()
	touches, _, err := s.Behind(tb.Context(), 1000)
	if err != nil {
		tb.Fatal(err)
	}
	for _, touch := range touches {
		ids = append(ids, touch.Key.User)
	}
	return ids
}

func TestObservedNeverFalls(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		u := addUser(t, s, named("ann"))
		write(t, s, func(tx *store.Tx) error { return tx.Touch(ctx, keyOf(u.ID), changing) })
		saveOutcome(t, s, u.ID, store.Outcome{Generation: 2, State: store.Settled})
		saveOutcome(t, s, u.ID, store.Outcome{Generation: 1, State: store.Settled})
		if p := person(t, s, u.ID); p.Observed != 2 {
			t.Errorf("observed %d, want 2", p.Observed)
		}
		err := s.Write(ctx, store.AnyKey, func(tx *store.Tx) error {
			_, err := tx.SaveOutcome(ctx, keyOf(scim.NewID()), store.Outcome{State: store.Settled})
			return err
		})
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the outcome of an unknown person: %v, want ErrNotFound", err)
		}
	})
}

// TestUrgency checks that a person with an urgent change stays urgent until Flex has the
// change.
func TestUrgency(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		joiner, leaver, done := addUser(t, s, named("joiner")), addUser(t, s, named("leaver")), addUser(t, s, named("done"))
		touch := func(id scim.ID, why store.Why) {
			write(t, s, func(tx *store.Tx) error { return tx.Touch(ctx, keyOf(id), why) })
		}
		touch(leaver.ID, leaving)
		touch(leaver.ID, sweeping)
		saveOutcome(t, s, done.ID, store.Outcome{Generation: 1, State: store.Settled})
		touch(done.ID, sweeping)
		got, more, err := s.Behind(ctx, 10)
		want := []store.Touch{{Key: keyOf(leaver.ID), Urgency: store.Leaving}, {Key: keyOf(joiner.ID), Urgency: store.Joining}, {Key: keyOf(done.ID), Urgency: store.Sweeping}}
		if diff := cmp.Diff(want, got); err != nil || more || diff != "" {
			t.Errorf("%v, more %v (-want +got):\n%s", err, more, diff)
		}
		if got, more, err = s.Behind(ctx, 1); err != nil || !more || len(got) != 1 || got[0].Key.User != leaver.ID {
			t.Errorf("the first person: %v, more %v, %v", got, more, err)
		}
		n, err := s.CountBehind(ctx)
		counts := map[store.Urgency]int64{store.Leaving: 1, store.Changing: 0, store.Joining: 1, store.Sweeping: 1}
		if diff := cmp.Diff(counts, n); err != nil || diff != "" {
			t.Errorf("counted %v (-want +got):\n%s", err, diff)
		}
	})
}

// TestBehindTakesTurns checks that many people of one connection do not hide the
// people of another: within an urgency, connections take turns.
func TestBehindTakesTurns(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		addUsers(t, s, 50)
		for i, why := range []store.Why{joining, joining, leaving} {
			u := newUser(t, named(fmt.Sprint("other", i)))
			write(t, s, func(tx *store.Tx) error { return tx.InsertUser(ctx, other, u, why) })
		}
		for _, row := range []struct {
			limit int
			want  []store.Touch // without ids of users
			more  bool
		}{
			{10, []store.Touch{
				{Key: store.PersonKey{Connection: other}, Urgency: store.Leaving},
				{Key: store.PersonKey{Connection: acme}, Urgency: store.Joining},
				{Key: store.PersonKey{Connection: other}, Urgency: store.Joining},
				{Key: store.PersonKey{Connection: acme}, Urgency: store.Joining},
				{Key: store.PersonKey{Connection: other}, Urgency: store.Joining},
				{Key: store.PersonKey{Connection: acme}, Urgency: store.Joining},
				{Key: store.PersonKey{Connection: acme}, Urgency: store.Joining},
				{Key: store.PersonKey{Connection: acme}, Urgency: store.Joining},
			}, true},
			{1, []store.Touch{
				{Key: store.PersonKey{Connection: other}, Urgency: store.Leaving},
				{Key: store.PersonKey{Connection: acme}, Urgency: store.Joining},
			}, true},
		} {
			got, more, err := s.Behind(ctx, row.limit)
			for i := range got {
				got[i].Key.User = ""
			}
			if diff := cmp.Diff(row.want, got); err != nil || more != row.more || diff != "" {
				t.Errorf("limit %d: %v, more %v (-want +got):\n%s", row.limit, err, more, diff)
			}
		}
		if got, more, err := s.Behind(ctx, 1000); err != nil || more || len(got) != 53 {
			t.Errorf("limit 1000: got %d people, more %v, %v; want all 53", len(got), more, err)
		}
	})
}

func TestTouchAll(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		var ids []scim.ID
		for _, name := range []string{"live", "leaving", "gone"} {
			ids = append(ids, addUser(t, s, named(name)).ID)
			saveOutcome(t, s, ids[len(ids)-1], store.Outcome{Generation: 1, State: store.Settled})
		}
		for _, id := range ids[1:] {
			write(t, s, func(tx *store.Tx) error { return deleteUser(ctx, tx, acme, id) })
		}
		saveOutcome(t, s, ids[2], store.Outcome{Generation: 2, State: store.Settled})
		write(t, s, func(tx *store.Tx) error {
			n, err := tx.TouchAll(ctx, sweeping)
			if n != 3 {
				t.Errorf("touched %d, want all three", n)
			}
			return err
		})
		want := slices.Sorted(slices.Values(ids))
		if got := behind(t, s); got[0] != ids[1] || !slices.Equal(slices.Sorted(slices.Values(got)), want) {
			t.Errorf("behind %v, want %v, the leaver %s first", got, ids, ids[1])
		}
		var walked []scim.ID
		for p, err := range s.People(ctx) {
			if err != nil {
				t.Fatal(err)
			}
			walked = append(walked, p.Key.User)
		}
		slices.Sort(walked)
		if !slices.Equal(walked, want) {
			t.Errorf("walked %v, want %v", walked, want)
		}
	})
}

// TestPeople checks that People returns the people of two connections with their groups,
// over more than one page.
func TestPeople(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		ids := addUsers(t, s, 450)
		g := addGroup(t, s, `{"displayName":"g"}`).ID
		if _, err := change(ctx, s, g, scim.MemberChange{Add: ids[:300]}); err != nil {
			t.Fatal(err)
		}
		write(t, s, func(tx *store.Tx) error { return tx.InsertUser(ctx, other, newUser(t, named("theirs")), joining) })
		seen, members := map[store.PersonKey]bool{}, 0
		for p, err := range s.People(ctx) {
			if err != nil {
				t.Fatal(err)
			}
			seen[p.Key] = true
			members += len(p.Groups)
		}
		if len(seen) != 451 || members != 300 {
			t.Errorf("walked %d people with %d groups, want 451 with 300", len(seen), members)
		}
		n := 0
		for range s.People(ctx) {
			if n++; n == 3 {
				break
			}
		}
	})
}

func TestFindPeople(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		old := addUser(t, s, named("Ann"))
		write(t, s, func(tx *store.Tx) error { return deleteUser(ctx, tx, acme, old.ID) })
		live := addUser(t, s, named("ANN"))
		theirs := newUser(t, named("ann"))
		theirs.Meta.Created = at(0)
		write(t, s, func(tx *store.Tx) error { return tx.InsertUser(ctx, other, theirs, joining) })
		saveOutcome(t, s, live.ID, store.Outcome{Generation: 1, State: store.Settled, Link: &store.Link{Worker: "WK7"}})

		find := func(name string) (ids []scim.ID) {
			persons, err := s.FindPeople(ctx, name)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range persons {
				ids = append(ids, p.Key.User)
			}
			return ids
		}
		for name, want := range map[string][]scim.ID{
			"aNN":            {theirs.ID, live.ID, old.ID},
			string(old.ID):   {old.ID},
			"nobody":         nil,
			"a\x00\xff":      nil,
			string(live.ID):  {live.ID},
			"%":              nil,
			"ann@example.co": nil,
		} {
			if got := find(name); !slices.Equal(got, want) {
				t.Errorf("%q: got %v, want %v", name, got, want)
			}
		}
		if key, err := s.PersonByWorker(ctx, "WK7"); err != nil || key != keyOf(live.ID) {
			t.Errorf("owner of WK7: %v, %v", key, err)
		}
		for _, worker := range []string{"", "WK8", "\x00"} {
			if _, err := s.PersonByWorker(ctx, worker); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("owner of %q: %v, want ErrNotFound", worker, err)
			}
		}
	})
}

func TestStates(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		for i, o := range []store.Outcome{
			{State: store.Settled},
			{State: store.Parked, Reason: "older"},
			{State: store.Parked, Reason: "newer", Leaver: &leaver.Record{ID: "a", Requested: at(1)}},
			{State: store.Waiting, Leaver: &leaver.Record{ID: "b", Requested: at(1), Offline: at(2)}},
			{State: store.Settled, Leaver: &leaver.Record{ID: "c", Requested: at(1), Removed: at(2), Verified: at(3)}},
		} {
			o.Generation = 1
			saveOutcome(t, s, addUser(t, s, named(string(rune('a'+i)))).ID, o)
		}
		persons, leavers, err := s.PersonStates(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[store.State]int64{store.Settled: 2, store.Parked: 2, store.Waiting: 1}, persons); diff != "" {
			t.Errorf("persons (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(map[leaver.Stage]int64{leaver.Requested: 1, leaver.Draining: 1, leaver.Verified: 1}, leavers); diff != "" {
			t.Errorf("leavers (-want +got):\n%s", diff)
		}
		list, err := s.ListStates(ctx, store.Parked, 10)
		if err != nil || len(list) != 2 || list[0].Reason != "newer" || list[0].UserName != "c" || list[1].Reason != "older" {
			t.Errorf("parked: %+v, %v", list, err)
		}
		if list, err = s.ListStates(ctx, store.Parked, 1); err != nil || len(list) != 1 {
			t.Errorf("one parked person: %+v, %v", list, err)
		}
	})
}
