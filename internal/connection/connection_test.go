package connection_test

import (
	"errors"
	"testing"
	"time"

	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/internal/auth"
	"github.com/flexscim/flexscim/internal/connection"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
)

// TestSetEntitlements checks that the next request uses the changed setting, and
// that the audit log has an entry for each change but none for a call that changes
// nothing.
func TestSetEntitlements(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s := open(t)
		a := auth.New(auth.Config{Store: s})
		t.Cleanup(a.Close)
		connections := connection.New(connection.Config{Store: s, OnChange: a.Forget})
		okta, err := connections.Ensure(t.Context(), "okta", "")
		if err != nil || okta.Kind != "other" {
			t.Fatalf("got %+v, %v, want a connection of another kind", okta, err)
		}
		text, _, err := a.Create(t.Context(), auth.Request{Connection: "okta", Actor: "cli"})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []bool{false, true, true, false} {
			if err := connections.SetEntitlements(t.Context(), "okta", want, "cli"); err != nil {
				t.Fatal(err)
			}
			p, err := a.Authenticate(t.Context(), "Bearer "+text.Reveal())
			if err != nil || p.Connection.Entitlements != want || (connections.Grants(p.Connection) != nil) != want {
				t.Errorf("got %+v, %v, want entitlements %t", p, err, want)
			}
		}
		entries, err := s.AuditEntries(t.Context(), okta.ID, string(okta.ID), 10)
		if err != nil || len(entries) != 2 || entries[0].Action != audit.EntitlementsOff || entries[1].Action != audit.EntitlementsOn || entries[0].Actor != "cli" {
			t.Errorf("audit: got %+v, %v, want it switched on and off by cli", entries, err)
		}
		if err := connections.SetEntitlements(t.Context(), "nobody", true, "cli"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("got %v, want ErrNotFound", err)
		}
	})
}

// TestPolicy checks that every connection has the policy of the configuration.
func TestPolicy(t *testing.T) {
	t.Parallel()
	connections := connection.New(connection.Config{Policy: connection.Policy{Drain: time.Minute, AdoptExact: true, Rate: 25, Body: 1 << 20}})
	for _, id := range []store.ConnectionID{"okta", "entra"} {
		got := connections.Policy(id)
		if got.Rules == nil || got.Drain != time.Minute || !got.AdoptExact || got.Rate != 25 || got.Body != 1<<20 {
			t.Errorf("%s: got %+v, want the configured policy with the default rules", id, got)
		}
	}
}
