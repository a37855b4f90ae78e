package main

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"go.uber.org/zap"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/connection"
	"github.com/flexscim/flexscim/internal/mapping"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/scimtest"
)

// governedRules has mapping rules that give roles only to people to whom the IdP
// has assigned a role or an entitlement.
const governedRules = `
mapping:
  ceiling: [agent, supervisor, admin, wfo.team_leader]
  entitlements:
    - {value: quality, display: Quality team}
  roles:
    - when: 'user.entitlements.exists(e, e.value == "quality")'
      set: [agent, wfo.team_leader]
    - default: reject
`

// governed is a site with a client that sends the requests of Okta Identity
// Governance.
type governed struct {
	*testing.T

	okta       scimtest.Okta
	site       *site
	connection store.ConnectionID
}

// TestGovernance checks that Okta can assign a role from the values in /Roles and
// /Entitlements, by PUT or PATCH, and that the user gets exactly this role.
func TestGovernance(t *testing.T) {
	t.Parallel()
	for _, engine := range []store.Engine{store.SQLite, store.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			g := govern(t, storetest.URL(t, engine))
			ann := g.create()
			if got := g.roles(ann); got != nil {
				t.Fatalf("got %v before a role was assigned", got)
			}
			listed := g.list("/Roles", scim.URNRole)
			if len(listed) != 4 {
				t.Fatalf("got %v, want the four roles of the ceiling", listed)
			}
			for _, role := range listed {
				for _, write := range []func(string, map[string]any){g.put, g.patch, g.patchPaths} {
					write(ann, map[string]any{"roles": []any{map[string]any{"value": role["id"], "display": role["displayName"]}}})
					if got := g.roles(ann); !slices.Equal(got, []string{role["id"].(string)}) {
						t.Errorf("%v: got %v", role["id"], got)
					}
					write(ann, map[string]any{"roles": []any{}})
					if got := g.roles(ann); got != nil {
						t.Errorf("without %v: got %v", role["id"], got)
					}
				}
			}
			for _, e := range g.list("/Entitlements", scim.URNEntitlement) {
				g.patch(ann, map[string]any{"entitlements": []any{map[string]any{"value": e["id"], "display": e["displayName"], "type": e["type"]}}})
				if got := g.roles(ann); !slices.Equal(got, []string{"agent", "wfo.team_leader"}) {
					t.Errorf("%v: got %v, want the roles of the rule", e["id"], got)
				}
				g.put(ann, map[string]any{"entitlements": []any{}})
				if got := g.roles(ann); got != nil {
					t.Errorf("without %v: got %v", e["id"], got)
				}
			}
		})
	}
}

func govern(t *testing.T, database string) *governed {
	t.Helper()
	rules := filepath.Join(t.TempDir(), "mapping.yaml")
	if err := os.WriteFile(rules, []byte(governedRules), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newTestSite(t, zap.NewNop(), "FLEXSCIM_DATABASE_URL="+database, "FLEXSCIM_MAPPING_FILE="+rules)
	srv := httptest.NewServer(s.handler())
	t.Cleanup(srv.Close)
	okta := scimtest.Okta{Client: scimtest.Client{URL: srv.URL + "/scim/v2", Token: killToken}}
	for _, path := range []string{"/Roles", "/Entitlements", "/ResourceTypes/Role", "/Schemas/" + scim.URNRole} {
		if a, err := okta.Do(t.Context(), "GET", path, nil); err != nil || a.Status != 404 {
			t.Errorf("%s while entitlements are off: got %d, %v", path, a.Status, err)
		}
	}
	if _, err := s.connections.Change(t.Context(), sandboxConnection, connection.Values{"entitlements": "true"}, "cli"); err != nil {
		t.Fatal(err)
	}
	c, err := s.store.ConnectionByName(t.Context(), sandboxConnection)
	if err != nil {
		t.Fatal(err)
	}
	return &governed{t, okta, s, c.ID}
}

// want returns a function that takes a response and its error. This function fails
// the test if there is an error or if the response has another status.
func (g *governed) want(status int) func(scimtest.Answer, error) scimtest.Answer {
	g.Helper()
	return func(a scimtest.Answer, err error) scimtest.Answer {
		g.Helper()
		if err != nil || a.Status != status {
			g.Fatalf("got %d %s, %v, want %d", a.Status, a.Text, err, status)
		}
		return a
	}
}

// create creates a person. As in Okta's example of a user with roles, externalId is
// a number and name is null.
func (g *governed) create() (id string) {
	g.Helper()
	return g.want(201)(g.okta.Create(g.Context(), "ann@example.com", map[string]any{"externalId": 701984, "name": nil})).ID()
}

// list returns all resources at the endpoint. The test fails if no resource type
// has this endpoint and schema, or if there is no resource.
func (g *governed) list(endpoint, schema string) []map[string]any {
	g.Helper()
	var all []map[string]any
	types := g.want(200)(g.okta.Do(g.Context(), "GET", "/ResourceTypes", nil))
	for _, t := range types.Body["Resources"].([]any) {
		if t := t.(map[string]any); t["schema"] != schema || t["endpoint"] != endpoint {
			continue
		}
		page := g.want(200)(g.okta.Do(g.Context(), "GET", endpoint+"?startIndex=1&count=100", nil))
		for _, r := range page.Body["Resources"].([]any) {
			all = append(all, r.(map[string]any))
		}
	}
	if len(all) == 0 {
		g.Fatalf("%s: got no resource with the schema %s", endpoint, schema)
	}
	return all
}

func (g *governed) put(id string, changes map[string]any) {
	g.Helper()
	g.want(200)(g.okta.Update(g.Context(), id, changes))
}

func (g *governed) patch(id string, changes map[string]any) {
	g.Helper()
	g.want(200)(g.okta.Do(g.Context(), "PATCH", "/Users/"+id, map[string]any{
		"Operations": []any{map[string]any{"op": "replace", "value": changes}}}))
}

// patchPaths makes the same changes as the method patch, but sends one operation
// with a path for each attribute.
func (g *governed) patchPaths(id string, changes map[string]any) {
	g.Helper()
	var ops []any
	for name, value := range changes {
		ops = append(ops, map[string]any{"op": "replace", "path": name, "value": value})
	}
	g.want(200)(g.okta.Do(g.Context(), "PATCH", "/Users/"+id, map[string]any{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"}, "Operations": ops}))
}

// roles returns the roles that the mapping rules give a user.
func (g *governed) roles(id string) []string {
	g.Helper()
	u, err := g.site.store.User(g.Context(), g.connection, scim.ID(id))
	if err != nil {
		g.Fatal(err)
	}
	p, _ := g.site.connections.Policy(g.connection).Rules.Person(mapping.Input{User: u})
	roles, _ := p.Attributes[flex.KeyRoles].([]string)
	return roles
}
