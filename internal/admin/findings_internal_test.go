package admin

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/flexscim/flexscim/internal/mapping"
	"github.com/flexscim/flexscim/internal/metrics"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
	"github.com/flexscim/flexscim/scim"
)

// TestMissedGroups checks the metric and the log for a group whose name resembles a
// name in the rules. The group must be logged once, and again only if the rules
// have stopped missing it and then miss it again.
func TestMissedGroups(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		core, logs := observer.New(zap.WarnLevel)
		rules, err := mapping.Parse("rules.yaml", []byte("mapping: {roles: [{when: '\"Flex Supervisors\" in user.groups', set: [supervisor]}]}"))
		if err != nil {
			t.Fatal(err)
		}
		m := Monitor{Store: s, Metrics: metrics.New("v1"), Log: zap.New(core), Rules: func(store.ConnectionID) *mapping.Rules { return rules }}
		group := scim.Group{ID: scim.NewID(), Doc: scim.Document{"displayName": "Flex Supervisors "}, Meta: scim.Meta{Version: 1}}
		other := scim.Group{ID: scim.NewID(), Doc: scim.Document{"displayName": "Care "}, Meta: scim.Meta{Version: 1}}
		write := func(fn func(tx *store.Tx) error) {
			t.Helper()
			if err := s.Write(ctx, store.AnyKey, fn); err != nil {
				t.Fatal(err)
			}
		}
		write(func(tx *store.Tx) error {
			if err := tx.InsertConnection(ctx, store.Connection{ID: "c", Name: "okta"}); err != nil {
				return err
			}
			if err := tx.InsertGroup(ctx, "c", other); err != nil {
				return err
			}
			return tx.InsertGroup(ctx, "c", group)
		})
		rename := func(name string) {
			group.Doc = scim.Document{"displayName": name}
			write(func(tx *store.Tx) error { return tx.UpdateGroup(ctx, "c", group) })
		}
		var logged map[missedGroup]bool
		check := func(lines int, metric bool) {
			t.Helper()
			logged = m.warnOfMissedGroups(ctx, logged)
			w := httptest.NewRecorder()
			m.Metrics.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
			if got := strings.Contains(w.Body.String(), `flexscim_missed_groups{connection="okta"} 1`); got != metric {
				t.Errorf("got the metric: %t, want %t", got, metric)
			}
			all := logs.TakeAll()
			if len(all) != lines {
				t.Fatalf("got %d lines %v, want %d", len(all), all, lines)
			}
			for _, line := range all {
				if fields := line.ContextMap(); fields["connection"] != "okta" || fields["group_id"] != string(group.ID) || !strings.Contains(fields["reason"].(string), `"Flex Supervisors "`) {
					t.Errorf("got %v", fields)
				}
			}
		}
		check(1, true)
		check(0, true)
		rename("Flex Supervisors")
		check(0, false)
		rename("Flex Supervisors ")
		check(1, true)
	})
}
