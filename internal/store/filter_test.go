package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/list"
	"github.com/flexscim/flexscim/internal/store/storetest"
	"github.com/flexscim/flexscim/scim"
)

// eq returns the filter "path eq value". The path is the name of an attribute or of a
// sub-attribute, such as name.givenName.
func eq(path string, value any) scim.Compare {
	attr, sub, _ := strings.Cut(path, ".")
	return scim.Compare{Attr: attr, Sub: sub, Op: scim.Eq, Value: value}
}

// element returns the value filter "emails[a and b and …]".
func element(terms ...scim.Filter) scim.Element {
	return scim.Element{Attr: "emails", Filter: scim.And(terms)}
}

// TestEmailFilters checks that a value filter on emails finds only users for whom one
// element has both the address and the type. Each result must equal that of
// scim.User.Matches.
func TestEmailFilters(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		users := []scim.User{
			addUser(t, s, `{"userName":"ann","emails":[{"value":"Ann@x.io","type":"work"},{"value":"home@x.io","type":"home"}]}`),
			addUser(t, s, `{"userName":"bob","emails":[{"value":"ann@x.io","type":"home"},{"value":"ann@x.io","type":"other"},{"value":"bob@x.io"}]}`),
			addUser(t, s, `{"userName":"cid","emails":[{"value":"ann@x.io","type":"Work"},{"type":"work","display":"none"}]}`),
			addUser(t, s, named("dan")),
		}
		moved := newUser(t, `{"userName":"dan","emails":[{"value":"bob@x.io","type":"work"}]}`)
		moved.ID, moved.Meta.Version = users[3].ID, 2
		users[3] = moved
		write(t, s, func(tx *store.Tx) error { return updateUser(ctx, tx, acme, moved) })

		for _, address := range []string{"ann@x.io", "ANN@X.IO", "home@x.io", "bob@x.io", "nobody@x.io", ""} {
			for _, kind := range []string{"work", "WORK", "home", "other", ""} {
				for _, filter := range []scim.Filter{
					element(eq("type", kind), eq("value", address)),
					element(eq("value", address), eq("type", kind)),
					scim.And{eq("emails.value", address), element(eq("value", address), eq("type", kind))},
				} {
					var want []scim.ID
					for _, u := range users {
						if u.Matches(filter) {
							want = append(want, u.ID)
						}
					}
					page, err := s.Users(ctx, acme, scim.Query{Filter: filter, Count: 1})
					if err != nil || page.Total != len(want) || len(want) > 0 && !slices.Contains(want, page.Items[0].ID) {
						t.Errorf("%v: got %+v, %v; want %d", filter, page, err, len(want))
					}
				}
			}
		}
	})
}

