package auth_test

import (
	"testing"
	"time"

	"github.com/flexscim/flexscim/internal/auth"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/scim"
)

// TestMayBeValid checks which tokens may be valid: those that Authenticate accepts,
// or accepted a moment ago.
func TestMayBeValid(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, a *auth.Auth, s *store.Store, now *clock) {
		ids := push(t, s, "ann@example.com", "bob@example.com")
		idp, _ := create(t, a, auth.Request{Connection: "okta", Actor: "cli"})
		revoked, gone := create(t, a, auth.Request{Connection: "okta", Actor: "cli"})
		if _, err := a.Revoke(t.Context(), gone.LastFour, "cli"); err != nil {
			t.Fatal(err)
		}
		expired, _ := create(t, a, auth.Request{Connection: "okta", Lifetime: time.Minute, Actor: "cli"})
		ann, _ := create(t, a, auth.Request{Connection: "okta", Person: "ann@example.com", Actor: "cli"})
		bob, _ := create(t, a, auth.Request{Connection: "okta", Person: "bob@example.com", Actor: "cli"})
		deleteUser(t, s, gone.Connection, ids["bob@example.com"])
		now.turn(time.Hour)
		for header, want := range map[string]bool{
			"Bearer " + idp: true, idp: true, "Bearer " + ann: true, "Bearer " + expired: false, "Bearer " + revoked: false,
			"Bearer " + bob: false, "Bearer fscim_guess": false, "": false, "two words": false,
		} {
			if got := a.MayBeValid(t.Context(), header); got != want {
				t.Errorf("%q: got %t, want %t", header, got, want)
			}
		}
		here, _ := create(t, a, auth.Request{Connection: "entra", Actor: "cli"})
		if !a.MayBeValid(t.Context(), here) {
			t.Error("a token that this process has just created: got false, want true")
		}
		another := auth.New(auth.Config{Store: s, Clock: now.Now}) // another process
		t.Cleanup(another.Close)
		there, _ := create(t, another, auth.Request{Connection: "entra", Actor: "cli"})
		if a.MayBeValid(t.Context(), there) {
			t.Error("a token that another process has just created: got true, so it was looked up")
		}
		now.turn(auth.CacheTTL)
		if !a.MayBeValid(t.Context(), there) {
			t.Error("the same token after CacheTTL: got false, want true")
		}
	})
}

func deleteUser(t *testing.T, s *store.Store, c store.ConnectionID, id scim.ID) {
	t.Helper()
	err := s.Write(t.Context(), store.AnyKey, func(tx *store.Tx) error {
		was, err := tx.LockUser(t.Context(), c, id)
		if err != nil {
			return err
		}
		return tx.DeleteUser(t.Context(), c, was, store.Why{})
	})
	if err != nil {
		t.Fatal(err)
	}
}
