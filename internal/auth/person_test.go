package auth_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/flexscim/flexscim/internal/auth"
	"github.com/flexscim/flexscim/internal/secret"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/scim"
)

// push creates users with these userNames in the connection okta. If a name begins
// with a dash, the user is inactive.
func push(t *testing.T, s *store.Store, names ...string) map[string]scim.ID {
	t.Helper()
	c, err := s.ConnectionByName(t.Context(), "okta")
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]scim.ID{}
	for _, name := range names {
		name, inactive := strings.CutPrefix(name, "-")
		u := scim.User{ID: scim.NewID(), Doc: scim.Document{"userName": name, "active": !inactive}, Meta: scim.Meta{Version: 1}}
		if err := s.Write(t.Context(), store.AnyKey, func(tx *store.Tx) error { return tx.InsertUser(t.Context(), c.ID, u, store.Why{}) }); err != nil {
			t.Fatal(err)
		}
		ids[name] = u.ID
	}
	return ids
}

// TestPersonIsKnown checks that a token can be created only for an active person of
// an existing connection, and that a refused request stores no token.
func TestPersonIsKnown(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, a *auth.Auth, s *store.Store, _ *clock) {
		ids := push(t, s, "ann@example.com", "-bob@example.com")
		create(t, a, auth.Request{Connection: "entra", Actor: "cli"})
		for _, row := range []struct{ name, connection, person, want string }{ // want "": a token is created
			{"by name", "okta", "ann@example.com", ""},
			{"in any case", "okta", "ANN@example.com", ""},
			{"unknown", "okta", "zoe@example.com", "nobody has the userName or id"},
			{"inactive", "okta", "bob@example.com", "is not active"},
			{"another connection's", "entra", "ann@example.com", "in connection entra"},
			{"another connection's, by id", "entra", string(ids["ann@example.com"]), "in connection entra"},
			{"unknown connection", "none", "ann@example.com", "connection none: not found; `flexscim connection list`"},
			{"blank", "okta", " ", "nobody has"},
		} {
			text, token, err := a.Create(t.Context(), auth.Request{Connection: row.connection, Person: row.person, Actor: "cli"})
			if row.want != "" {
				if err == nil || !strings.Contains(err.Error(), row.want) {
					t.Errorf("%s: got %v, want %q", row.name, err, row.want)
				}
				continue
			}
			if err != nil || token.UserName != "ann@example.com" {
				t.Fatalf("%s: got %+v, %v, want a token for Ann", row.name, token, err)
			}
			p, err := a.Authenticate(t.Context(), "Bearer "+text.Reveal())
			if err != nil || p.Person != ids["ann@example.com"] || p.Connection.Name != "okta" {
				t.Errorf("%s: got %+v, %v, want Ann of okta", row.name, p, err)
			}
		}
		if all, err := s.Connections(t.Context()); err != nil || len(all) != 2 {
			t.Errorf("got %d connections, %v, want no third one", len(all), err)
		}
		c, _ := s.ConnectionByName(t.Context(), "okta")
		list, err := a.List(t.Context(), "okta")
		if err != nil || len(list) != 2 || list[0].UserName != "ann@example.com" {
			t.Fatalf("got %+v, %v, want Ann's two tokens", list, err)
		}
		entries, err := s.AuditEntries(t.Context(), c.ID, list[0].ID, 10)
		if err != nil || len(entries) != 1 || entries[0].Detail["person"] != string(ids["ann@example.com"]) {
			t.Errorf("audit: got %+v, %v, want the person in the entry", entries, err)
		}
	})
}

// TestPeopleCountApart checks that the tokens of people and IdPs are counted and
// replaced separately, and that HasLive and Expiries ignore the tokens of people.
func TestPeopleCountApart(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, a *auth.Auth, s *store.Store, now *clock) {
		push(t, s, "ann@example.com", "bob@example.com")
		ann := auth.Request{Connection: "okta", Person: "ann@example.com", Lifetime: time.Hour, Actor: "cli"}
		bob := auth.Request{Connection: "okta", Person: "bob@example.com", Actor: "cli"}
		idp := auth.Request{Connection: "okta", Actor: "cli"}

		first, _ := create(t, a, ann)
		second, _ := create(t, a, ann)
		if live, err := a.HasLive(t.Context()); live || err != nil {
			t.Errorf("HasLive: got %t, %v, want false because no IdP can push", live, err)
		}
		if got, err := a.Expiries(t.Context()); err != nil || len(got) != 0 {
			t.Errorf("Expiries: got %+v, %v, want none because no IdP's token expires", got, err)
		}
		_, _, err := a.Create(t.Context(), ann)
		if tooMany, ok := errors.AsType[*auth.TooManyError](err); !ok || !strings.Contains(tooMany.Error(), "ann@example.com of connection okta has 2") {
			t.Errorf("a third token for Ann: got %v, want *TooManyError that names her", err)
		}
		bobs, _ := create(t, a, bob)
		create(t, a, idp)
		okta, _ := create(t, a, idp)
		ann.Replace, idp.Replace = true, true
		third, _ := create(t, a, ann)
		wantReason(t, a, first, auth.Revoked)
		wantReason(t, a, second, auth.Revoked)
		wantReason(t, a, okta, "")
		create(t, a, idp)
		wantReason(t, a, okta, auth.Revoked)
		wantReason(t, a, bobs, "")
		wantReason(t, a, third, "")
		if err := ensure(t.Context(), a, s, "okta", "", secret.New(third)); err == nil || !strings.Contains(err.Error(), "belongs to one person") {
			t.Errorf("a person's token as the configured one: got %v, want an error", err)
		}
		now.turn(time.Hour)
		wantReason(t, a, third, auth.Expired)
	})
}

// TestUserInactive checks that a person's token is refused as soon as the person is
// deactivated or deleted, even by a process that has just accepted it. It also
// checks that the list of tokens shows the reason.
func TestUserInactive(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, a *auth.Auth, s *store.Store, _ *clock) {
		id := push(t, s, "ann@example.com")["ann@example.com"]
		text, token := create(t, a, auth.Request{Connection: "okta", Person: "ann@example.com", Actor: "cli"})
		change := func(f func(tx *store.Tx, was store.LockedUser) error) {
			t.Helper()
			err := s.Write(t.Context(), store.AnyKey, func(tx *store.Tx) error {
				was, err := tx.LockUser(t.Context(), token.Connection, id)
				if err != nil {
					return err
				}
				return f(tx, was)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		active := func(is bool) {
			t.Helper()
			change(func(tx *store.Tx, was store.LockedUser) error {
				u := was.User
				u.Doc = scim.Document{"userName": "ann@example.com", "active": is}
				encoded, err := store.EncodeUser(u)
				if err != nil {
					return err
				}
				return tx.UpdateUser(t.Context(), token.Connection, was, encoded, store.Why{})
			})
		}
		wantReason(t, a, text, "")
		active(false)
		wantReason(t, a, text, auth.UserInactive)
		active(true)
		wantReason(t, a, text, "")
		change(func(tx *store.Tx, was store.LockedUser) error {
			return tx.DeleteUser(t.Context(), token.Connection, was, store.Why{})
		})
		wantReason(t, a, text, auth.UserInactive)
		list, err := a.List(t.Context(), "okta")
		if err != nil || len(list) != 1 || list[0].State != "away" || list[0].UserName != "ann@example.com" {
			t.Errorf("got %+v, %v, want Ann's token with the state away", list, err)
		}
		if _, err := a.Revoke(t.Context(), token.ID, "cli"); err != nil {
			t.Fatal(err)
		}
		wantReason(t, a, text, auth.Revoked)
	})
}