func TestUserFilters(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		ann := addUser(t, s, `{"userName":"ann","displayName":"Ann Ä","externalId":"X1","emails":[{"value":"Ann@Example.com"},{"value":"a2@example.com"}],
			"`+scim.URNEnterprise+`":{"manager":{"value":"boss"}}}`)
		bob := addUser(t, s, `{"userName":"bob","active":false,"emails":[{"value":"bob@example.com"}]}`)
		gone := addUser(t, s, `{"userName":"gone","externalId":"X9","emails":[{"value":"gone@example.com"}]}`)
		write(t, s, func(tx *store.Tx) error { return deleteUser(ctx, tx, acme, gone.ID) })
		names := map[scim.ID]string{ann.ID: "ann", bob.ID: "bob"}
		manager := scim.Compare{URN: scim.URNEnterprise, Attr: "manager", Sub: "value", Op: scim.Eq, Value: "boss"}
		for _, row := range []struct {
			filter scim.Filter
			want   string
		}{
			{nil, "ann bob"},
			{eq("userName", "ANN"), "ann"},
			{eq("userName", "gone"), ""},
			{eq("userName", ""), ""},
			{eq("userName", "a\x00"), ""},
			{eq("userName", strings.Repeat("x", 10_000)), ""},
			{eq("userName", "ann' or 1=1 --"), ""},
			{eq("displayName", "ANN ä"), "ann"},
			{eq("displayName", ""), ""},
			{eq("externalId", "X1"), "ann"},
			{eq("externalId", "x1"), ""},
			{eq("externalId", ""), ""},
			{eq("externalId", string(ann.ID)), ""},
			{eq("id", string(ann.ID)), "ann"},
			{eq("id", strings.ToUpper(string(ann.ID))), ""},
			{eq("id", "X1"), ""},
			{eq("emails.value", "ann@example.COM"), "ann"},
			{eq("emails.value", "a2@example.com"), "ann"},
			{eq("emails", "bob@example.com"), "bob"},
			{eq("emails.value", "gone@example.com"), ""},
			{eq("active", true), "ann"},
			{eq("active", false), "bob"},
			{manager, "ann"},
			{scim.And{eq("id", string(ann.ID)), manager}, "ann"},
			{scim.And{eq("id", string(bob.ID)), manager}, ""},
			{scim.And{eq("active", false), scim.And{eq("userName", "bob"), eq("emails.value", "bob@example.com")}}, "bob"},
		} {
			page, err := s.Users(ctx, acme, scim.Query{Filter: row.filter, Count: 10})
			if err != nil {
				t.Errorf("%v: %v", row.filter, err)
				continue
			}
			got := map[string]bool{}
			for _, u := range page.Items {
				got[names[u.ID]] = true
			}
			for _, name := range strings.Fields(row.want) {
				if !got[name] {
					t.Errorf("%v: %s is missing", row.filter, name)
				}
			}
			if want := len(strings.Fields(row.want)); len(page.Items) != want || page.Total != want {
				t.Errorf("%v: %d items of %d, want %d", row.filter, len(page.Items), page.Total, want)
			}
			if page, err := s.Users(ctx, other, scim.Query{Filter: row.filter, Count: 10}); err != nil || page.Total != 0 {
				t.Errorf("%v in another connection: %d, %v", row.filter, page.Total, err)
			}
		}
	})
}

func TestGroupFilters(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		ann, nobody := addUser(t, s, named("ann")), scim.NewID()
		g := addGroup(t, s, `{"displayName":"Team Ä","externalId":"G1"}`)
		addGroup(t, s, `{"displayName":"other"}`)
		if _, err := change(ctx, s, g.ID, scim.MemberChange{Add: []scim.ID{ann.ID, nobody}}); err != nil {
			t.Fatal(err)
		}
		for _, row := range []struct {
			filter scim.Filter
			want   int
		}{
			{nil, 2},
			{eq("displayName", "team ä"), 1},
			{eq("displayName", "team"), 0},
			{eq("externalId", "G1"), 1},
			{eq("externalId", "g1"), 0},
			{eq("id", string(g.ID)), 1},
			{eq("members.value", string(ann.ID)), 1},
			{eq("members", string(ann.ID)), 1},
			{eq("members.value", string(nobody)), 0}, // the member is pending, so filters do not find it
			{scim.And{eq("id", string(g.ID)), eq("members", string(ann.ID))}, 1},
		} {
			page, err := s.Groups(ctx, acme, scim.Query{Filter: row.filter, Count: 10})
			if err != nil || len(page.Items) != row.want || page.Total != row.want {
				t.Errorf("%v: %d items of %d, %v; want %d", row.filter, len(page.Items), page.Total, err, row.want)
			}
		}
	})
}

// TestFiltersRefused checks that a filter with more than scim.MaxFilterTerms comparisons
// is refused.
func TestFiltersRefused(t *testing.T) {
	t.Parallel()
	s, ctx := storetest.Open(t), t.Context()
	addGroup(t, s, `{"displayName":"g"}`)
	many := scim.Or{}
	for range scim.MaxFilterTerms + 1 {
		many = append(many, eq("title", "a"))
	}
	for _, filter := range []scim.Filter{
		many,
		scim.Not{Term: many},
		scim.And{element(many...), many[0]},
	} {
		_, err := s.Groups(ctx, acme, scim.Query{Filter: filter, Count: 1})
		e, ok := errors.AsType[*list.TooLongError](err)
		if !ok || e.Limit != scim.MaxFilterTerms {
			t.Errorf("%v: got %v, want a TooLongError", filter, err)
		}
	}
	if _, err := s.Users(ctx, acme, scim.Query{Filter: many}); err == nil {
		t.Error("users: one comparison too many is accepted")
	}
}

