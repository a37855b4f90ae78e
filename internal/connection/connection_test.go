package connection_test

import (
	"errors"
	"maps"
	"testing"
	"time"

	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/internal/auth"
	"github.com/flexscim/flexscim/internal/connection"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
)

// TestChange checks that the next request uses the changed settings, and that a wrong
// value changes nothing. It also checks the audit log: each change must have an entry
// with the old and new values, and a call that changes nothing must have none.
func TestChange(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s := open(t)
		a := auth.New(auth.Config{Store: s})
		t.Cleanup(a.Close)
		connections := connection.New(connection.Config{Store: s, OnChange: a.Forget})
		okta, err := connections.Ensure(t.Context(), "okta", "")
		if err != nil || okta.Kind != "other" || okta.GroupPut != "auto" {
			t.Fatalf("got %+v, %v, want a connection of another kind", okta, err)
		}
		text, _, err := a.Create(t.Context(), auth.Request{Connection: "okta", Actor: "cli"})
		if err != nil {
			t.Fatal(err)
		}
		last := okta.Settings
		for _, row := range []struct {
			values connection.Values
			want   store.Settings
			detail map[string]string // detail of the audit entry; nil: there is no entry
		}{
			{connection.Values{"entitlements": "false"}, last, nil},
			{connection.Values{"entitlements": "true"}, store.Settings{Kind: "other", Entitlements: true, GroupPut: "auto"}, map[string]string{"entitlements": `"off" → "on"`}},
			{connection.Values{"entitlements": "on"}, store.Settings{}, nil},
			{connection.Values{"kind": "okta", "group_put": "never"}, store.Settings{}, nil},
			{connection.Values{"colour": "red"}, store.Settings{}, nil},
			{connection.Values{"allowed_domains": "a b@c"}, store.Settings{}, nil},
			{connection.Values{"kind": "entra", "group_put": "clear", "pagination": "false", "allowed_domains": "B.example, a.example", "entitlements": "true"},
				store.Settings{Kind: "entra", Entitlements: true, GroupPut: "clear", HidesPagination: true, AllowedDomains: "a.example b.example"},
				map[string]string{"kind": `"other" → "entra"`, "group_put": `"auto" → "clear"`, "pagination": `"on" → "off"`, "allowed_domains": `"" → "a.example,b.example"`}},
		} {
			changed, err := connections.Change(t.Context(), "okta", row.values, "cli")
			if wrong := row.want == (store.Settings{}); wrong != (err != nil) {
				t.Errorf("%v: got %v", row.values, err)
			} else if !wrong {
				last = row.want
			}
			p, err := a.Authenticate(t.Context(), "Bearer "+text.Reveal())
			if err != nil || p.Connection.Settings != last || (connections.Grants(p.Connection) != nil) != last.Entitlements {
				t.Errorf("%v: got %+v, %v, want %+v", row.values, p, err, last)
			}
			entries, err := s.AuditEntries(t.Context(), okta.ID, string(okta.ID), 1)
			if err != nil {
				t.Fatal(err)
			}
			if row.detail != nil && (changed.Settings != last || len(entries) != 1 || entries[0].Action != audit.ConnectionChanged || entries[0].Actor != "cli" || !maps.Equal(entries[0].Detail, row.detail)) {
				t.Errorf("%v: got %+v, %+v, want the detail %v", row.values, changed, entries, row.detail)
			}
		}
		if entries, err := s.AuditEntries(t.Context(), okta.ID, string(okta.ID), 10); err != nil || len(entries) != 2 {
			t.Errorf("got %d entries, %v, want 2", len(entries), err)
		}
		if _, err := connections.Change(t.Context(), "nobody", connection.Values{"kind": "okta"}, "cli"); !errors.Is(err, store.ErrNotFound) {
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
