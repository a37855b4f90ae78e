package mapping_test

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/mapping"
	"github.com/flexscim/flexscim/scim"
)

// sandboxRules are rules that several tests use.
const sandboxRules = `
mapping:
  roles:
    - when: '"Flex Admins" in user.groups'
      set: [admin, supervisor]
    - when: '"Flex Supervisors" in user.groups'
      set: [supervisor]
    - when: 'user.title.startsWith("Team Lead")'
      set: [supervisor, agent]
    - when: 'user.enterprise.costCenter == "9" && user.emails[0].type == "work"'
      set: [supervisor]
    - default: [agent]
`

func parse(t *testing.T, document string) *mapping.Rules {
	t.Helper()
	rules, err := mapping.Parse("flex.yaml", []byte(document))
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// doc parses a SCIM document as the store does.
func doc(t *testing.T, text string) scim.Document {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(strings.ReplaceAll(text, "'", `"`)))
	dec.UseNumber()
	var d scim.Document
	if err := dec.Decode(&d); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestRoles checks the precedence of the rules, the IdP's roles and the default
// rule, and that no role above the ceiling is given.
func TestRoles(t *testing.T) {
	t.Parallel()
	const urn = `'urn:ietf:params:scim:schemas:extension:flexscim:2.0:User'`
	const reject = "mapping:\n  roles:\n    - {when: '\"In\" in user.groups', set: [agent]}\n    - default: reject\n"
	const open = "mapping: {ceiling: [agent, supervisor, admin, wfo.full_access]}"
	for _, c := range []struct {
		name   string
		rules  string
		user   string
		groups []string
		want   []string // nil: no Worker
		why    string
	}{
		{"no rules, no attributes", "", `{}`, nil, []string{"agent"}, "the default: nothing else gives a role"},
		{"no group", sandboxRules, `{}`, nil, []string{"agent"}, "mapping.roles[4] (flex.yaml:12:7)"},
		{"a group", sandboxRules, `{}`, []string{"All", "Flex Supervisors"}, []string{"supervisor"}, "mapping.roles[1] (flex.yaml:6:7)"},
		{"group names are case-sensitive", sandboxRules, `{}`, []string{"flex supervisors"}, []string{"agent"}, "mapping.roles[4] (flex.yaml:12:7)"},
		{"two rules match: the first wins, a role above the ceiling is left out", sandboxRules, `{}`, []string{"Flex Supervisors", "Flex Admins"}, []string{"supervisor"}, "mapping.roles[0] (flex.yaml:4:7)"},
		{"a title; roles in Flex's order", sandboxRules, `{'title':'Team Lead North'}`, nil, []string{"agent", "supervisor"}, "mapping.roles[2] (flex.yaml:8:7)"},
		{"an extension and a list", sandboxRules, `{'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User':{'costCenter':'9'},'emails':[{'value':'a@b.c','type':'work'}]}`, nil, []string{"supervisor"}, "mapping.roles[3] (flex.yaml:10:7)"},
		{"an empty list is a missing value", sandboxRules, `{'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User':{'costCenter':'9'},'emails':[]}`, nil, []string{"agent"}, "mapping.roles[4] (flex.yaml:12:7)"},
		{"the IdP sends a role", "", `{'roles':[{'value':'Supervisor','primary':true,'type':'WindowsAzureActiveDirectoryRole'}]}`, nil, []string{"supervisor"}, "the IdP's roles"},
		{"the IdP sends values that are no roles", "", `{'roles':[{'value':'User'},{'value':'msiam_access'}]}`, nil, []string{"agent"}, "the default: nothing else gives a role"},
		{"the IdP sends admin, above the ceiling", "", `{'roles':[{'value':'admin'}]}`, nil, []string{"agent"}, "the default: nothing else gives a role"},
		{"the IdP sends admin, within the ceiling", open, `{'roles':[{'value':'wfo.full_access'},{'value':'admin'}]}`, nil, []string{"admin", "wfo.full_access"}, "the IdP's roles"},
		{"entitlements", "", `{'entitlements':[{'value':'supervisor','type':'flex'}]}`, nil, []string{"supervisor"}, "the IdP's entitlements"},
		{"Entra wraps the role: JSON in a string", "", `{'roles':[{'value':'{\"id\":\"7\",\"value\":\"Supervisor\",\"displayName\":\"Flex, S\"}'}]}`, nil, []string{"supervisor"}, "the IdP's roles"},
		{"a wrapped role above the ceiling", "", `{'roles':[{'value':'{\"value\":\"admin\"}'}]}`, nil, []string{"agent"}, "the default: nothing else gives a role"},
		{"entitlements as a list of texts", "", `{'entitlements':['supervisor','x']}`, nil, []string{"supervisor"}, "the IdP's entitlements"},
		{"entitlements count if the roles have no role of Flex", "", `{'roles':[{'value':'User'}],'entitlements':[{'value':'supervisor'}]}`, nil, []string{"supervisor"}, "the IdP's entitlements"},
		{"our extension takes precedence over roles", "", `{'roles':[{'value':'agent'}],` + urn + `:{'roles':['supervisor']}}`, nil, []string{"supervisor"}, "the IdP's flexscim.roles"},
		{"our extension as one text", "", `{` + urn + `:{'roles':'supervisor, agent'}}`, nil, []string{"agent", "supervisor"}, "the IdP's flexscim.roles"},
		{"a rule takes precedence over the IdP's value", sandboxRules, `{'roles':[{'value':'agent'}]}`, []string{"Flex Supervisors"}, []string{"supervisor"}, "mapping.roles[1] (flex.yaml:6:7)"},
		{"the IdP's value takes precedence over the default", reject, `{'roles':[{'value':'agent'}]}`, nil, []string{"agent"}, "the IdP's roles"},
		{"default: reject", reject, `{}`, nil, nil, "no role: mapping.roles[1] (flex.yaml:4:7) rejects people whom no rule matches"},
		{"a part is left under the ceiling", "mapping: {roles: [{when: 'true', set: [admin, agent]}]}", `{}`, nil, []string{"agent"}, "mapping.roles[0] (flex.yaml:1:19)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := doc(t, c.user)
			d["userName"] = "ann"
			got, findings := parse(t, c.rules).Person(mapping.Input{User: scim.User{Doc: d}, Groups: c.groups})
			if diff := cmp.Diff(c.want, got.Roles()); diff != "" {
				t.Errorf("roles (-want +got):\n%s", diff)
			}
			why := got.Why[flex.KeyRoles]
			if c.want == nil {
				why = findings[len(findings)-1].Text
			}
			if why != c.why {
				t.Errorf("why: got %q, want %q", why, c.why)
			}
		})
	}
}