// TestLongestFilter checks that a filter with the maximum number of comparisons
// succeeds, even if it has the most expensive form.
func TestLongestFilter(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		addUser(t, s, `{"userName":"ann","emails":[{"value":"ann@x.io"}],"title":"a"}`)
		for _, term := range []scim.Filter{eq("userName", "ANN"), eq("emails.value", "ann@x.io"), eq("title", "a"), scim.Not{Term: eq("groups.value", "g")}} {
			and, or := scim.And{}, scim.Or{}
			for range scim.MaxFilterTerms {
				and, or = append(and, term), append(or, term)
			}
			for _, filter := range []scim.Filter{and, or} {
				if page, err := s.Users(ctx, acme, scim.Query{Filter: filter, Count: 1}); err != nil || page.Total != 1 {
					t.Errorf("%T of %v: got %d, %v, want 1", filter, term, page.Total, err)
				}
			}
		}
	})
}

// TestTooMany checks that, if no index serves a filter, resources are compared with
// it one by one, and that too many resources cause an error.
func TestTooMany(t *testing.T) {
	t.Parallel()
	for _, engine := range []store.Engine{store.SQLite, store.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			s, ctx := storetest.OpenConfig(t, store.Config{URL: storetest.URL(t, engine), MaxScan: 24}), t.Context()
			addUsers(t, s, 25)
			first, err := s.Users(ctx, acme, scim.Query{Count: 1})
			if err != nil {
				t.Fatal(err)
			}
			byTitle := scim.Sort{By: scim.Path{Attr: "title"}}
			byName := scim.Sort{By: scim.Path{Attr: "userName"}}
			others := scim.Compare{Attr: "id", Op: scim.Ne, Value: string(first.Items[0].ID)}
			present := scim.Compare{Attr: "userName", Op: scim.Pr}
			untitled := scim.Not{Term: scim.Compare{Attr: "title", Op: scim.Pr}}
			for _, row := range []struct {
				query scim.Query
				want  int // -1: TooManyError
			}{
				{scim.Query{Filter: untitled}, -1},
				{scim.Query{Filter: scim.And{untitled, present}}, -1},
				{scim.Query{Filter: scim.Or{untitled, others}}, -1},
				{scim.Query{Sort: byTitle}, -1},
				{scim.Query{Filter: scim.And{untitled, others}}, 24},
				{scim.Query{Filter: others, Sort: byTitle}, 24},
				{scim.Query{Filter: present}, 25}, // a column decides it
				{scim.Query{Sort: byName}, 25},
				{scim.Query{Filter: present, Sort: byName}, 25},
			} {
				row.query.Count = 5
				page, err := s.Users(ctx, acme, row.query)
				e, refused := errors.AsType[*list.TooManyError](err)
				switch {
				case row.want < 0 && (!refused || e.Limit != 24 || e.Members || e.Plural != "users" || e.Indexed == ""):
					t.Errorf("%v: got %v, want a TooManyError", row.query, err)
				case row.want >= 0 && (err != nil || page.Total != row.want || len(page.Items) != 5):
					t.Errorf("%v: got %d of %d, %v, want 5 of %d", row.query, len(page.Items), page.Total, err, row.want)
				}
			}
		})
	}
}

