package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/db"
	"github.com/flexscim/flexscim/internal/store/list"
	"github.com/flexscim/flexscim/internal/store/storetest"
	"github.com/flexscim/flexscim/scim"
)

// busy is a store in which all connections for long queries are in use.
type busy struct {
	*testing.T
	*store.Store

	release chan struct{} // closed: the queries end
	ended   chan error    // receives the result of each query
	queries int
}

// occupy starts queries of several IdP connections, until all database connections
// for long queries are in use.
func occupy(t *testing.T, s *store.Store) *busy {
	t.Helper()
	b := &busy{T: t, Store: s, release: make(chan struct{}), ended: make(chan error)}
	inside := make(chan struct{})
	for b.queries < db.Lists() {
		owner := store.ConnectionID([]string{"aaaaaaaaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbbbbbbbbbbbb", "cccccccccccccccccccccccccc"}[b.queries/max(1, db.Lists()/2)])
		b.queries++
		go func() {
			b.ended <- s.InTurn(context.Background(), owner, func() {
				inside <- struct{}{}
				<-b.release
			})
		}()
		<-inside
	}
	return b
}

// busy.end ends the long queries.
func (b *busy) end() {
	close(b.release)
	for range b.queries {
		if err := <-b.ended; err != nil {
			b.Errorf("a long query: %v", err)
		}
	}
}

// TestReaders checks that look-ups, authentication and health do not wait while all
// connections for long queries are in use, and that a list waits until its context
// ends.
func TestReaders(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s := open(t)
		user, group := addUser(t, s, named("x")).ID, addGroup(t, s, `{"displayName":"x"}`).ID
		checkReaders(t, s, user, group)
		checkPool(t, s)
	})
}

func checkReaders(t *testing.T, s *store.Store, user, group scim.ID) {
	t.Helper()
	const c = acme
	b := occupy(t, s)
	defer b.end()
	ctx := t.Context()
	eq := func(attr string) scim.Query {
		return scim.Query{Filter: scim.Compare{Attr: attr, Op: scim.Eq, Value: "x"}, Count: 10, Groups: true, Managers: true}
	}
	byName := eq("displayName")
	byName.Groups = false
	for name, ask := range map[string]func() error{
		"health":                func() error { return s.Ping(ctx) },
		"authentication":        func() error { _, _, err := s.TokenByHash(ctx, [32]byte{}); return err },
		"a user by id":          func() error { _, err := s.User(ctx, c, user); return err },
		"a user for a change":   func() error { _, err := s.UserForChange(ctx, c, user); return err },
		"a group by id":         func() error { _, err := s.Group(ctx, c, group, false); return err },
		"a user by userName":    func() error { _, err := s.Users(ctx, c, eq("userName")); return err },
		"a user by externalId":  func() error { _, err := s.Users(ctx, c, eq("externalId")); return err },
		"a group by its name":   func() error { _, err := s.Groups(ctx, c, byName); return err },
		"a person of the queue": func() error { _, err := s.Person(ctx, store.PersonKey{Connection: c, User: user}); return err },
	} {
		if err := ask(); err != nil && !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: got %v, want no error", name, err)
		}
	}
	late, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	for name, ask := range map[string]func() error{
		"a page of users":       func() error { _, err := s.Users(late, c, scim.Query{Count: 10}); return err },
		"a page of groups":      func() error { _, err := s.Groups(late, c, scim.Query{Count: 10, Members: true}); return err },
		"a group with members":  func() error { _, err := s.Group(late, c, group, true); return err },
		"users by another name": func() error { _, err := s.Users(late, c, eq("title")); return err },
	} {
		if err := ask(); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: got %v, want the end of the context", name, err)
		}
	}
}

// checkPool checks that the wait for a connection of a pool ends with the context.
func checkPool(t *testing.T, s *store.Store) {
	t.Helper()
	var snapshots func(n int) error
	snapshots = func(n int) error {
		return s.ListReader().Snapshot(t.Context(), func(db.Reader) error {
			if n > 1 {
				return snapshots(n - 1)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			defer cancel()
			var one int
			if err := db.QueryOne(ctx, s.ListReader(), `select 1`, nil, &one); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("a query: got %v, want the end of the context", err)
			}
			if err := s.ListReader().Snapshot(ctx, func(db.Reader) error { return nil }); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("a snapshot: got %v, want the end of the context", err)
			}
			return nil
		})
	}
	if err := snapshots(db.Lists()); err != nil {
		t.Error(err)
	}
}

// TestTooMuch checks that a filter without an index is refused if it would compare
// too many bytes, and that a filter with many comparisons may compare fewer bytes.
func TestTooMuch(t *testing.T) {
	t.Parallel()
	has := func(text string) scim.Filter { return scim.Compare{Attr: "title", Op: scim.Co, Value: text} }
	var many scim.Or
	for i := range 32 {
		many = append(many, has(fmt.Sprint(i)))
	}
	for _, engine := range []store.Engine{store.SQLite, store.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			s := storetest.OpenConfig(t, store.Config{URL: storetest.URL(t, engine), MaxScan: 24, MaxPageBytes: 20_000})
			add := func(from, to int) {
				for i := range to - from {
					addUser(t, s, fmt.Sprintf(`{"userName":"u%d","title":"a%s"}`, from+i, strings.Repeat("x", 11_000)))
				}
			}
			ask := func(filter scim.Filter) (total int, refused bool) {
				page, err := s.Users(t.Context(), acme, scim.Query{Filter: filter, Count: 1})
				_, refused = errors.AsType[*list.TooMuchError](err)
				if err != nil && !refused {
					t.Fatal(err)
				}
				return page.Total, refused
			}
			add(0, 4)
			if total, refused := ask(many); total != 0 || refused {
				t.Errorf("many comparisons of 44 KB: got %d, refused %v, want 0 users", total, refused)
			}
			add(4, 10)
			if total, refused := ask(has("A")); total != 10 || refused {
				t.Errorf("one comparison of 110 KB: got %d, refused %v, want 10 users", total, refused)
			}
			if _, refused := ask(many); !refused {
				t.Error("many comparisons of 110 KB are not refused")
			}
			add(10, 20)
			if _, refused := ask(has("A")); !refused {
				t.Error("one comparison of 220 KB is not refused")
			}
		})
	}
}
