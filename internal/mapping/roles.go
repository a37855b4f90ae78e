package mapping

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

// The roles of Flex. Those of Flex Insights begin with wfo., undocumented
// ones with flex.
// Source: https://www.twilio.com/docs/flex/admin-guide/setup/sso-configuration
const (
	RoleAgent      = "agent"
	RoleSupervisor = "supervisor"
	RoleAdmin      = "admin"
)

// isRole reports whether name can be a role of Flex. It catches misspellings.
func isRole(name string) bool {
	switch name {
	case RoleAgent, RoleSupervisor, RoleAdmin:
		return true
	}
	rest, ok := strings.CutPrefix(name, "wfo.")
	if !ok {
		rest, ok = strings.CutPrefix(name, "flex.")
	}
	return ok && rest != "" && !strings.ContainsFunc(rest, func(c rune) bool {
		return c != '_' && (c < 'a' || c > 'z')
	})
}

// sortRoles returns the roles without duplicates, in Flex's usual order: agent,
// supervisor, admin, then the others by name.
func sortRoles(roles []string) []string {
	sorted := slices.Clone(roles)
	slices.SortFunc(sorted, func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a, b))
	})
	return slices.Compact(sorted)
}

func rank(role string) int {
	if i := slices.Index([]string{RoleAgent, RoleSupervisor, RoleAdmin}, role); i >= 0 {
		return i
	}
	return 3
}

// rolesFromIdP returns the roles that the IdP sends, from the first attribute
// that has one within the ceiling.
func (r *Rules) rolesFromIdP(user map[string]any) (roles []string, why string, findings []Finding) {
	places := []struct {
		why    string
		values []string
	}{
		{"flexscim.roles", roleValues(user, "flexscim", "roles")},
		{"roles", roleValues(user, "roles")},
		{"entitlements", roleValues(user, "entitlements")},
	}
	for _, p := range places {
		for _, v := range p.values {
			switch {
			case slices.Contains(r.ceiling, v):
				roles = append(roles, v)
			case isRole(v):
				findings = append(findings, overCeiling(v, p.why))
			}
		}
		if len(roles) > 0 {
			return roles, "the IdP's " + p.why, findings
		}
	}
	return nil, "", findings
}

// unwrap returns the role that Entra's AppRoleAssignmentsComplex wraps into a
// string: JSON of an object with id, value and displayName.
// Source: https://learn.microsoft.com/en-us/entra/identity/app-provisioning/customize-application-attributes
func unwrap(s string) (name string, ok bool) {
	var role struct {
		Value string `json:"value"`
	}
	if !strings.HasPrefix(strings.TrimSpace(s), "{") || json.Unmarshal([]byte(s), &role) != nil {
		return "", false
	}
	return role.Value, true
}

// roleValues returns role names from every form that IdPs send: a list of
// strings, of objects with a value or of JSON in strings, or one string with
// commas.
func roleValues(user map[string]any, at ...string) []string {
	v, err := path(at).eval(user)
	if err != nil {
		return nil
	}
	items, ok := v.([]any)
	if !ok {
		items = []any{v}
	}
	var names []string
	for _, item := range items {
		if m, ok := item.(map[string]any); ok {
			item = m["value"]
		}
		if s, ok := item.(string); ok {
			if inner, ok := unwrap(s); ok {
				s = inner
			}
			for name := range strings.SplitSeq(s, ",") {
				names = append(names, strings.ToLower(strings.TrimSpace(name)))
			}
		}
	}
	return names
}
