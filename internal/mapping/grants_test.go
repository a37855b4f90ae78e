package mapping_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/mapping"
	"github.com/flexscim/flexscim/scim"
)

// TestOfferedRoles checks that a person whom the IdP gives a role from Grants gets
// exactly that role, and that other values give no role.
func TestOfferedRoles(t *testing.T) {
	t.Parallel()
	const reject = "\n  roles: [{default: reject}]"
	for _, row := range []struct {
		name, rules string
		want        string // the roles in Grants with their display names
	}{
		{"no rules", "", "agent (Agent), supervisor (Supervisor)"},
		{"agents only", "mapping:\n  ceiling: [agent]" + reject, "agent (Agent)"},
		{"Flex Insights", "mapping:\n  ceiling: [wfo.team_leader, admin, flex.unrestricted, agent]" + reject,
			"agent (Agent), admin (Admin), flex.unrestricted (Flex: unrestricted), wfo.team_leader (Flex Insights: team leader)"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			rules := parse(t, row.rules)
			var got, offered []string
			for _, g := range rules.Grants().Roles {
				offered = append(offered, g.Value)
				got = append(got, fmt.Sprintf("%s (%s)", g.Value, g.Display))
				if g.Description == "" || len(g.Description) > 1000 || g.Type != "" {
					t.Errorf("%s: got the description %q and the type %q", g.Value, g.Description, g.Type)
				}
			}
			if strings.Join(got, ", ") != row.want {
				t.Fatalf("got %s, want %s", strings.Join(got, ", "), row.want)
			}
			for _, role := range []string{"agent", "supervisor", "admin", "wfo.team_leader", "wfo.full_access", "flex.unrestricted"} {
				user := scim.User{Doc: doc(t, `{'userName':'ann','roles':[{'value':'`+role+`','display':'x'}]}`)}
				p, _ := rules.Person(mapping.Input{User: user})
				have, _ := p.Attributes[flex.KeyRoles].([]string)
				switch {
				case slices.Contains(offered, role):
					if !slices.Equal(have, []string{role}) {
						t.Errorf("%s is offered but gives %v", role, have)
					}
				case slices.Contains(have, role):
					t.Errorf("%s is not offered but gives %v", role, have)
				}
			}
		})
	}
}

// TestOfferedEntitlements checks that rules can list entitlements and can read
// the entitlements of a person.
func TestOfferedEntitlements(t *testing.T) {
	t.Parallel()
	rules := parse(t, `
mapping:
  entitlements:
    - value: quality
    - {value: Nord 1, display: North, type: Team, description: " Hamburg and around "}
  roles:
    - {when: 'user.entitlements.exists(e, e.value == "quality")', set: [supervisor]}
  attributes:
    team: user.entitlements.filter(e, e.type == "Team")[0].display
`)
	want := []scim.Grant{
		{Value: "quality", Display: "quality", Type: "Entitlement"},
		{Value: "Nord 1", Display: "North", Type: "Team", Description: "Hamburg and around"},
	}
	if diff := cmp.Diff(want, rules.Grants().Entitlements); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for document, want := range map[string]string{
		`{'userName':'ann','entitlements':[{'value':'quality','display':'quality','type':'Entitlement'}]}`: "[supervisor] <nil>",
		`{'userName':'ann','entitlements':[{'value':'Nord 1','display':'North','type':'Team'}]}`:           "[agent] North",
		`{'userName':'ann'}`: "[agent] <nil>",
	} {
		p, _ := rules.Person(mapping.Input{User: scim.User{Doc: doc(t, document)}})
		if got := fmt.Sprint(p.Attributes[flex.KeyRoles], " ", p.Attributes["team"]); got != want {
			t.Errorf("%s: got %s, want %s", document, got, want)
		}
	}
}

// TestEntitlementProblems checks the error for each mistake in an entitlement, and
// the error's position in the file.
func TestEntitlementProblems(t *testing.T) {
	t.Parallel()
	const reads = "\n  attributes: {team: 'user.entitlements[0].value'}"
	long := strings.Repeat("é", 1000)
	for _, row := range []struct {
		name, entitlements string
		want               []string // one text for each error; empty: the document is valid
	}{
		{"the longest texts", "[{value: " + strings.Repeat("ü", 64) + ", display: " + strings.Repeat("ü", 64) + ", description: " + long + "}]", nil},
		{"too long", "[{value: " + strings.Repeat("ü", 65) + ", display: " + strings.Repeat("ü", 65) + ", description: " + long + "é}]", []string{
			"flex.yaml:2:18: mapping.entitlements: value must be 1 to 64 characters",
			"flex.yaml:2:18: mapping.entitlements: display must be one line of at most 64 characters",
			"flex.yaml:2:18: mapping.entitlements: description must be one line of at most 1000 characters",
		}},
		{"the same value twice", "[{value: one}, {value: ONE}]", []string{`mapping.entitlements has "ONE" twice; case is ignored`}},
		{"the same value with two types", "[{value: one, type: Team}, {value: one}]", []string{`mapping.entitlements has "one" twice`}},
		{"types that differ in case", "[{value: one, type: Team}, {value: two, type: team}]", []string{`has the types "Team" and "team"`}},
		{"a role", "[{value: Supervisor}]", []string{"value is a role; roles within mapping.ceiling are offered"}},
		{"a value with a comma", "[{value: 'x,admin'}]", []string{"value must be 1 to 64 characters without comma"}},
		{"no value", "[{display: x}]", []string{"value must be"}},
		{"a value with a slash", "[{value: a/b}]", []string{"value must be"}},
		{"a path of the SCIM API", "[{value: .search}]", []string{"value must be"}},
		{"a value in JSON", `[{value: '{"value":"admin"}'}]`, []string{"value must be"}},
		{"a type named like a resource type", "[{value: a, type: group}]", []string{"type must be 1 to 32 letters and not the name of another resource"}},
		{"an invalid type", "[{value: a, type: My Team}]", []string{"type must be 1 to 32 letters"}},
		{"an unknown key", "[{value: a, name: b}]", []string{`mapping.entitlements has no key "name"; an entitlement has value, display, description and type`}},
		{"a list as value", "[{value: [a]}]", []string{"value must be a text", "value must be 1 to 64"}},
		{"a string as entitlement", "[a]", []string{"mapping.entitlements must be a mapping of keys to values", "value must be"}},
		{"not a list", "{value: a}", []string{"mapping.entitlements must be a list"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, err := mapping.Parse("flex.yaml", []byte("mapping:\n  entitlements: "+row.entitlements+reads))
			var got []string
			if err != nil {
				got = strings.Split(err.Error(), "\n")
			}
			if len(got) != len(row.want) {
				t.Fatalf("got %d problems, want %d:\n%s", len(got), len(row.want), strings.Join(got, "\n"))
			}
			for i, want := range row.want {
				if !strings.Contains(got[i], want) {
					t.Errorf("got %s, want %s", got[i], want)
				}
			}
		})
	}
	_, err := mapping.Parse("flex.yaml", []byte("mapping:\n  attributes: {team: user.title}\n  entitlements: [{value: a}]"))
	if err == nil || !strings.Contains(err.Error(), "flex.yaml:3:3: mapping.entitlements would do nothing: no rule reads user.entitlements") {
		t.Errorf("got %v, want an error because no rule reads it", err)
	}
}
