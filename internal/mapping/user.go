package mapping

import (
	"encoding/json"
	"slices"

	"github.com/flexscim/flexscim/scim"
)

// Input is the data in the store from which the rules compute a Worker.
type Input struct {
	User    scim.User
	Deleted bool     // the IdP deleted the SCIM resource
	Groups  []string // displayNames, in any order
}

// userVariable returns the value that the variable `user` has in expressions.
func userVariable(in Input) map[string]any {
	user := make(map[string]any, len(in.User.Doc)+4) // :: SCIM name → value
	for name, v := range in.User.Doc {
		user[name] = convert(v)
	}
	groups := slices.Sorted(slices.Values(in.Groups))
	user["groups"] = slices.Compact(groups)
	user["id"] = string(in.User.ID)
	user["enterprise"] = extension(user, scim.URNEnterprise)
	user["flexscim"] = extension(user, scim.URNFlex)
	if in.User.Manager != nil {
		if manager, ok := extension(user, scim.URNEnterprise)["manager"].(map[string]any); ok {
			manager["displayName"] = in.User.Manager.Display
		}
	}
	return user
}

// extension returns an extension's attributes. If the user does not have the
// extension, it returns an empty map, so that has(user.enterprise.x) works in
// rules.
func extension(user map[string]any, urn string) map[string]any {
	if m, ok := user[urn].(map[string]any); ok {
		return m
	}
	return map[string]any{}
}

// convert replaces each json.Number in v by an int64 or float64, with which CEL can
// calculate.
func convert(v any) any {
	switch v := v.(type) {
	case json.Number:
		if i, err := v.Int64(); err == nil {
			return i
		}
		f, _ := v.Float64()
		return f
	case map[string]any:
		m := make(map[string]any, len(v))
		for name, item := range v {
			m[name] = convert(item)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = convert(item)
		}
		return list
	}
	return v
}