// TestKnownManager checks that the Worker's attribute `manager` is the manager's
// current name if the manager is a user, and the name that the IdP sent if not.
func TestKnownManager(t *testing.T) {
	t.Parallel()
	const urn = `'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'`
	u := scim.User{Doc: doc(t, `{'userName':'ann',`+urn+`:{'manager':{'value':'m1','displayName':'As sent'}}}`)}
	for want, manager := range map[string]*scim.UserRef{"As sent": nil, "Of today": {ID: "m1", Display: "Of today"}} {
		u.Manager = manager
		p, _ := parse(t, sandboxRules).Person(mapping.Input{User: u})
		if got := p.Attributes["manager"]; got != want {
			t.Errorf("got the manager %v, want %s", got, want)
		}
	}
	if got := u.Doc.Text(scim.URNEnterprise, "manager", "displayName"); got != "As sent" {
		t.Errorf("the document changed: %q", got)
	}
}

// TestNobody checks which people get no Worker, and the reasons.
func TestNobody(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		in   mapping.Input
		want string
	}{
		{"deactivated", mapping.Input{User: scim.User{Doc: scim.Document{"userName": "ann", "active": false}}}, "the IdP deactivated the person"},
		{"deleted", mapping.Input{User: scim.User{Doc: scim.Document{"userName": "ann", "active": true}}, Deleted: true}, "the IdP deleted the person"},
		{"without a name", mapping.Input{}, "the person has no userName"},
	} {
		got, findings := mapping.Default().Person(c.in)
		if !got.IsNobody() {
			t.Errorf("%s: got %v, want nobody", c.name, got)
		}
		want := []mapping.Finding{{Level: mapping.Reject, Text: c.want}}
		if diff := cmp.Diff(want, findings); diff != "" {
			t.Errorf("%s: findings (-want +got):\n%s", c.name, diff)
		}
	}
}

