package mapping

import (
	"encoding/json"
	"slices"

	"github.com/flexscim/flexscim/scim"
)

// Input is what is known of a person.
type Input struct {
	User    scim.User
	Deleted bool     // the SCIM resource is gone
	Groups  []string // displayNames, in any order
}

// subject is the variable user of the expressions.
func subject(in Input) map[string]any {
	user := make(map[string]any, len(in.User.Doc)+4) // :: SCIM name → value
	for name, v := range in.User.Doc {
		user[name] = plain(v)
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

// extension is never absent, so that a rule may ask has(user.enterprise.x).
func extension(user map[string]any, urn string) map[string]any {
	if m, ok := user[urn].(map[string]any); ok {
		return m
	}
	return map[string]any{}
}

// plain gives numbers a type that CEL can count with.
func plain(v any) any {
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
			m[name] = plain(item)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = plain(item)
		}
		return list
	}
	return v
}
