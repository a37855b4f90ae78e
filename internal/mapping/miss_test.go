package mapping_test

import (
	"testing"

	"github.com/flexscim/flexscim/internal/mapping"
)

// TestMissed checks which displayNames of groups resemble, but do not equal, a text
// of the rules.
func TestMissed(t *testing.T) {
	t.Parallel()
	rules, err := mapping.Parse("rules.yaml", []byte(`
mapping:
  roles:
    - when: '"Flex Supervisors" in user.groups || user.groups.exists(g, g.startsWith("Skill: "))'
      set: [supervisor]
    - when: 'user.groups.exists(g, g == "Leads" || g == "LEADS")'
      set: [supervisor]
    - when: 'user.title == "Boss"'
      set: [supervisor]
    - default: [agent]
  attributes:
    team: 'user.groups.exists(g, g == "Team A") ? "a" : ""'
`))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Flex Supervisors": "", "Flex Supervisors ": "Flex Supervisors", " flex supervisors": "Flex Supervisors", "Flex\u00a0Supervisors": "Flex Supervisors",
		"Flex\u200bSupervisors": "Flex Supervisors", "FlexSupervisors": "Flex Supervisors", "Flex  Supervisors\n": "Flex Supervisors", "Flex Supervisor": "",
		"Leads": "", "LEADS": "", "leads": "Leads", "Skill:": "Skill: ", "Skill: Billing": "", "Team A\t": "Team A", "boss": "", "Boss ": "", "": "", " ": "", "a ": "a",
	} {
		if got := rules.Missed(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
	if got := mapping.Default().Missed("agent "); got != "" {
		t.Errorf("the default rules: got %q", got)
	}
}