// TestTooManyMembers checks that members are compared with a filter one by one only
// if no index serves the filter. The limit applies to the number of members of all
// groups together, including pending members.
func TestTooManyMembers(t *testing.T) {
	t.Parallel()
	for _, engine := range []store.Engine{store.SQLite, store.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			s, ctx := storetest.OpenConfig(t, store.Config{URL: storetest.URL(t, engine), MaxScan: 24}), t.Context()
			ids := addUsers(t, s, 25)
			inner, large := addGroup(t, s, `{"displayName":"inner"}`), addGroup(t, s, `{"displayName":"large"}`)
			small, vague := addGroup(t, s, `{"displayName":"small"}`), addGroup(t, s, `{"displayName":"vague"}`)
			var pending []scim.ID
			for range 24 {
				pending = append(pending, scim.NewID())
			}
			for id, members := range map[scim.ID][]scim.ID{
				large.ID: append(slices.Clone(ids[:24]), inner.ID), small.ID: ids[:24], vague.ID: append(pending, ids[0]),
			} {
				if _, err := change(ctx, s, id, scim.MemberChange{Add: members}); err != nil {
					t.Fatal(err)
				}
			}
			member := func(sub string, op scim.CompareOp, value any) scim.Filter {
				return scim.Compare{Attr: "members", Sub: sub, Op: op, Value: value}
			}
			groupNamed := func(text string) scim.Filter {
				return scim.Element{Attr: "members", Filter: scim.And{eq("type", "Group"), scim.Compare{Attr: "display", Op: scim.Co, Value: text}}}
			}
			for _, row := range []struct {
				filter scim.Filter
				want   int // -1: TooManyError
			}{
				{member("display", scim.Co, "user"), -1},
				{scim.And{eq("displayName", "large"), member("display", scim.Co, "user")}, -1},
				{scim.And{eq("displayName", "vague"), member("display", scim.Co, "user")}, -1},
				{scim.And{eq("displayName", "small"), member("display", scim.Co, "user")}, 1},
				{scim.And{eq("displayName", "small"), member("display", scim.Co, "nobody")}, 0},
				{scim.And{member("value", scim.Eq, string(ids[24])), member("display", scim.Co, "user")}, 0},
				{member("type", scim.Eq, "Group"), 1},
				{member("type", scim.Eq, "User"), 3},
				{member("value", scim.Ne, string(ids[0])), 3}, // also the empty group
				{groupNamed("nn"), 1},
				{groupNamed("user"), 0},
				{scim.Element{Attr: "members", Filter: scim.And{eq("value", string(ids[0])), scim.Not{Term: groupNamed("nn").(scim.Element).Filter}}}, 3},
			} {
				page, err := s.Groups(ctx, acme, scim.Query{Filter: row.filter, Count: 5})
				e, refused := errors.AsType[*list.TooManyError](err)
				switch {
				case row.want < 0 && (!refused || e.Limit != 24 || !e.Members || e.Indexed == ""):
					t.Errorf("%v: got %v, want a TooManyError", row.filter, err)
				case row.want >= 0 && (err != nil || page.Total != row.want):
					t.Errorf("%v: got %d, %v, want %d", row.filter, page.Total, err, row.want)
				}
			}
		})
	}
}

// TestBatches checks that the result has the order of creation, even if it takes
// several queries to read all resources, and even if all have the same time of
// creation.
func TestBatches(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		addUsers(t, s, 1203) // all these users have the same time of creation
		all, err := s.Users(ctx, acme, scim.Query{Count: 2000})
		if err != nil || all.Total != 1203 {
			t.Fatalf("got %d, %v", all.Total, err)
		}
		for _, q := range []scim.Query{
			{Filter: scim.Compare{Attr: "userName", Op: scim.Co, Value: "USER"}},
			{Sort: scim.Sort{By: scim.Path{Attr: "title"}, Descending: true}}, // no user has a title
		} {
			q.StartIndex, q.Count = 495, 700
			page, err := s.Users(ctx, acme, q)
			if err != nil || page.Total != 1203 || len(page.Items) != 700 {
				t.Fatalf("got %d of %d, %v, want 700 of 1203", len(page.Items), page.Total, err)
			}
			for i, u := range page.Items {
				if u.ID != all.Items[494+i].ID {
					t.Fatalf("user %d is not the one of the whole list", 495+i)
				}
			}
		}
	})
}

func TestPages(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		addUsers(t, s, 25)
		for _, row := range []struct{ start, count, items int }{
			{1, 10, 10}, {11, 10, 10}, {21, 10, 5}, {26, 10, 0}, {1000, 10, 0}, {0, 10, 10}, {-5, 10, 10}, {1, 0, 0}, {1, -1, 0}, {1, 25, 25}, {1, 26, 25},
		} {
			page, err := s.Users(ctx, acme, scim.Query{StartIndex: row.start, Count: row.count})
			if err != nil || len(page.Items) != row.items || page.Total != 25 || page.Items == nil {
				t.Errorf("start %d, count %d: %d items of %d, %v; want %d of 25", row.start, row.count, len(page.Items), page.Total, err, row.items)
			}
		}
		seen := map[scim.ID]bool{}
		for start := 1; start <= 25; start += 7 {
			page, err := s.Users(ctx, acme, scim.Query{StartIndex: start, Count: 7, Groups: true})
			if err != nil {
				t.Fatal(err)
			}
			for _, u := range page.Items {
				seen[u.ID] = true
			}
		}
		if len(seen) != 25 {
			t.Errorf("four pages show %d users, want 25", len(seen))
		}
	})
}

