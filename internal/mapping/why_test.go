package mapping_test

import (
	"testing"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/mapping"
	"github.com/flexscim/flexscim/scim"
)

// TestWhyNamesGroups checks which groups the source of a role or an attribute names.
func TestWhyNamesGroups(t *testing.T) {
	t.Parallel()
	rules, err := mapping.Parse("m.yaml", []byte(`mapping:
  roles:
    - when: '"Leads" in user.groups || "Chiefs" in user.groups'
      set: [supervisor]
    - when: '"Voice" in user.groups && "Chat" in user.groups'
      set: [admin]
    - when: 'user.userName == "root"'
      set: [admin]
    - when: 'user.groups.exists(g, g.startsWith("Flex "))'
      set: [supervisor]
  ceiling: [agent, supervisor, admin]
  attributes:
    sites: 'user.groups.filter(g, g.startsWith("Site "))'
`))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, user string
		groups     []string
		key, want  string
	}{
		{"one group", "ann", []string{"All", "Leads"}, flex.KeyRoles, `mapping.roles[0] (m.yaml:3:7): group "Leads"`},
		{"one of two is enough", "ann", []string{"Leads", "All", "Chiefs"}, flex.KeyRoles, `mapping.roles[0] (m.yaml:3:7): groups "Leads", "Chiefs"`},
		{"two together", "ann", []string{"Voice", "Chat", "All"}, flex.KeyRoles, `mapping.roles[1] (m.yaml:5:7): groups "Voice", "Chat"`},
		{"a name that the rule does not contain", "ann", []string{"Flex \x1b"}, flex.KeyRoles, `mapping.roles[3] (m.yaml:9:7): group "Flex \x1b"`},
		{"no group", "root", []string{"All"}, flex.KeyRoles, `mapping.roles[2] (m.yaml:7:7)`},
		{"the default", "ann", []string{"All"}, flex.KeyRoles, `the default: nothing else gives a role`},
		{"an attribute", "ann", []string{"Site B", "All", "Site A"}, "sites", `mapping.attributes.sites (m.yaml:13:5): groups "Site B", "Site A"`},
		{"an attribute that no group changes", "ann", []string{"Site B"}, flex.KeyFullName, `userName`},
	} {
		in := mapping.Input{User: scim.User{Doc: scim.Document{"userName": row.user, "active": true}}, Groups: row.groups}
		p, findings := rules.Person(in)
		if got := rules.Why(in, p)[row.key]; got != row.want {
			t.Errorf("%s: got %q, want %q (%v)", row.name, got, row.want, findings)
		}
	}
	if why := rules.Why(mapping.Input{Deleted: true}, flex.Person{}); len(why) != 0 {
		t.Errorf("nobody: got %v", why)
	}
}
