package mapping_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/internal/mapping"
)

// TestParseProblems checks that all problems of an invalid document are
// returned, each with its position.
func TestParseProblems(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		yaml string
		want []string // one for each problem
	}{
		{"not YAML", "mapping: [", []string{"flex.yaml: yaml: line 1: did not find expected node content"}},
		{"not a mapping", "- a", []string{"flex.yaml:1:1: the document must be a mapping of keys to values"}},
		{"unknown key", "mapping:\n  rolls: []", []string{`flex.yaml:2:3: mapping has no key "rolls"; it has roles, ceiling, attributes and entitlements`}},
		{"a key twice", "mapping:\n  ceiling: [agent]\n  ceiling: [admin]", []string{`flex.yaml:3:3: mapping has the key "ceiling" twice`}},
		{"keys that are not supported yet", "mapping:\n  skills: []\n  capacity: {}", []string{
			"flex.yaml:2:3: mapping.skills is not supported yet: leave it out; skills that supervisors give",
			"flex.yaml:3:3: mapping.capacity is not supported yet: leave it out; a Worker's channels keep",
		}},
		{"misspelt roles", "mapping:\n  ceiling: [agent, supervisior]\n  roles:\n    - default: [Agent]", []string{
			`flex.yaml:2:20: mapping.ceiling: "supervisior" is not a role of Flex; roles are agent, supervisor, admin, wfo.… and flex.…`,
			`flex.yaml:4:17: mapping.roles[0].default: "Agent" is not a role of Flex; roles are agent, supervisor, admin, wfo.… and flex.…`,
		}},
		{"an empty ceiling", "mapping: {ceiling: []}", []string{"flex.yaml:1:20: mapping.ceiling must name at least one role"}},
		{"a rule above the default ceiling", "mapping:\n  roles:\n    - {when: 'true', set: [admin]}",
			[]string{"flex.yaml:3:7: mapping.roles[0] gives only roles above mapping.ceiling, so whom it matches would have no Worker: add one of admin to the ceiling"}},
		{"rules above a ceiling that follows", "mapping:\n  roles:\n    - {when: 'true', set: [agent, admin]}\n    - {when: 'false', set: [supervisor, admin]}\n    - default: [supervisor]\n  ceiling: [agent]", []string{
			"flex.yaml:4:7: mapping.roles[1] gives only roles above mapping.ceiling",
			"flex.yaml:5:7: mapping.roles[2] gives only roles above mapping.ceiling, so whom it matches would have no Worker: add one of supervisor to the ceiling",
		}},
		{"a ceiling below the default that nobody wrote", "mapping:\n  ceiling: [supervisor]\n  roles:\n    - {when: 'true', set: [supervisor]}",
			[]string{"flex.yaml:2:12: mapping.ceiling does not list agent, the role of whom no rule matches"}},
		{"a rule after the default", "mapping:\n  roles:\n    - default: reject\n    - {when: 'true', set: [agent]}",
			[]string{"flex.yaml:3:7: mapping.roles[0]: default must be the last rule, nothing after it can match"}},
		{"when without set", "mapping:\n  roles:\n    - when: 'true'",
			[]string{"flex.yaml:3:7: mapping.roles[0] must have when and set, or default alone"}},
		{"default with set", "mapping:\n  roles:\n    - {default: [agent], set: [agent]}",
			[]string{"flex.yaml:3:7: mapping.roles[0] must have when and set, or default alone"}},
		{"two broken expressions", "mapping:\n  roles:\n    - when: 'usr.title == \"x\" &&'\n      set: [agent]\n  attributes:\n    team: 1 +", []string{
			"flex.yaml:3:13: mapping.roles[0].when: at 1:20 of the expression: Syntax error: mismatched input '<EOF>'",
			"flex.yaml:6:11: mapping.attributes.team: at 1:4 of the expression: Syntax error: mismatched input '<EOF>'",
		}},
		{"an unknown variable", "mapping: {attributes: {team: person.team}}",
			[]string{"flex.yaml:1:30: mapping.attributes.team: at 1:1 of the expression: undeclared reference to 'person'"}},
		{"a condition of the wrong type", "mapping:\n  roles:\n    - {when: '1 + 1', set: [agent]}",
			[]string{"flex.yaml:3:14: mapping.roles[0].when: the expression is a int, a condition must be a bool"}},
		{"a value of the wrong type", "mapping: {attributes: {team: '{\"a\": 1}'}}",
			[]string{"flex.yaml:1:30: mapping.attributes.team: the expression is a map(string, int), an attribute must be"}},
		{"keys that rules cannot set", "mapping:\n  attributes:\n    contact_uri: user.id\n    team_sid: user.id\n    flexscim: user.id\n    roles: user.id\n    routing: user.id\n    a.b: user.id", []string{
			"flex.yaml:3:5: mapping.attributes.contact_uri: Flex itself sets this key",
			"flex.yaml:4:5: mapping.attributes.team_sid: Flex itself sets this key",
			"flex.yaml:5:5: mapping.attributes.flexscim: flexscim marks its Workers with this key",
			"flex.yaml:6:5: mapping.attributes.roles: roles come from mapping.roles",
			"flex.yaml:7:5: mapping.attributes.routing: supervisors set skills in Flex",
			"flex.yaml:8:5: mapping.attributes.a.b: a key is 1 to 64 letters, digits and _",
		}},
		{"keys that Flex requires", "mapping:\n  attributes:\n    full_name: null\n    email: ~", []string{
			"flex.yaml:3:5: mapping.attributes.full_name: this attribute cannot be left out, because Flex refuses a login without it",
			"flex.yaml:4:5: mapping.attributes.email: this attribute cannot be left out, because Flex refuses a login without it",
		}},
		{"an error on the third line of an expression", "mapping:\n  roles:\n    - set: [agent]\n      when: |\n        user.active &&\n        user.title == 'x' &&\n        usr.active",
			[]string{"flex.yaml:4:13: mapping.roles[0].when: at 3:1 of the expression: undeclared reference to 'usr'"}},
		{"an expression that is too long", "mapping: {attributes: {team: '" + strings.Repeat("1+", 2100) + "1'}}",
			[]string{"flex.yaml:1:30: mapping.attributes.team: the expression has 4201 characters, the limit is 4096"}},
		{"a bad pattern", "mapping: {attributes: {team: 'user.title.matches(\"(\")'}}",
			[]string{"flex.yaml:1:30: mapping.attributes.team: at 1:20 of the expression: invalid matches argument"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rules, err := mapping.Parse("flex.yaml", []byte(c.yaml))
			if err == nil || rules != nil {
				t.Fatalf("got rules %v and error %v, want an error only", rules, err)
			}
			got := strings.Split(err.Error(), "\n")
			for i, want := range c.want {
				if i >= len(got) || !strings.HasPrefix(got[i], want) {
					t.Errorf("problem %d: got\n%s\nwant it to begin with\n%s", i, err, want)
				}
			}
		})
	}
}

