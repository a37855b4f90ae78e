package mapping

import "github.com/flexscim/flexscim/scim"

// Rules determine the roles and attributes of a person. They never change after
// Parse or Default, so they are safe for concurrent use.
type Rules struct {
	roles      []roleRule
	fallback   roleRule // the default
	ceiling    []string
	attributes []attributeRule // by key

	entitlements []scim.Grant // the entitlements that an IdP may give people

	texts map[string][]string // :: resembling(text) → the texts; they come from expressions that read user.groups
}

// roleRule gives roles to the people that it matches.
type roleRule struct {
	why    string // for flex.Person.Why: "mapping.roles[0] (flex.yaml:3:7)"
	when   *expression
	set    []string
	reject bool // for a default only
}

// attributeRule determines the value of one attribute of the Worker.
type attributeRule struct {
	key   string
	why   string
	value value
}

// value computes the value of an attribute of the Worker.
type value interface {
	eval(user map[string]any) (any, error)
}

// Default returns the rules that apply without configuration. If the IdP sends no
// role for a person, these rules make the person an agent. They map the attributes
// full_name, email, department and manager.
func Default() *Rules {
	return &Rules{
		fallback:   roleRule{why: "the default: nothing else gives a role", set: []string{RoleAgent}},
		ceiling:    []string{RoleAgent, RoleSupervisor},
		attributes: defaultAttributes(),
	}
}

// defaultAttributes returns rules for the attributes of Flex Insights that have a
// counterpart in SCIM's enterprise extension.
// Source: https://www.twilio.com/docs/flex/admin-guide/setup/sso-configuration
func defaultAttributes() []attributeRule {
	return []attributeRule{
		{key: "department", why: "enterprise.department", value: path{"enterprise", "department"}},
		{key: "manager", why: "enterprise.manager.displayName", value: path{"enterprise", "manager", "displayName"}},
	}
}

// A path is a list of nested attribute names. Its value is the value of the last
// attribute. The default rules use paths instead of CEL expressions.
type path []string

func (p path) eval(user map[string]any) (any, error) {
	var v any = user
	for _, name := range p {
		m, ok := v.(map[string]any)
		if !ok {
			return nil, errMissing
		}
		if v, ok = m[name]; !ok {
			return nil, errMissing
		}
	}
	return v, nil
}
