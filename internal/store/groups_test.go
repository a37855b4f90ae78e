package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
	"github.com/flexscim/flexscim/scim"
)

// addGroup inserts a group into acme.
func addGroup(tb testing.TB, s *store.Store, doc string) scim.Group {
	tb.Helper()
	now := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	g := scim.Group{ID: scim.NewID(), Doc: document(tb, doc), Meta: scim.Meta{Created: now, LastModified: now, Version: 1}}
	write(tb, s, func(tx *store.Tx) error { return tx.InsertGroup(tb.Context(), acme, g) })
	return g
}

// change locks a group of acme and applies a change of its members.
func change(ctx context.Context, s *store.Store, g scim.ID, c scim.MemberChange) (m store.MembersChanged, err error) {
	err = s.Write(ctx, store.AnyKey, func(tx *store.Tx) (err error) {
		if _, err = tx.LockGroup(ctx, acme, g); err != nil {
			return err
		}
		m, err = tx.ChangeMembers(ctx, acme, g, c, changing)
		return err
	})
	return m, err
}

func TestGroupLife(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		g := addGroup(t, s, `{"displayName":"Flex Supervisors","externalId":"g1"}`)
		ann := addUser(t, s, named("ann"))
		if _, err := change(ctx, s, g.ID, scim.MemberChange{Add: []scim.ID{ann.ID}}); err != nil {
			t.Fatal(err)
		}
		g.Members = []scim.Member{{Value: ann.ID, Display: "ann"}}
		got, err := s.Group(ctx, acme, g.ID, true)
		if diff := cmp.Diff(g, got); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		if got, _ := s.Group(ctx, acme, g.ID, false); got.Members != nil {
			t.Errorf("members that were not requested: %v", got.Members)
		}
		g.Doc["displayName"], g.Meta.Version = "Leads", 2
		write(t, s, func(tx *store.Tx) error {
			return errors.Join(tx.UpdateGroup(ctx, acme, g), tx.TouchMembers(ctx, acme, g.ID, changing))
		})
		p := person(t, s, ann.ID)
		if want := []store.GroupName{{ID: g.ID, Display: "Leads"}}; !slices.Equal(p.Groups, want) || p.Desired != 3 {
			t.Errorf("groups %v, generation %d; want %v, 3", p.Groups, p.Desired, want)
		}
		if u, err := s.User(ctx, acme, ann.ID); err != nil || !slices.Equal(u.Groups, []scim.GroupRef{{ID: g.ID, Display: "Leads"}}) {
			t.Errorf("the user's groups: %v, %v", u.Groups, err)
		}
		write(t, s, func(tx *store.Tx) error { return tx.DeleteGroup(ctx, acme, g.ID, changing) })
		if p := person(t, s, ann.ID); len(p.Groups) != 0 || p.Desired != 4 {
			t.Errorf("after the delete: groups %v, generation %d", p.Groups, p.Desired)
		}
		for name, err := range map[string]error{
			"Group":       second(s.Group(ctx, acme, g.ID, false)),
			"LockGroup":   s.Write(ctx, store.AnyKey, func(tx *store.Tx) error { return second(tx.LockGroup(ctx, acme, g.ID)) }),
			"DeleteGroup": s.Write(ctx, store.AnyKey, func(tx *store.Tx) error { return tx.DeleteGroup(ctx, acme, g.ID, changing) }),
		} {
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s after the delete: %v, want ErrNotFound", name, err)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestUniqueGroup(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		g := addGroup(t, s, `{"displayName":"Fluß","externalId":"g1"}`)
		for doc, want := range map[string]string{
			`{"displayName":"FLUß"}`:                  "displayName",
			`{"displayName":"x","externalId":"g1"}`:   "", // RFC 7643 §3.1
			`{"displayName":"FLUSS","externalId":""}`: "",
		} {
			other := scim.Group{ID: scim.NewID(), Doc: document(t, doc), Meta: g.Meta}
			err := s.Write(ctx, store.AnyKey, func(tx *store.Tx) error { return tx.InsertGroup(ctx, acme, other) })
			taken, ok := errors.AsType[*store.TakenError](err)
			if want == "" && err != nil || want != "" && (!ok || taken.Attribute != want) {
				t.Errorf("%s: got %v, want %q taken", doc, err, want)
			}
		}
		g.Meta.Version = 2 // an update may keep the displayName of the group
		write(t, s, func(tx *store.Tx) error { return tx.UpdateGroup(ctx, acme, g) })
	})
}