// TestFarPages checks that a page far from the start contains the correct part of the
// list, even if the store reads it from the end of the list. Deleted users must not
// count.
func TestFarPages(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		ids := addUsers(t, s, 1203)
		write(t, s, func(tx *store.Tx) error { return deleteUser(ctx, tx, acme, ids[700]) })
		all, err := s.Users(ctx, acme, scim.Query{Count: 2000})
		if err != nil || all.Total != 1202 || len(all.Items) != 1202 {
			t.Fatalf("got %d of %d, %v, want 1202", len(all.Items), all.Total, err)
		}
		for _, filter := range []scim.Filter{nil, scim.Compare{Attr: "userName", Op: scim.Pr}} {
			for _, row := range []struct{ start, count, items int }{
				{500, 3, 3}, {501, 3, 3}, {502, 100, 100}, {590, 20, 20}, {601, 1, 1}, {602, 1, 1}, {700, 600, 503}, {1103, 100, 100},
				{1200, 100, 3}, {1202, 1, 1}, {1203, 1, 0}, {1 << 62, 5, 0}, {900, 0, 0},
			} {
				page, err := s.Users(ctx, acme, scim.Query{Filter: filter, StartIndex: row.start, Count: row.count})
				if err != nil || page.Total != 1202 || len(page.Items) != row.items || page.Items == nil {
					t.Fatalf("%v from %d: got %d of %d, %v, want %d of 1202", filter, row.start, len(page.Items), page.Total, err, row.items)
				}
				for i, u := range page.Items {
					if want := all.Items[row.start-1+i].ID; u.ID != want {
						t.Fatalf("%v from %d: number %d is %s, want %s", filter, row.start, i, u.ID, want)
					}
				}
			}
		}
	})
}

// TestTally checks the number of users of a connection, which the database counts.
// This number must be exact in each transaction, even after concurrent writes and
// rollbacks.
func TestTally(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		total := func(c store.ConnectionID) int {
			t.Helper()
			page, err := s.Users(ctx, c, scim.Query{})
			if err != nil {
				t.Fatal(err)
			}
			return page.Total
		}
		addUser(t, s, named("before the connection"))
		connect := func(c store.ConnectionID) {
			write(t, s, func(tx *store.Tx) error {
				return tx.InsertConnection(ctx, store.Connection{ID: c, Name: string(c[:1])})
			})
		}
		connect(acme)
		connect(other)
		undone := errors.New("undone")
		var writers sync.WaitGroup
		for n := range 8 {
			writers.Go(func() {
				for i := range 6 {
					u := newUser(t, named(fmt.Sprintf("user%d-%d", n, i)))
					err := s.Write(ctx, store.AnyKey, func(tx *store.Tx) error {
						if err := tx.InsertUser(ctx, acme, u, joining); err != nil || i != 0 {
							return err
						}
						return undone
					})
					if i == 0 && errors.Is(err, undone) {
						continue
					}
					if err == nil && i%2 == 1 {
						err = s.Write(ctx, store.AnyKey, func(tx *store.Tx) error { return deleteUser(ctx, tx, acme, u.ID) })
					}
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		writers.Wait()
		if got := total(acme); got != 17 { // six users were added, of which one was rolled back and three were deleted
			t.Errorf("got %d users, want 17", got)
		}
		if got := total(other); got != 0 {
			t.Errorf("the other connection: got %d users, want none", got)
		}
		write(t, s, func(tx *store.Tx) error { // this write does not change the number of users
			page, err := s.Users(ctx, acme, scim.Query{Count: 1})
			if err != nil {
				return err
			}
			u := page.Items[0]
			u.Doc["title"] = "Lead"
			u.Meta.Version++
			return updateUser(ctx, tx, acme, u)
		})
		if got := total(acme); got != 17 {
			t.Errorf("after a change: got %d users, want 17", got)
		}
	})
}
