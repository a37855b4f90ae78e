package scim

import (
	"encoding/json"
	"maps"
)

// Document is the attributes of a resource in canonical form: names spelt as
// the schema spells them, an extension's attributes under its URN, values of
// the schema's JSON type (string, bool, json.Number, map[string]any, []any).
// It never holds id, meta, schemas, password, a User's groups or a Group's
// members: those have fields of their own, or no place here.
type Document map[string]any // :: attribute name → value

// UserName is the userName, "" for none.
func (d Document) UserName() string { return d.Text("userName") }

// ExternalID is the IdP's own name for the resource, "" for none.
func (d Document) ExternalID() string { return d.Text("externalId") }

// DisplayName is the displayName, "" for none.
func (d Document) DisplayName() string { return d.Text("displayName") }

// Active says whether the person may work. Only an explicit false says no.
func (d Document) Active() bool {
	active, ok := d["active"].(bool)
	return active || !ok
}

// Emails lists the e-mail addresses as given, the primary one first.
func (d Document) Emails() []string { return d.Values("emails") }

// Roles lists the values of the core schema's roles, the primary one first.
func (d Document) Roles() []string { return d.Values("roles") }

// Entitlements lists the values of the core schema's entitlements.
func (d Document) Entitlements() []string { return d.Values("entitlements") }

// Enterprise is the enterprise extension, nil for none. It is the document's
// own: do not change it.
func (d Document) Enterprise() map[string]any { return d.Extension(URNEnterprise) }

// Extension is what the document holds under an extension's URN, nil for
// none. It is the document's own: do not change it.
func (d Document) Extension(urn string) map[string]any {
	ext, _ := d[urn].(map[string]any)
	return ext
}

// Manager is the value of the enterprise extension's manager, "" for none.
func (d Document) Manager() string { return d.Text(URNEnterprise, "manager", "value") }

// Text is the string at a path of canonical names, such as ("name",
// "givenName") or (URNEnterprise, "manager", "value"); "" where there is none.
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

// Values lists the string values of a multi-valued attribute, an object's
// being its value, the primary one first.
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

// Clone is a deep copy.
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

// Equal says that two canonical documents read the same. The order of a
// multi-valued attribute counts: the IdP would see it move.
func Equal(a, b Document) bool { return equalMaps(a, b) }

func equalMaps(a, b map[string]any) bool { return maps.EqualFunc(a, b, equalValues) }

func equalValues(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && equalMaps(a, b)
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !equalValues(a[i], b[i]) {
				return false
			}
		}
		return true
	case string, bool, json.Number, nil:
		return a == b
	}
	return false
}
