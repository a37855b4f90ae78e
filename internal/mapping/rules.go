package mapping

import (
	"slices"

	"github.com/flexscim/flexscim/scim"
)

// Rules say which roles and attributes a person gets. They are immutable, and
// safe for use by several goroutines.
type Rules struct {
	roles      []roleRule
	fallback   roleRule // the default
	ceiling    []string
	attributes []attributeRule // by key

	entitlements []scim.Grant // that an IdP may give, for the rules to read
}

// roleRule gives roles to whoever it matches.
type roleRule struct {
	why    string // what the Worker's why says: "mapping.roles[0] (flex.yaml:3:7)"
	when   *expression
	set    []string
	reject bool // only of a default
}

// attributeRule gives one attribute its value.
type attributeRule struct {
	key   string
	why   string
	value value
}

// value is where an attribute's value comes from.
type value interface {
	eval(user map[string]any) (any, error)
}

// Default is what holds where nothing is written: everybody is an agent, and
// full_name, email, department and manager are mapped.
func Default() *Rules {
	return &Rules{
		fallback:   roleRule{why: "the default: nothing else gives a role", set: []string{RoleAgent}},
		ceiling:    []string{RoleAgent, RoleSupervisor},
		attributes: defaultAttributes(),
	}
}

// defaultAttributes are the keys of Flex Insights that SCIM's enterprise
// extension has an answer to.
// Source: https://www.twilio.com/docs/flex/admin-guide/setup/sso-configuration
func defaultAttributes() []attributeRule {
	return []attributeRule{
		{key: "department", why: "enterprise.department", value: path{"enterprise", "department"}},
		{key: "manager", why: "enterprise.manager.displayName", value: path{"enterprise", "manager", "displayName"}},
	}
}

// Ceiling is the roles that may be granted.
func (r *Rules) Ceiling() []string { return slices.Clone(r.ceiling) }

// path is a value by plain look-up, for the defaults.
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