func TestParseLimits(t *testing.T) {
	t.Parallel()
	var rules strings.Builder
	rules.WriteString("mapping:\n  roles:\n")
	for range 1001 {
		rules.WriteString("    - {when: 'true', set: [agent]}\n")
	}
	for name, document := range map[string]string{
		"too many rules": rules.String(),
		"too large":      strings.Repeat("#", 1<<20+1),
	} {
		if _, err := mapping.Parse("flex.yaml", []byte(document)); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

// TestParseKeepsDefaults checks that Parse uses the default of each key that a
// document omits.
func TestParseKeepsDefaults(t *testing.T) {
	t.Parallel()
	for _, document := range []string{"", "# nothing\n", "mapping:\n", "flex: {base_url: x}\nleavers: {drain: 30m}\n"} {
		rules, err := mapping.Parse("flex.yaml", []byte(document))
		if err != nil {
			t.Fatalf("%q: %v", document, err)
		}
		if diff := cmp.Diff([]string{"agent", "supervisor"}, rules.Ceiling()); diff != "" {
			t.Errorf("%q: ceiling (-want +got):\n%s", document, diff)
		}
	}
}

func TestParseFollowsAliases(t *testing.T) {
	t.Parallel()
	document := "x: &lead 'user.title == \"Lead\"'\nmapping:\n  roles:\n    - {when: *lead, set: &s [supervisor]}\n    - default: *s\n"
	if _, err := mapping.Parse("flex.yaml", []byte(document)); err != nil {
		t.Fatal(err)
	}
}

// TestParseDesign checks that the example of ../shared/DESIGN.md is valid,
// except for two parts that are not supported yet.
func TestParseDesign(t *testing.T) {
	t.Parallel()
	const path = "../../../shared/DESIGN.md"
	text, err := os.ReadFile(path)
	if err != nil {
		if strings.Contains(os.Getenv("FLEXSCIM_REQUIRE"), "shared") {
			t.Fatal(err)
		}
		t.Skipf("SKIPPED: %s is not here: the design's example is not checked", path)
	}
	_, rest, _ := strings.Cut(string(text), "```yaml\n")
	document, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("../shared/DESIGN.md has no YAML example any more")
	}
	_, err = mapping.Parse("design.yaml", []byte(document))
	got := strings.Split(fmt.Sprint(err), "\n")
	if len(got) != 2 || !strings.Contains(got[0], "mapping.skills is not supported yet") || !strings.Contains(got[1], "mapping.capacity is not supported yet") {
		t.Errorf("got %v, want two problems: skills and capacity", err)
	}
}
