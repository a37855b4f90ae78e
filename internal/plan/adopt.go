package plan

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/flexscim/flexscim/flex"
)

// Foreign is the reason to report a Worker that has a person's name but is not ours.
const Foreign = "a Worker of this name exists that flexscim neither made nor adopted; `flexscim plan --all --flex-adopt-exact` shows whom adoption would take"

// These are the reasons not to adopt a Worker although adoption is on.
const (
	inexact    = "a Worker exists whose name is not exactly the userName, but differs in case or in letters that look alike; rename it in Flex, or delete it there"
	admins     = "the Worker of this name has the role admin, and the rules do not give the person this role; it is not adopted; take the role away in Flex, or give it by a rule"
	unreadable = "the roles of the Worker of this name cannot be read; it is not adopted; correct the attribute roles in Flex"
)

// admin is Flex's role for administrators.
const admin = "admin"

// adopt returns the steps for a Worker that the person may adopt. A Worker with the
// role admin is adopted only for a person who gets this role: otherwise, anybody
// who can give a person the Worker's name could take the role away or delete the
// Worker.
func adopt(w Want, h Have) []Step {
	steps := change(w, h, Adopt)
	if steps[0].Verb == Report {
		return steps
	}
	isAdmin := func(role string) bool { return strings.EqualFold(role, admin) }
	switch roles, ok := RolesOf(h.Worker.Attributes); {
	case !ok:
		return report(h, unreadable)
	case slices.ContainsFunc(roles, isAdmin) && !slices.Contains(w.Person.Roles(), admin):
		return report(h, admins)
	}
	return steps
}

// RolesOf returns the roles in a Worker's attributes. Some programs write a text
// with commas instead of a list. If the roles are neither a list nor a text, the
// result ok is false, and the only role in the result is their JSON.
func RolesOf(attributes string) (roles []string, ok bool) {
	var keys map[string]json.RawMessage // :: attribute key → value; a struct would ignore the case of keys
	if attributes != "" && json.Unmarshal([]byte(attributes), &keys) != nil {
		return nil, false
	}
	raw := keys[flex.KeyRoles]
	if raw == nil || json.Unmarshal(raw, &roles) == nil {
		return roles, true
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return []string{string(raw)}, false
	}
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }), true
}
