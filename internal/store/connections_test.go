package store_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
	"github.com/flexscim/flexscim/scim"
)

func TestConnections(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		okta := store.Connection{ID: acme, Name: "okta", Created: at(2), Settings: store.Settings{Kind: "okta"}}
		entra := store.Connection{ID: other, Name: "entra", Created: at(1), Settings: store.Settings{Kind: "entra"}}
		for _, c := range []store.Connection{okta, entra} {
			write(t, s, func(tx *store.Tx) error { return tx.InsertConnection(ctx, c) })
		}
		again := store.Connection{ID: "cccccccccccccccccccccccccc", Name: "okta"}
		err := s.Write(ctx, store.AnyKey, func(tx *store.Tx) error { return tx.InsertConnection(ctx, again) })
		if taken, ok := errors.AsType[*store.TakenError](err); !ok || taken.Attribute != "name" {
			t.Errorf("the same name twice: %v, want name taken", err)
		}
		all, err := s.Connections(ctx)
		if diff := cmp.Diff([]store.Connection{entra, okta}, all); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		if got, err := s.ConnectionByName(ctx, "okta"); err != nil || got != okta {
			t.Errorf("okta: %+v, %v", got, err)
		}
		for _, name := range []string{"", "Okta", "\x00"} {
			if _, err := s.ConnectionByName(ctx, name); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%q: %v, want ErrNotFound", name, err)
			}
		}
	})
}

// TestSettings checks that UpdateSettings changes one connection only, that looking
// up the connection or any of its tokens returns the settings, and that a connection
// knows the domains that the other connections reserve.
func TestSettings(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		first := store.Settings{Kind: "okta", GroupPut: "auto"}
		okta := store.Connection{ID: acme, Name: "okta", Created: at(1), Settings: first}
		full := store.Settings{Kind: "entra", Entitlements: true, GroupPut: "keep", HidesPagination: true, AllowedDomains: "a.example b.example"}
		made := store.Connection{ID: other, Name: "made", Created: at(2), Settings: full}
		token := store.Token{ID: "t1", Connection: acme, Hash: sha256.Sum256([]byte("1")), Created: at(3)}
		write(t, s, func(tx *store.Tx) error {
			return errors.Join(tx.InsertConnection(ctx, okta), tx.InsertConnection(ctx, made), tx.InsertToken(ctx, token))
		})
		okta.Reserved = full.AllowedDomains
		full.AllowedDomains = "c.example"
		for _, want := range []store.Settings{full, full, first} {
			write(t, s, func(tx *store.Tx) error {
				if err := tx.UpdateSettings(ctx, acme, want); err != nil {
					return err
				}
				if got, err := tx.Settings(ctx, acme); err != nil || got != want {
					t.Errorf("in the transaction: %+v, %v, want %+v", got, err, want)
				}
				return nil
			})
			okta.Settings, made.Reserved = want, want.AllowedDomains
			all, err := s.Connections(ctx)
			if diff := cmp.Diff([]store.Connection{okta, made}, all); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			if _, got, err := s.TokenByHash(ctx, token.Hash); err != nil || got != okta {
				t.Errorf("of the token: %+v, %v, want %+v", got, err, okta)
			}
			if got, err := s.ConnectionByName(ctx, "okta"); err != nil || got != okta {
				t.Errorf("by name: %+v, %v, want %+v", got, err, okta)
			}
		}
		err := s.Write(ctx, store.AnyKey, func(tx *store.Tx) error { return tx.UpdateSettings(ctx, "nobody", first) })
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("got %v, want ErrNotFound", err)
		}
	})
}

// TestMemberWrites checks that the store remembers each way in which a connection
// writes members, and that other connections are not affected.
func TestMemberWrites(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		write(t, s, func(tx *store.Tx) error {
			return errors.Join(tx.InsertConnection(ctx, store.Connection{ID: acme, Name: "a"}), tx.InsertConnection(ctx, store.Connection{ID: other, Name: "b"}))
		})
		for _, row := range []struct{ add, want scim.MemberWrites }{
			{}, {scim.MemberWrites{Listed: true}, scim.MemberWrites{Listed: true}}, {scim.MemberWrites{}, scim.MemberWrites{Listed: true}},
			{scim.MemberWrites{Patched: true}, scim.MemberWrites{Listed: true, Patched: true}},
		} {
			write(t, s, func(tx *store.Tx) error { return tx.AddMemberWrites(ctx, acme, row.add) })
			if got, err := s.MemberWrites(ctx, acme); err != nil || got != row.want {
				t.Errorf("after %+v: got %+v, %v, want %+v", row.add, got, err, row.want)
			}
		}
		if got, err := s.MemberWrites(ctx, other); err != nil || got != (scim.MemberWrites{}) {
			t.Errorf("the other connection: got %+v, %v, want none", got, err)
		}
	})
}

