package scim

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
)

// Document contains the attributes of a resource in canonical form: names are spelt
// as in the schema, attributes of an extension are under its URN, and values have
// the schema's JSON type (string, bool, json.Number, map[string]any, []any). It
// does not contain id, meta, schemas, a User's groups or a Group's members, which
// are fields of User and Group. It never contains a password.
type Document map[string]any // :: attribute name → value

// UserName returns the userName, or "" if there is none.
func (d Document) UserName() string { return d.Text("userName") }

// ExternalID returns the IdP's own id of the resource, "" for none.
func (d Document) ExternalID() string { return d.Text("externalId") }

// DisplayName returns the displayName, "" for none.
func (d Document) DisplayName() string { return d.Text("displayName") }

// ShownName returns the name by which responses show a user who is a member of a
// group or the manager of another user.
func (d Document) ShownName() string { return cmp.Or(d.DisplayName(), d.UserName()) }

// Active reports whether the person is active. It returns true unless the attribute
// `active` is false.
func (d Document) Active() bool {
	active, ok := d["active"].(bool)
	return active || !ok
}

// Extension returns the attributes under an extension's URN, nil for none. The
// caller must not change them.
func (d Document) Extension(urn string) map[string]any {
	ext, _ := d[urn].(map[string]any)
	return ext
}

// Manager returns the value of the enterprise extension's manager, "" for none.
func (d Document) Manager() string { return d.Text(URNEnterprise, "manager", "value") }

// Text returns the string at a path of canonical names, such as ("name",
// "givenName") or (URNEnterprise, "manager", "value"); "" for none.
func (d Document) Text(path ...string) string {
	var at any = map[string]any(d)
	for _, name := range path {
		object, ok := at.(map[string]any)
		if !ok {
			return ""
		}
		at = object[name]
	}
	text, _ := at.(string)
	return text
}

// Values returns the string values of a multi-valued attribute, the primary value
// first. If an element is an object, its value is the sub-attribute `value`.
func (d Document) Values(attribute string) []string {
	elements, _ := d[attribute].([]any)
	values := make([]string, 0, len(elements))
	for _, e := range elements {
		value, ok := valueOf(e).(string)
		switch {
		case !ok:
		case isPrimary(e) && len(values) > 0:
			values = append([]string{value}, values...)
		default:
			values = append(values, value)
		}
	}
	return values
}

// Clone returns a deep copy.
func (d Document) Clone() Document {
	if d == nil {
		return nil
	}
	clone, _ := cloneValue(map[string]any(d)).(map[string]any)
	return clone
}

func cloneValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		clone := make(map[string]any, len(v))
		for name, x := range v {
			clone[name] = cloneValue(x)
		}
		return clone
	case []any:
		clone := make([]any, len(v))
		for i, x := range v {
			clone[i] = cloneValue(x)
		}
		return clone
	}
	return v
}

// Equal reports whether two canonical documents are equal, including the order of
// values, because IdPs can read this order.
func Equal(a, b Document) bool { return equalMaps(a, b) }

func equalMaps(a, b map[string]any) bool { return maps.EqualFunc(a, b, equalValues) }

func equalValues(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && equalMaps(a, b)
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, equalValues)
	case string, bool, json.Number, nil:
		return a == b
	}
	return false
}