// TestAttributes checks the value of each attribute and the source of the value.
func TestAttributes(t *testing.T) {
	t.Parallel()
	const rules = `
mapping:
  attributes:
    manager: null
    department: user.enterprise.department.upperAscii()
    phone: user.phoneNumbers.filter(p, p.type == "work")[0].value
    seats: user.seats
    ratio: user.ratio
    langs: '[user.locale, "en"]'
    vip: user.groups.exists(g, g.startsWith("VIP"))
    full_name: user.name.formatted
`
	const enterprise = `'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'`
	for _, c := range []struct {
		name  string
		rules string
		user  string
		want  map[string]any
		why   map[string]string
	}{
		{
			"everything by default", "",
			`{'userName':'ann@x.org','displayName':'Ann V','emails':[{'value':'h@x.org','type':'home'},{'value':'p@x.org','primary':true}],` + enterprise + `:{'department':'Sales','manager':{'displayName':'Bo'}}}`,
			map[string]any{"roles": []string{"agent"}, "full_name": "Ann V", "email": "p@x.org", "department": "Sales", "manager": "Bo"},
			map[string]string{"full_name": "displayName", "email": "the primary of emails", "department": "enterprise.department", "manager": "enterprise.manager.displayName"},
		},
		{
			"only a userName", "", `{'userName':'ann@x.org'}`,
			map[string]any{"roles": []string{"agent"}, "full_name": "ann@x.org", "email": "ann@x.org"},
			map[string]string{"full_name": "userName", "email": "userName"},
		},
		{
			"no address at all", "", `{'userName':'ann','name':{'givenName':'Ann','familyName':'Veal'}}`,
			map[string]any{"roles": []string{"agent"}, "full_name": "Ann Veal"},
			map[string]string{"full_name": "name.givenName and name.familyName"},
		},
		{
			"work takes precedence over the first, empty is absent", "",
			`{'userName':'ann','name':{'formatted':'Dr. Ann'},'emails':[{'value':'h@x.org'},{'value':''},{'value':'w@x.org','type':'work'}],` + enterprise + `:{'department':''}}`,
			map[string]any{"roles": []string{"agent"}, "full_name": "Dr. Ann", "email": "w@x.org"},
			map[string]string{"full_name": "name.formatted", "email": "emails of type work"},
		},
		{
			"own rules", rules,
			`{'userName':'ann','locale':'de','seats':3,'ratio':1.5,'name':{'formatted':'A'},'displayName':'B','phoneNumbers':[{'type':'home','value':'1'},{'type':'work','value':'2'}],` + enterprise + `:{'department':'sales','manager':{'displayName':'Bo'}}}`,
			map[string]any{"roles": []string{"agent"}, "full_name": "A", "department": "SALES", "phone": "2", "seats": int64(3), "ratio": 1.5, "langs": []any{"de", "en"}, "vip": false},
			map[string]string{"full_name": "mapping.attributes.full_name (flex.yaml:11:5)", "department": "mapping.attributes.department (flex.yaml:5:5)"},
		},
		{
			"rules that read missing attributes", rules, `{'userName':'ann'}`,
			map[string]any{"roles": []string{"agent"}, "full_name": "ann", "vip": false},
			map[string]string{"full_name": "userName"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, _ := parse(t, c.rules).Person(mapping.Input{User: scim.User{Doc: doc(t, c.user)}})
			if diff := cmp.Diff(c.want, got.Attributes); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
			for key, want := range c.why {
				if got.Why[key] != want {
					t.Errorf("why of %s: got %q, want %q", key, got.Why[key], want)
				}
			}
			if len(got.Why) != len(got.Attributes) {
				t.Errorf("got %d reasons for %d attributes", len(got.Why), len(got.Attributes))
			}
		})
	}
}

// TestFailures checks rules that can be parsed but not evaluated. Such a rule must
// have no effect, and a finding must report the rule without quoting a value of the
// person's attributes.
func TestFailures(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, rules, key, want string }{
		{"a condition of another type", "mapping: {roles: [{when: user.title, set: [supervisor]}]}", "roles", "the value is a string, not a bool"},
		{"no such function for the value", "mapping: {roles: [{when: 'user.title > 3', set: [supervisor]}]}", "roles", "no such overload"},
		{"division by zero", "mapping: {attributes: {x: '1 / user.zero'}}", "x", "division by zero"},
		{"a map as value", "mapping: {attributes: {x: user.name}}", "x", "the value is a map"},
		{"a list of maps", "mapping: {attributes: {x: user.emails}}", "x", "the list holds a"},
		{"too costly", "mapping: {attributes: {x: 'user.l.all(a, user.l.all(b, user.l.all(c, a + b + c != d)))'}}", "x", "cost limit"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rules := strings.ReplaceAll(c.rules, "!= d", "!= user.secret")
			d := doc(t, `{'userName':'ann@x','title':'Top Secret','zero':0,'secret':-1,'name':{'formatted':'Top Secret'},'emails':[{'value':'Top Secret'}]}`)
			list := make([]any, 300)
			for i := range list {
				list[i] = json.Number("1")
			}
			d["l"] = list
			got, findings := parse(t, rules).Person(mapping.Input{User: scim.User{Doc: d}})
			if len(findings) != 1 && c.name != "a list of maps" || findings[0].Key != c.key || !strings.Contains(findings[0].Text, c.want) {
				t.Errorf("got findings %v, want one about %s with %q", findings, c.key, c.want)
			}
			if got.IsNobody() || got.Roles()[0] != "agent" || got.Attributes["x"] != nil {
				t.Errorf("got %v, want an agent without x", got)
			}
			if strings.Contains(findings[0].Text, "Top Secret") {
				t.Errorf("the finding reveals a value: %s", findings[0].Text)
			}
		})
	}
}