func TestChangeMembers(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		g := addGroup(t, s, `{"displayName":"g"}`).ID
		ids := map[string]scim.ID{"nobody": scim.NewID(), "long": scim.ID(strings.Repeat("x", 5000)), "NUL": "a\x00"}
		names := map[scim.ID]string{}
		for _, name := range []string{"ann", "bob", "cid"} {
			ids[name] = addUser(t, s, named(name)).ID
		}
		for name, id := range ids {
			names[id] = name
		}
		for _, row := range []struct {
			replace                 bool
			add, remove             string // names
			added, removed, unknown string
			members                 string // afterwards, as shown
			touched                 string
		}{
			{add: "ann bob", added: "ann bob", members: "ann bob", touched: "ann bob"},
			{add: "ann bob ann", members: "ann bob"},
			{remove: "cid", members: "ann bob"},
			{add: "cid nobody", added: "cid nobody", unknown: "nobody", members: "ann bob cid", touched: "cid"},
			{add: "nobody", members: "ann bob cid"},
			{add: "ann", remove: "ann bob", removed: "bob", members: "ann cid", touched: "bob"},
			{replace: true, add: "ann bob", added: "bob", removed: "cid nobody", members: "ann bob", touched: "bob cid"},
			{replace: true, add: "bob ann", members: "ann bob"},
			{add: "long NUL", unknown: "NUL long", members: "ann bob"},
			{remove: "long NUL", members: "ann bob"},
			{members: "ann bob"},
			{replace: true, removed: "ann bob", touched: "ann bob"},
		} {
			c := scim.MemberChange{Replace: row.replace, Add: all(ids, row.add), Remove: all(ids, row.remove)}
			before := generations(t, s, names)
			m, err := change(ctx, s, g, c)
			if err != nil {
				t.Fatal(err)
			}
			group, err := s.Group(ctx, acme, g, true)
			if err != nil {
				t.Fatal(err)
			}
			var shown []scim.ID
			for _, member := range group.Members {
				shown = append(shown, member.Value)
			}
			for _, part := range []struct {
				what string
				got  []scim.ID
				want string
			}{
				{"added", m.Added, row.added}, {"removed", m.Removed, row.removed}, {"unknown", m.Unknown, row.unknown},
				{"members", shown, row.members}, {"touched", risen(before, generations(t, s, names)), row.touched},
			} {
				got := []string{}
				for _, id := range part.got {
					got = append(got, names[id])
				}
				slices.Sort(got)
				if strings.Join(got, " ") != part.want {
					t.Errorf("%+v: %s %v, want %s", row, part.what, got, part.want)
				}
			}
		}
	})
}

func all(ids map[string]scim.ID, names string) (list []scim.ID) {
	for _, name := range strings.Fields(names) {
		list = append(list, ids[name])
	}
	return list
}

func generations(t *testing.T, s *store.Store, names map[scim.ID]string) map[scim.ID]int64 {
	t.Helper()
	g := map[scim.ID]int64{}
	for id := range names {
		if p, err := s.Person(t.Context(), keyOf(id)); err == nil {
			g[id] = p.Desired
		}
	}
	return g
}

func risen(before, after map[scim.ID]int64) (ids []scim.ID) {
	for id := range after {
		if after[id] > before[id] {
			ids = append(ids, id)
		}
	}
	return ids
}

