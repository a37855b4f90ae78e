package scimdoor_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/flexscim/flexscim/internal/connection"
	"github.com/flexscim/flexscim/internal/store"
)

// TestEntitlementsChange checks that the door creates a connection's handler at the
// first request, and a new handler only when the connection's entitlements are
// switched on or off. The handlers of other connections must not change.
func TestEntitlementsChange(t *testing.T) {
	t.Parallel()
	made := map[string]int{} // :: connection → number of handlers created; no mutex, because requests are sequential
	d := newDoor(t, func(c *config) {
		c.SCIM = func(c store.Connection) http.Handler {
			made[c.Name]++
			text := fmt.Sprintf("%s %t", c.Name, c.Entitlements)
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) })
		}
	})
	connections := connection.New(connection.Config{Store: d.store, OnChange: d.auth.Forget})
	for _, step := range []struct {
		on   bool
		want string
		made int
	}{{false, "okta false", 1}, {true, "okta true", 2}, {true, "okta true", 2}, {false, "okta false", 3}} {
		if err := connections.SetEntitlements(t.Context(), "okta", step.on, "cli"); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, got := d.send(t, "GET", "/scim/v2/Roles", bearer(d.okta)); got != step.want {
				t.Errorf("got %q, want %q", got, step.want)
			}
			if _, got := d.send(t, "GET", "/scim/v2/Roles/agent", bearer(d.entra)); got != "entra false" {
				t.Errorf("entra: got %q", got)
			}
		}
		if made["okta"] != step.made || made["entra"] != 1 {
			t.Errorf("got %v handlers, want %d for okta and 1 for entra", made, step.made)
		}
	}
}
