package mapping

import (
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/flexscim/flexscim/flex"
)

// The roles of Flex. The names of Flex Insights' roles begin with "wfo.", and those
// of undocumented roles with "flex.".
// Source: https://www.twilio.com/docs/flex/admin-guide/setup/sso-configuration
const (
	RoleAgent      = "agent"
	RoleSupervisor = "supervisor"
	RoleAdmin      = "admin"
)

var roleName = regexp.MustCompile(`^(agent|supervisor|admin|(wfo|flex)\.[a-z_]+)$`)

// isRole reports whether the name can be that of a role of Flex. It returns false
// for most misspellings.
func isRole(name string) bool { return roleName.MatchString(name) }

// sortRoles returns the roles without duplicates, in Flex's usual order: agent,
// supervisor, admin, then all other roles by name.
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

// rolesOf returns the roles of a person and their source. The result why names this
// source or, if the person gets no role, the reason.
func (r *Rules) rolesOf(user map[string]any) (roles []string, why string, findings []Finding) {
	for _, rule := range r.roles {
		ok, err := rule.when.matches(user)
		if err != nil {
			findings = append(findings, failed(flex.KeyRoles, rule.why, err))
		}
		if ok {
			roles, above := r.withinCeiling(rule)
			return roles, rule.why, append(findings, above...)
		}
	}
	roles, why, above := r.rolesFromIdP(user)
	findings = append(findings, above...)
	if len(roles) > 0 {
		return sortRoles(roles), why, findings
	}
	if r.fallback.reject {
		return nil, r.fallback.why + " rejects people whom no rule matches", findings
	}
	roles, above = r.withinCeiling(r.fallback)
	return roles, r.fallback.why, append(findings, above...)
}

// withinCeiling returns the rule's roles that are within the ceiling, and a finding
// for each role that is above it.
func (r *Rules) withinCeiling(rule roleRule) (roles []string, findings []Finding) {
	for _, role := range sortRoles(rule.set) {
		if slices.Contains(r.ceiling, role) {
			roles = append(roles, role)
			continue
		}
		findings = append(findings, overCeiling(role, rule.why))
	}
	return roles, findings
}

// rolesFromIdP returns the roles that the IdP sends. It uses only the first
// attribute that has a role within the ceiling.
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

// unwrap returns the role in a string that Entra's function
// AppRoleAssignmentsComplex makes. The string is a JSON object with the keys `id`,
// `value` and `displayName`; `value` is the role.
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

// roleValues returns the names of the roles in an attribute, in lower case. It
// accepts every form that IdPs send: a list of strings, a list of objects with the
// key `value`, a list of strings that are JSON objects, or one string with commas.
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