// TestManyMembers checks that one change can add more members than fit into one
// statement.
func TestManyMembers(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		g := addGroup(t, s, `{"displayName":"g"}`).ID
		ids := addUsers(t, s, 1111)
		m, err := change(ctx, s, g, scim.MemberChange{Add: ids})
		if err != nil || len(m.Added) != 1111 || len(m.Unknown) != 0 {
			t.Fatalf("added %d, unknown %d, %v", len(m.Added), len(m.Unknown), err)
		}
		slices.Sort(ids)
		m, err = change(ctx, s, g, scim.MemberChange{Replace: true, Add: ids[:700]})
		if err != nil || len(m.Added) != 0 || !cmp.Equal(m.Removed, ids[700:], cmpopts.SortSlices(func(a, b scim.ID) bool { return a < b })) {
			t.Fatalf("added %d, removed %d, %v", len(m.Added), len(m.Removed), err)
		}
		page, err := s.Groups(ctx, acme, scim.Query{Count: 10, Members: true})
		if err != nil || len(page.Items) != 1 || len(page.Items[0].Members) != 700 {
			t.Errorf("groups: %v, %d", err, len(page.Items))
		}
	})
}

// addUsers inserts n users into acme with one write.
func addUsers(tb testing.TB, s *store.Store, n int) (ids []scim.ID) {
	tb.Helper()
	write(tb, s, func(tx *store.Tx) error {
		ids = nil
		for i := range n {
			u := newUser(tb, fmt.Sprintf(`{"userName":"user%d@example.com","externalId":"x%d","emails":[{"value":"user%d@example.com"}]}`, i, i, i))
			if err := tx.InsertUser(tb.Context(), acme, u, joining); err != nil {
				return err
			}
			ids = append(ids, u.ID)
		}
		return nil
	})
	return ids
}

// TestParallelMembers checks that all of 100 concurrent changes of one group take
// effect.
func TestParallelMembers(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		g := addGroup(t, s, `{"displayName":"g"}`).ID
		ids := addUsers(t, s, 100)
		if _, err := change(ctx, s, g, scim.MemberChange{Add: ids[:50]}); err != nil {
			t.Fatal(err)
		}
		var group sync.WaitGroup
		for i, id := range ids { // remove the first 50 members, add the other 50
			c := scim.MemberChange{Remove: []scim.ID{id}}
			if i >= 50 {
				c = scim.MemberChange{Add: []scim.ID{id}}
			}
			group.Go(func() {
				if m, err := change(ctx, s, g, c); err != nil || len(m.Added)+len(m.Removed) != 1 {
					t.Errorf("%+v: %+v, %v", c, m, err)
				}
			})
		}
		group.Wait()
		got, err := s.Group(ctx, acme, g, true)
		if err != nil || len(got.Members) != 50 {
			t.Fatalf("%d members, %v; want 50", len(got.Members), err)
		}
		for _, m := range got.Members {
			if !slices.Contains(ids[50:], m.Value) {
				t.Errorf("%s should be gone", m.Value)
			}
		}
	})
}

// TestCrossedMembers checks that all concurrent changes of many groups with the same
// people succeed, despite deadlocks.
func TestCrossedMembers(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		ids := addUsers(t, s, 60)
		var group sync.WaitGroup
		for i := range 12 {
			g := addGroup(t, s, fmt.Sprintf(`{"displayName":"g%d"}`, i)).ID
			mixed := slices.Concat(ids[i*5:], ids[:i*5])
			group.Go(func() {
				for range 5 {
					_, err1 := change(ctx, s, g, scim.MemberChange{Add: mixed})
					_, err2 := change(ctx, s, g, scim.MemberChange{Replace: true})
					if err := errors.Join(err1, err2); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		if p := person(t, s, ids[0]); p.Desired != 1+12*5*2 {
			t.Errorf("generation %d, want %d", p.Desired, 1+12*5*2)
		}
	})
}