func TestTokens(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		okta := store.Connection{ID: acme, Name: "okta", Created: at(0), Settings: store.Settings{Kind: "okta"}}
		write(t, s, func(tx *store.Tx) error { return tx.InsertConnection(ctx, okta) })
		first := store.Token{ID: "t1", Connection: acme, Hash: sha256.Sum256([]byte("1")), Prefix: "fscim_", LastFour: "abcd", Created: at(1)}
		second := store.Token{ID: "t2", Connection: acme, Hash: sha256.Sum256([]byte("2")), Created: at(2), Expires: at(3)}
		for _, token := range []store.Token{first, second} {
			write(t, s, func(tx *store.Tx) error { return tx.InsertToken(ctx, token) })
		}
		if err := s.Write(ctx, store.AnyKey, func(tx *store.Tx) error {
			return tx.InsertToken(ctx, store.Token{ID: "t3", Connection: acme, Hash: first.Hash})
		}); !isTaken(err) {
			t.Errorf("the same hash twice: %v", err)
		}

		write(t, s, func(tx *store.Tx) error {
			return errors.Join(tx.UseToken(ctx, "t1", at(9)), tx.UseToken(ctx, "t1", at(8)), tx.RevokeToken(ctx, "t1"))
		})
		var revoked time.Time
		token, c, err := s.TokenByHash(ctx, first.Hash)
		if revoked = token.Revoked; err != nil || c != okta || !token.LastUsed.Equal(at(9)) || revoked.IsZero() {
			t.Errorf("t1: %+v of %+v, %v", token, c, err)
		}
		write(t, s, func(tx *store.Tx) error { return tx.RevokeToken(ctx, "t1") })
		first.LastUsed, first.Revoked = at(9), revoked
		for _, conn := range []store.ConnectionID{acme, ""} {
			if all, err := s.Tokens(ctx, conn); err != nil || !slices.Equal(all, []store.Token{first, second}) {
				t.Errorf("tokens of %q: %+v, %v", conn, all, err)
			}
		}
		if all, err := s.Tokens(ctx, other); err != nil || len(all) != 0 {
			t.Errorf("tokens of another connection: %+v, %v", all, err)
		}

		_, _, err = s.TokenByHash(ctx, sha256.Sum256([]byte("3")))
		errs := map[string]error{
			"TokenByHash": err,
			"RevokeToken": s.Write(ctx, store.AnyKey, func(tx *store.Tx) error { return tx.RevokeToken(ctx, "t9") }),
			"UseToken":    s.Write(ctx, store.AnyKey, func(tx *store.Tx) error { return tx.UseToken(ctx, "\x00", at(1)) }),
		}
		for name, err := range errs {
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s of an unknown token: %v, want ErrNotFound", name, err)
			}
		}
	})
}

// TestTokensOfPeople checks that looking up a token returns the name and state of its
// person, and not those of a user with the same id in another connection.
func TestTokensOfPeople(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		write(t, s, func(tx *store.Tx) error {
			return tx.InsertConnection(ctx, store.Connection{ID: acme, Name: "okta", Created: at(0), Settings: store.Settings{Kind: "okta"}})
		})
		gone := addUser(t, s, named("gone"))
		write(t, s, func(tx *store.Tx) error {
			was, err := tx.LockUser(ctx, acme, gone.ID)
			return errors.Join(err, tx.DeleteUser(ctx, acme, was, leaving))
		})
		elsewhere := newUser(t, named("elsewhere"))
		write(t, s, func(tx *store.Tx) error { return tx.InsertUser(ctx, other, elsewhere, joining) })
		for i, row := range []struct {
			name     string
			user     scim.ID
			userName string
			away     bool
		}{
			{"the IdP", "", "", false},
			{"active is not set", addUser(t, s, named("silent")).ID, "silent", false},
			{"active", addUser(t, s, `{"userName":"Here","active":true}`).ID, "Here", false},
			{"inactive", addUser(t, s, `{"userName":"away","active":false}`).ID, "away", true},
			{"deleted", gone.ID, "gone", true},
			{"another connection's", elsewhere.ID, "", true},
			{"nobody", scim.NewID(), "", true},
		} {
			want := store.Token{ID: row.name, Connection: acme, Hash: sha256.Sum256([]byte(row.name)), Created: at(i + 1), User: row.user}
			write(t, s, func(tx *store.Tx) error { return tx.InsertToken(ctx, want) })
			want.UserName, want.UserInactive = row.userName, row.away
			if got, c, err := s.TokenByHash(ctx, want.Hash); err != nil || got != want || c.Name != "okta" {
				t.Errorf("%s: got %+v of %+v, %v, want %+v", row.name, got, c, err, want)
			}
			if all, err := s.Tokens(ctx, acme); err != nil || all[len(all)-1] != want {
				t.Errorf("%s: listed as %+v, %v, want %+v", row.name, all, err, want)
			}
		}
	})
}

