package scimdoor_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/flexscim/flexscim/internal/connection"
	"github.com/flexscim/flexscim/internal/store"
)

// TestSettingsChange checks that the door creates a connection's handler at the
// first request, and a new handler only when a setting of the connection changes.
// The handlers of other connections must not change.
func TestSettingsChange(t *testing.T) {
	t.Parallel()
	made := map[string]int{} // :: connection → number of handlers created; no mutex, because requests are sequential
	d := newDoor(t, func(c *config) {
		c.SCIM = func(c store.Connection) http.Handler {
			made[c.Name]++
			text := fmt.Sprintf("%s %t %s", c.Name, c.Entitlements, c.GroupPut)
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) })
		}
	})
	connections := connection.New(connection.Config{Store: d.store, OnChange: d.auth.Forget})
	for _, step := range []struct {
		values connection.Values
		want   string
		made   int
	}{
		{connection.Values{"entitlements": "false"}, "okta false auto", 1}, {connection.Values{"entitlements": "true"}, "okta true auto", 2},
		{connection.Values{"entitlements": "true"}, "okta true auto", 2}, {connection.Values{"group_put": "keep"}, "okta true keep", 3},
	} {
		if _, err := connections.Change(t.Context(), "okta", step.values, "cli"); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, got := d.send(t, "GET", "/scim/v2/Roles", bearer(d.okta)); got != step.want {
				t.Errorf("got %q, want %q", got, step.want)
			}
			if _, got := d.send(t, "GET", "/scim/v2/Roles/agent", bearer(d.entra)); got != "entra false auto" {
				t.Errorf("entra: got %q", got)
			}
		}
		if made["okta"] != step.made || made["entra"] != 1 {
			t.Errorf("got %v handlers, want %d for okta and 1 for entra", made, step.made)
		}
	}
}
