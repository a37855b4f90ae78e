package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
	"github.com/flexscim/flexscim/scim"
)

// steps reads a list page by page, from the place in q.Walk to the end of the list.
// It checks the field More of each page. Whenever another page follows, it first
// calls the function between.
func steps[T any](t *rapid.T, ask func(scim.Query) (scim.Page[T], error), q scim.Query, place func(T, scim.Sort) scim.Place, between func()) (ids []scim.ID) {
	for {
		page, err := ask(q)
		if err != nil {
			t.Fatalf("%#v: %v", q, err)
		}
		if len(page.Items) > q.Count || page.More && len(page.Items) < q.Count || page.Items == nil {
			t.Fatalf("%#v: got %d items, more %v", q, len(page.Items), page.More)
		}
		var part []scim.ID
		for _, item := range page.Items {
			part = append(part, place(item, q.Sort).ID)
		}
		walk := scim.Walk{Back: q.Walk.Back}
		switch {
		case len(part) == 0:
		case walk.Back:
			ids, walk.From = slices.Concat(part, ids), place(page.Items[0], q.Sort)
		default:
			ids, walk.From = append(ids, part...), place(page.Items[len(part)-1], q.Sort)
		}
		if !page.More {
			return ids
		}
		q.Walk = &walk
		between()
	}
}

// TestWalks checks that, for any filter and order, the pages of a walk together
// contain exactly the resources that the method Matches selects, in the right
// order. It walks forwards and backwards.
func TestWalks(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s := open(t)
		rapid.Check(t, func(t *rapid.T) {
			w := newWorld(t, s)
			ids := []string{"nobody"}
			for _, u := range w.users {
				ids = append(ids, string(u.ID))
			}
			for range 3 {
				q := asker{types: scim.UserType(), paths: paths(scim.UserType()), ids: ids}.query(t)
				q.Groups = true
				checkWalk(t, q, w.users, scim.User.Matches, scim.User.Place, func(q scim.Query) (scim.Page[scim.User], error) {
					return s.Users(t.Context(), w.connection, q)
				})
				q = asker{types: scim.GroupType(), paths: paths(scim.GroupType()), ids: ids}.query(t)
				checkWalk(t, q, w.groups, scim.Group.Matches, scim.Group.Place, func(q scim.Query) (scim.Page[scim.Group], error) {
					return s.Groups(t.Context(), w.connection, q)
				})
			}
		})
	})
}

// checkWalk reads all pages forwards, then all pages backwards, and compares both
// results with the resources for which the function matches returns true.
func checkWalk[T any](t *rapid.T, q scim.Query, all []T, matches func(T, scim.Filter) bool, place func(T, scim.Sort) scim.Place, ask func(scim.Query) (scim.Page[T], error)) {
	var places []scim.Place
	for _, item := range all {
		if matches(item, q.Filter) {
			places = append(places, place(item, q.Sort))
		}
	}
	slices.SortFunc(places, q.Sort.ComparePlaces)
	want := make([]scim.ID, len(places))
	for i, p := range places {
		want[i] = p.ID
	}
	q.Count = rapid.IntRange(1, 3).Draw(t, "count of the walk")
	for _, back := range []bool{false, true} {
		q.Walk = &scim.Walk{Back: back}
		got := steps(t, ask, q, place, func() {})
		if !slices.Equal(got, want) {
			t.Fatalf("back %v, %#v:\ngot  %v\nwant %v", back, q, got, want)
		}
	}
}

// TestWalkFromElsewhere checks that a walk can begin at the place of a resource of
// another type.
func TestWalkFromElsewhere(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s := open(t)
		rapid.Check(t, func(t *rapid.T) {
			w := newWorld(t, s)
			for range 8 {
				attr, sub, _ := strings.Cut(rapid.SampledFrom([]string{"id", "externalId", "displayName", "displayName", "meta.created", "meta.lastModified", "meta.version"}).Draw(t, "by"), ".")
				q := scim.Query{Count: rapid.IntRange(1, 3).Draw(t, "count"), Sort: scim.Sort{By: scim.Path{Attr: attr, Sub: sub}, Descending: rapid.Bool().Draw(t, "descending")}}
				back := rapid.Bool().Draw(t, "back")
				q.Walk = &scim.Walk{Back: back, From: rapid.SampledFrom(w.users).Draw(t, "user").Place(q.Sort)}
				groups, err := s.Groups(t.Context(), w.connection, q)
				checkPlaces(t, q, w.groups, groups, err, scim.Group.Place)
				if len(w.groups) > 0 {
					q.Walk = &scim.Walk{Back: back, From: rapid.SampledFrom(w.groups).Draw(t, "group").Place(q.Sort)}
					users, err := s.Users(t.Context(), w.connection, q)
					checkPlaces(t, q, w.users, users, err, scim.User.Place)
				}
			}
		})
	})
}