func TestReplicas(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		beat := func(replica string, dead time.Duration) (gone []string) {
			t.Helper()
			write(t, s, func(tx *store.Tx) (err error) {
				gone, err = tx.Beat(ctx, replica, dead)
				return err
			})
			slices.Sort(gone)
			return gone
		}
		for _, replica := range []string{"a", "b", "a"} {
			if gone := beat(replica, time.Hour); len(gone) != 0 {
				t.Errorf("gone %v, want none", gone)
			}
		}
		if n, err := s.Replicas(ctx, time.Hour); err != nil || n != 2 {
			t.Errorf("%d replicas, %v; want 2", n, err)
		}
		deadline := time.Now().Add(10 * time.Second)
		for { // repeat until the heartbeat of replica b is too old
			if gone := beat("a", time.Millisecond); slices.Contains(gone, "b") {
				break
			}
			if time.Now().After(deadline) {
				t.Fatal("b is never reported as gone")
			}
		}
		if gone := beat("a", time.Hour); len(gone) != 0 {
			t.Errorf("reported as gone a second time: %v", gone)
		}
		if n, err := s.Replicas(ctx, time.Hour); err != nil || n != 1 {
			t.Errorf("%d replicas, %v; want 1", n, err)
		}
	})
}

// TestCursorKey checks that all calls for a connection get the same key, even if
// the first calls are concurrent.
func TestCursorKey(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		if _, err := s.CursorKey(ctx, acme); !errors.Is(err, store.ErrNotFound) {
			t.Fatalf("no such connection: got %v, want ErrNotFound", err)
		}
		for _, c := range []store.ConnectionID{acme, other} {
			write(t, s, func(tx *store.Tx) error {
				return tx.InsertConnection(ctx, store.Connection{ID: c, Name: string(c[:1])})
			})
		}
		keys := make([][]byte, 8)
		var all sync.WaitGroup
		for i := range keys {
			all.Go(func() {
				var err error
				if keys[i], err = s.CursorKey(ctx, acme); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		theirs, err := s.CursorKey(ctx, other)
		if err != nil || len(theirs) != 32 || bytes.Equal(theirs, keys[0]) {
			t.Errorf("got %x, %v for the other connection, %x for this one", theirs, err, keys[0])
		}
		for _, key := range keys {
			if !bytes.Equal(key, keys[0]) || len(key) != 32 {
				t.Errorf("got different keys: %x and %x", key, keys[0])
			}
		}
	})
}

// TestLeftOut checks that the store counts the left-out operations of each
// connection, and keeps the names from the last request.
func TestLeftOut(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		for _, row := range []struct {
			connection store.ConnectionID
			names      []string
		}{{acme, []string{"actve"}}, {other, []string{strings.Repeat("é", 200)}}, {acme, []string{"groups", "name.givneName"}}} {
			write(t, s, func(tx *store.Tx) error { return tx.AddLeftOut(ctx, row.connection, row.names) })
		}
		got, err := s.LeftOut(ctx)
		if err != nil || len(got) != 2 {
			t.Fatalf("got %+v, %v, want two connections", got, err)
		}
		want := []store.LeftOut{{Connection: acme, Operations: 3, Names: "groups, name.givneName"}, {Connection: other, Operations: 1, Names: strings.Repeat("é", 100) + "…"}}
		for i := range got {
			if time.Since(got[i].Last) > time.Minute {
				t.Errorf("the last at %v", got[i].Last)
			}
			got[i].Last = time.Time{}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