// TestNeverAdmin checks with random users and rules that nobody gets admin or
// another role above the ceiling, and that without rules everybody has a role.
func TestNeverAdmin(t *testing.T) {
	t.Parallel()
	ceilings := map[string][]string{"": {"agent", "supervisor"}, "  ceiling: [agent]\n": {"agent"}, "  ceiling: [supervisor, wfo.full_access]\n": {"supervisor", "wfo.full_access"}}
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"admin", "Admin", " ADMIN ", "agent", "supervisor,admin", `{"value":"admin"}`, "wfo.full_access", "flex.admin", "", "x"})
		value := rapid.OneOf(
			rapid.Map(name, func(s string) any { return s }),
			rapid.Map(name, func(s string) any { return map[string]any{"value": s, "primary": true} }))
		list := rapid.Map(rapid.SliceOfN(value, 0, 3), func(l []any) any { return l })
		d := scim.Document{"userName": "ann", "roles": list.Draw(t, "roles"), "entitlements": list.Draw(t, "entitlements"),
			scim.URNFlex: map[string]any{"roles": rapid.OneOf(list, value).Draw(t, "extension")}}
		ceiling := rapid.SampledFrom(slices.Sorted(maps.Keys(ceilings))).Draw(t, "ceiling")
		rule := rapid.SampledFrom([]string{"", "  roles: [{when: 'true', set: [admin, agent]}]\n", "  roles: [{default: [admin, supervisor]}]\n"}).Draw(t, "rule")
		rules, err := mapping.Parse("flex.yaml", []byte("mapping:\n"+ceiling+rule))
		if err != nil {
			if !strings.Contains(err.Error(), "mapping.ceiling") {
				t.Error(err)
			}
			return
		}
		got, _ := rules.Person(mapping.Input{User: scim.User{Doc: d}})
		for _, role := range got.Roles() {
			if !slices.Contains(ceilings[ceiling], role) {
				t.Errorf("got the role %s, the ceiling is %v", role, ceilings[ceiling])
			}
		}
		if ceiling == "" && rule == "" && got.IsNobody() {
			t.Error("got nobody, want everybody to have a role without rules")
		}
	})
}

// TestGroupOrderNeverMatters checks that the result of Person does not depend on
// the order of the person's groups.
func TestGroupOrderNeverMatters(t *testing.T) {
	t.Parallel()
	rules := parse(t, sandboxRules+"  attributes:\n    first: user.groups[0]\n    all: user.groups\n")
	rapid.Check(t, func(t *rapid.T) {
		groups := rapid.SliceOfN(rapid.SampledFrom([]string{"Flex Admins", "Flex Supervisors", "All", "Ünï", ""}), 1, 6).Draw(t, "groups")
		seed := rapid.Uint64().Draw(t, "seed")
		in := mapping.Input{User: scim.User{Doc: scim.Document{"userName": "ann"}}, Groups: groups}
		want, wantFindings := rules.Person(in)
		shuffled := append([]string{}, groups...)
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		in.Groups = shuffled
		got, findings := rules.Person(in)
		if diff := cmp.Diff(want, got) + cmp.Diff(wantFindings, findings); diff != "" {
			t.Errorf("the order of groups matters (-want +got):\n%s", diff)
		}
	})
}

// FuzzParse looks for a document on which the parser panics.
func FuzzParse(f *testing.F) {
	f.Add([]byte(sandboxRules))
	f.Add([]byte("mapping: &a {attributes: *a}"))
	f.Add([]byte("mapping: {roles: [{default: reject}]}"))
	f.Fuzz(func(t *testing.T, document []byte) {
		rules, err := mapping.Parse("f", document)
		if (rules == nil) != (err != nil) {
			t.Fatalf("got rules %v and error %v", rules, err)
		}
		if rules != nil {
			rules.Person(mapping.Input{User: scim.User{Doc: scim.Document{"userName": "ann"}}})
		}
	})
}
