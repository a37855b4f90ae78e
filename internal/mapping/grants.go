package mapping

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/flexscim/flexscim/scim"
)

// Grants returns the roles and entitlements that an IdP may give people: the roles
// within the ceiling, and the entitlements listed in the rules.
func (r *Rules) Grants() scim.Grants {
	o := scim.Grants{Entitlements: slices.Clone(r.entitlements)}
	for _, role := range r.ceiling {
		o.Roles = append(o.Roles, roleGrant(role))
	}
	return o
}

// roleGrant describes a role. Roles of Flex Insights have an effect only for
// people who are also supervisor or admin.
// Source: https://www.twilio.com/docs/flex/admin-guide/setup/sso-configuration/insights-user-roles
func roleGrant(role string) scim.Grant {
	g := scim.Grant{Value: role}
	switch role {
	case RoleAgent:
		g.Display, g.Description = "Agent", "Takes calls, chats and other tasks in Twilio Flex."
	case RoleSupervisor:
		g.Display, g.Description = "Supervisor", "Follows the work of agents in Twilio Flex and changes their skills."
	case RoleAdmin:
		g.Display, g.Description = "Admin", "Administers Twilio Flex."
	default:
		family, name, _ := strings.Cut(role, ".")
		product, condition := "Flex", ""
		if family == "wfo" {
			product, condition = "Flex Insights", ", for people who are also supervisor or admin"
		}
		g.Display = product + ": " + strings.ReplaceAll(name, "_", " ")
		g.Description = "The role " + role + " of " + product + condition + "."
	}
	return g
}

// The maximum lengths of an entitlement's texts, in characters. The maximum for a
// description is the one that Okta accepts (docs/reference/identity-providers.md
// §1.5).
const (
	maxValue       = 64 // of a value, and of a display name
	maxDescription = 1000
)

// grants parses the list of entitlements that the IdP may give people.
func (p *parser) grants(n *yaml.Node) {
	items, _ := p.list(n, "mapping.entitlements")
	values, types := map[string]bool{}, map[string]string{} // :: result of scim.Fold for the value; :: result of scim.Fold for the type → type
	for _, item := range items {
		g := p.entitlement(item)
		if value := scim.Fold(g.Value); values[value] {
			p.problem(item, "mapping.entitlements has %q twice; case is ignored", g.Value)
		} else {
			values[value] = true
		}
		if first, known := types[scim.Fold(g.Type)]; known && first != g.Type {
			p.problem(item, "mapping.entitlements has the types %q and %q; write one of them", first, g.Type)
		}
		types[scim.Fold(g.Type)] = g.Type
		p.rules.entitlements = append(p.rules.entitlements, g)
	}
}

func (p *parser) entitlement(n *yaml.Node) scim.Grant {
	const where = "mapping.entitlements"
	g := scim.Grant{Type: scim.EntitlementType}
	p.object(n, where, func(key, v *yaml.Node) {
		switch key.Value {
		case "value":
			g.Value = v.Value
		case "display":
			g.Display = v.Value
		case "description":
			g.Description = strings.TrimSpace(v.Value)
		case "type":
			g.Type = v.Value
		default:
			p.problem(key, "%s has no key %q; an entitlement has value, display, description and type", where, key.Value)
		}
		if v.Kind != yaml.ScalarNode {
			p.problem(v, "%s: %s must be a text", where, key.Value)
		}
	})
	if g.Display == "" {
		g.Display = g.Value
	}
	for _, problem := range []string{valueProblem(g.Value), textProblem("display", g.Display, maxValue),
		textProblem("description", g.Description, maxDescription), typeProblem(g.Type)} {
		if problem != "" {
			p.problem(n, "%s: %s", where, problem)
		}
	}
	return g
}

// valueProblem returns the reason why an entitlement cannot have the value, or ""
// if it can. The value is used as an id in URLs. A value with a comma would be
// parsed as a list of roles.
func valueProblem(value string) string {
	first, _ := utf8.DecodeRuneInString(value)
	switch {
	case value == "" || utf8.RuneCountInString(value) > maxValue || !unicode.IsLetter(first) && !unicode.IsDigit(first),
		strings.ContainsAny(value, `,/\`), strings.ContainsFunc(value, unicode.IsControl), strings.TrimSpace(value) != value:
		return "value must be 1 to 64 characters without comma, slash and backslash, and begin with a letter or a digit"
	case isRole(strings.ToLower(value)):
		return "value is a role; roles within mapping.ceiling are offered without an entry here"
	}
	return ""
}

func textProblem(name, text string, most int) string {
	if utf8.RuneCountInString(text) > most || strings.ContainsFunc(text, unicode.IsControl) {
		return fmt.Sprintf("%s must be one line of at most %d characters", name, most)
	}
	return ""
}

func typeProblem(name string) string {
	if !scim.IsEntitlementType(name) {
		return "type must be 1 to 32 letters and not the name of another resource; leave it out for " + scim.EntitlementType
	}
	return ""
}