// checkPlaces compares a page with the expected part of the whole list: the
// resources before or after the place at which the page begins.
func checkPlaces[T any](t *rapid.T, q scim.Query, all []T, page scim.Page[T], err error, place func(T, scim.Sort) scim.Place) {
	places := func(items []T) (places []scim.Place) {
		for _, item := range items {
			places = append(places, place(item, q.Sort))
		}
		return places
	}
	want := places(all)
	slices.SortFunc(want, q.Sort.ComparePlaces)
	from, to, more := q.Cut(want)
	if got := places(page.Items); err != nil || page.More != more || !slices.Equal(got, want[from:to]) {
		t.Fatalf("%#v from %v: got %v, more %t, %v, want %v, more %t", q, q.Walk.From, got, page.More, err, want[from:to], more)
	}
}

// TestWalkDuringWrites checks that each user that exists during the whole walk, at
// an unchanged place, appears once and in order. Between the pages, the test
// inserts, deletes and changes users.
func TestWalkDuringWrites(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s := open(t)
		rapid.Check(t, func(t *rapid.T) {
			c := &crowd{T: t, s: s, connection: store.ConnectionID(scim.NewID()), users: map[scim.ID]scim.User{}, gone: map[scim.ID]bool{}}
			for range rapid.IntRange(1, 12).Draw(t, "people") {
				c.join()
			}
			q := scim.Query{Count: rapid.IntRange(1, 4).Draw(t, "count"), Walk: &scim.Walk{Back: rapid.Bool().Draw(t, "back")}}
			if by := rapid.SampledFrom([]string{"", "userName", "displayName", "title", "active"}).Draw(t, "by"); by != "" {
				q.Sort = scim.Sort{By: scim.Path{Attr: by}, Descending: rapid.Bool().Draw(t, "descending")}
				c.sorted = true
			}
			stay := map[scim.ID]scim.Place{} // :: id of a user that exists at the start → the user's place
			for id, u := range c.users {
				stay[id] = u.Place(q.Sort)
			}
			ask := func(q scim.Query) (scim.Page[scim.User], error) { return s.Users(t.Context(), c.connection, q) }
			met := steps(t, ask, q, scim.User.Place, c.change)
			var want, got []scim.ID
			for _, p := range slices.SortedFunc(values(stay), q.Sort.ComparePlaces) {
				if !c.gone[p.ID] {
					want = append(want, p.ID)
				}
			}
			for _, id := range met {
				if _, stayed := stay[id]; stayed && !c.gone[id] {
					got = append(got, id)
				}
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%#v: the walk has the users %v of those that stayed, want %v", q, got, want)
			}
		})
	})
}

// values returns the values of a map.
func values(m map[scim.ID]scim.Place) func(func(scim.Place) bool) {
	return func(yield func(scim.Place) bool) {
		for _, p := range m {
			if !yield(p) {
				return
			}
		}
	}
}

// crowd is a set of users that the test inserts, changes and deletes.
type crowd struct {
	*rapid.T

	s          *store.Store
	connection store.ConnectionID
	users      map[scim.ID]scim.User
	gone       map[scim.ID]bool // users that were deleted, or whose place can have changed
	sorted     bool             // the list is sorted by an attribute that the test may change
}

func (c *crowd) write(fn func(tx *store.Tx) error) {
	if err := c.s.Write(c.Context(), store.AnyKey, fn); err != nil {
		c.Fatalf("Write: %v", err)
	}
}

// join adds a user with a random name, with or without a displayName.
func (c *crowd) join() {
	at := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 2).Draw(c.T, "at")) * time.Microsecond)
	u := scim.User{ID: scim.NewID(), Meta: scim.Meta{Created: at, LastModified: at, Version: 1}, Doc: scim.Document{
		"userName": rapid.SampledFrom([]string{"a", "b", "ä"}).Draw(c.T, "name") + string(scim.NewID()), "active": rapid.Bool().Draw(c.T, "active"),
	}}
	c.dress(u.Doc)
	c.write(func(tx *store.Tx) error { return tx.InsertUser(c.Context(), c.connection, u, joining) })
	c.users[u.ID] = u
}

func (c *crowd) dress(doc scim.Document) {
	for _, name := range []string{"displayName", "title"} {
		if rapid.Bool().Draw(c.T, "has "+name) {
			doc[name] = rapid.SampledFrom(words).Draw(c.T, name)
		}
	}
}

// change inserts, deletes or changes up to three random users.
func (c *crowd) change() {
	for range rapid.IntRange(0, 3).Draw(c.T, "changes") {
		kind := rapid.IntRange(0, 2).Draw(c.T, "change")
		var there []scim.ID
		for id := range c.users {
			there = append(there, id)
		}
		slices.Sort(there)
		if kind == 0 || len(there) == 0 {
			c.join()
			continue
		}
		id := rapid.SampledFrom(there).Draw(c.T, "who")
		c.gone[id] = kind == 1 || c.sorted // without a sort attribute, a change does not move the user
		if kind == 1 {
			delete(c.users, id)
			c.write(func(tx *store.Tx) error { return deleteUser(c.Context(), tx, c.connection, id) })
			continue
		}
		u := c.users[id]
		u.Doc = scim.Document{"userName": "z" + string(scim.NewID()), "active": !u.Doc.Active()}
		u.Meta.Version++
		c.dress(u.Doc)
		c.write(func(tx *store.Tx) error { return updateUser(c.Context(), tx, c.connection, u) })
		c.users[id] = u
	}
}
