package store_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
	"github.com/flexscim/flexscim/scim"
)

func TestUserLife(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		u := addUser(t, s, `{"userName":"Ann@example.com","active":true,"emails":[{"value":"ann@example.com"}]}`)

		got, err := s.User(ctx, acme, u.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(u, got); diff != "" {
			t.Errorf("after the insert (-want +got):\n%s", diff)
		}
		if _, err := s.User(ctx, other, u.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("another connection reads it: %v", err)
		}

		u.Doc["displayName"], u.Meta.Version = "Ann", 2
		write(t, s, func(tx *store.Tx) error {
			u.Meta.LastModified = tx.Now()
			return updateUser(ctx, tx, acme, u)
		})
		if got, _ = s.User(ctx, acme, u.ID); !cmp.Equal(u, got) {
			t.Errorf("after the update: %s", cmp.Diff(u, got))
		}

		write(t, s, func(tx *store.Tx) error { return deleteUser(ctx, tx, acme, u.ID) })
		for range 2 { // a second and third deletion find no user
			err = s.Write(ctx, store.AnyKey, func(tx *store.Tx) error { return deleteUser(ctx, tx, acme, u.ID) })
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("deleted twice: %v, want ErrNotFound", err)
			}
		}
		if _, err = s.User(ctx, acme, u.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("read after the delete: %v, want ErrNotFound", err)
		}
		p := person(t, s, u.ID)
		if !p.Deleted || p.Desired != 3 || p.Observed != 0 || p.Request != "req-leaving" || p.User.Doc.UserName() != "Ann@example.com" {
			t.Errorf("tombstone: %+v", p)
		}
		addUser(t, s, named("ann@EXAMPLE.com")) // the userName can be used again
	})
}

func TestUpdateUserRefuses(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		u := addUser(t, s, named("ann"))
		unknown := newUser(t, named("bob"))
		for _, row := range []struct {
			name string
			user scim.User
			conn store.ConnectionID
			want error
		}{
			{"a user that does not exist", unknown, acme, store.ErrNotFound},
			{"a user of another connection", u, other, store.ErrNotFound},
		} {
			err := s.Write(ctx, store.AnyKey, func(tx *store.Tx) error { return updateUser(ctx, tx, row.conn, row.user) })
			if !errors.Is(err, row.want) {
				t.Errorf("%s: got %v, want %v", row.name, err, row.want)
			}
		}
		for _, id := range []scim.ID{"", "x", "\x00", u.ID[:25], scim.NewID()} {
			if _, err := s.User(ctx, acme, id); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("id %q: %v, want ErrNotFound", id, err)
			}
		}
	})
}

func TestUnique(t *testing.T) {
	t.Parallel()
	long := make([]byte, 100_000)
	for i := range long {
		long[i] = 'a' + byte(i%7)
	}
	for _, row := range []struct {
		name, first, second string
		want                string // "": both are inserted
	}{
		{"userName in another case", named("ÄNN@example.com"), named("änn@EXAMPLE.com"), "userName"},
		{"userName of 100,000 characters", named(string(long)), named(string(long)), "userName"},
		{"userName with NUL", named("a\x00b"), named("A\x00B"), "userName"},
		{"externalId", `{"userName":"a","externalId":"7"}`, `{"userName":"b","externalId":"7"}`, ""}, // RFC 7643 §3.1
		{"no externalId", named("a"), named("b"), ""},
		{"displayName", `{"userName":"a","displayName":"Ann"}`, `{"userName":"b","displayName":"Ann"}`, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
				s, ctx := open(t), t.Context()
				addUser(t, s, row.first)
				u := newUser(t, row.second)
				err := s.Write(ctx, store.AnyKey, func(tx *store.Tx) error { return tx.InsertUser(ctx, acme, u, joining) })
				taken, ok := errors.AsType[*store.TakenError](err)
				if row.want == "" && err != nil || row.want != "" && (!ok || taken.Attribute != row.want) {
					t.Errorf("got %v, want %q taken", err, row.want)
				}
				write(t, s, func(tx *store.Tx) error { return tx.InsertUser(ctx, other, u, joining) })
			})
		})
	}
}

func TestUserNameRace(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		var made, taken atomic.Int32
		var group sync.WaitGroup
		for range 32 {
			u := newUser(t, named("ann"))
			group.Go(func() {
				err := s.Write(ctx, store.AnyKey, func(tx *store.Tx) error { return tx.InsertUser(ctx, acme, u, joining) })
				switch _, isTaken := errors.AsType[*store.TakenError](err); {
				case err == nil:
					made.Add(1)
				case isTaken:
					taken.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		group.Wait()
		if made.Load() != 1 || taken.Load() != 31 {
			t.Errorf("created %d, taken %d; want 1 and 31", made.Load(), taken.Load())
		}
	})
}

// TestLockUser checks that, if several writes change one document concurrently,
// each reads the result of the previous write.
func TestLockUser(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		id := addUser(t, s, named("ann")).ID
		var group sync.WaitGroup
		const writers = 40
		for range writers {
			group.Go(func() {
				if err := s.Write(ctx, store.AnyKey, func(tx *store.Tx) error { return grow(ctx, tx, id) }); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		p := person(t, s, id)
		if got := len(p.User.Doc.Text("nickName")); got != writers || p.Desired != writers+1 || p.User.Meta.Version != writers+1 {
			t.Errorf("nickName %d, generation %d, version %d; want %d, %d, %d", got, p.Desired, p.User.Meta.Version, writers, writers+1, writers+1)
		}
	})
}

// grow appends one character to the nickName.
func grow(ctx context.Context, tx *store.Tx, id scim.ID) error {
	was, err := tx.LockUser(ctx, acme, id)
	if err != nil {
		return err
	}
	u := was.User
	u.Doc["nickName"] = u.Doc.Text("nickName") + "x"
	u.Meta.Version++
	return updateLocked(ctx, tx, acme, was, u)
}
