package scimhttp

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/url"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/flexscim/flexscim/scim"
)

// view.append appends the JSON of a resource to b. The argument base is the base
// URL.
func (v view) append(b []byte, r resource, base string) []byte {
	b = append(b, '{')
	for _, n := range v {
		var value any
		switch n.name {
		case "meta":
			value = r.metaValue(base)
		case "schemas":
			value = r.types.Schemas(r.doc)
		case "id":
			value = string(r.id)
		case "groups":
			value = r.groupsValue(base)
		case "members":
			value = r.membersValue(base)
		case scim.URNEnterprise:
			value = r.enterpriseValue(base)
		default:
			value = r.doc[n.name]
		}
		b = n.append(b, value)
	}
	return closeObject(b)
}

// node.append appends the JSON of one attribute and a comma to b. If the attribute
// has no value, or if the view contains none of its sub-attributes, the method
// returns b unchanged.
func (n node) append(b []byte, value any) []byte {
	if value == nil {
		return b
	}
	start := len(b)
	b = append(b, n.key...)
	b = n.subs.appendValue(b, value)
	if showsNone(b, value) {
		return b[:start]
	}
	return append(b, ',')
}

// showsNone reports whether b ends in {} or [] although the value is not empty. In
// this case, the view contains none of the sub-attributes of the value.
func showsNone(b []byte, value any) bool {
	switch value := value.(type) {
	case map[string]any:
		return len(value) > 0 && b[len(b)-2] == '{'
	case texts:
		return len(value) > 0 && b[len(b)-2] == '{'
	case []any:
		return len(value) > 0 && b[len(b)-2] == '['
	}
	return false
}

// appendValue appends the JSON of a value to b. The attributes of an object have
// the order of the view.
func (v view) appendValue(b []byte, value any) []byte {
	switch x := value.(type) {
	case string:
		return appendString(b, x)
	case bool:
		return strconv.AppendBool(b, x)
	case json.Number:
		return append(b, x...)
	case map[string]any:
		b = append(b, '{')
		for _, n := range v {
			b = n.append(b, x[n.name])
		}
		return closeObject(b)
	case texts:
		b = append(b, '{')
		for _, n := range v {
			if s := x.get(n.name); s != "" {
				b = append(appendString(append(b, n.key...), s), ',')
			}
		}
		return closeObject(b)
	case []any:
		b = append(b, '[')
		for _, element := range x {
			start := len(b)
			if b = v.appendValue(b, element); showsNone(b, element) {
				b = b[:start]
				continue
			}
			b = append(b, ',')
		}
		return closeArray(b)
	}
	return append(b, "null"...) // a document contains no values of other types
}

// texts is an object that flexscim computes, in which every value is a string. It
// is not a map, because a page of 100 users contains several hundred of these
// objects, and maps cost more.
type texts []struct{ name, value string }

// get returns the value of a name, or "".
func (t texts) get(name string) string {
	for _, member := range t {
		if member.name == name {
			return member.value
		}
	}
	return ""
}

func closeObject(b []byte) []byte { return append(withoutComma(b), '}') }
func closeArray(b []byte) []byte  { return append(withoutComma(b), ']') }

func withoutComma(b []byte) []byte {
	if b[len(b)-1] == ',' {
		return b[:len(b)-1]
	}
	return b
}

func (r resource) location(base string) string {
	id := string(r.id)
	if r.grant != nil { // the configuration defines the id, which can contain any character
		id = url.PathEscape(id)
	}
	return r.types.Address(base, id)
}

// metaValue returns the value of the common attribute `meta`.
func (r resource) metaValue(base string) texts {
	return texts{
		{"resourceType", r.types.Name}, {"location", r.location(base)}, {"version", r.meta.ETag()},
		{"created", r.meta.Created.UTC().Format(time.RFC3339Nano)}, {"lastModified", r.meta.LastModified.UTC().Format(time.RFC3339Nano)},
	}
}

// enterpriseValue returns the enterprise extension, or nil if the document has
// none. If the manager is a known user, enterpriseValue adds the $ref and
// displayName of the manager (RFC 7643 §4.3).
func (r resource) enterpriseValue(base string) any {
	extension := r.doc.Extension(scim.URNEnterprise)
	if extension == nil {
		return nil
	}
	if r.manager == nil {
		return extension
	}
	extension = maps.Clone(extension)
	extension["manager"] = texts{
		{"value", string(r.manager.ID)}, {"$ref", scim.UserType().Address(base, string(r.manager.ID))}, {"displayName", r.manager.Display},
	}
	return extension
}

// groupsValue returns the value of the attribute `groups` of a User. If the user is
// in no group, it returns nil.
func (r resource) groupsValue(base string) any {
	if len(r.groups) == 0 {
		return nil
	}
	groups, address := make([]any, 0, len(r.groups)), scim.GroupType().Address(base, "")
	for _, g := range r.groups {
		groups = append(groups, reference(address, g.ID, g.Display, g.Kind()))
	}
	return groups
}

// membersValue returns the value of the attribute `members` of a Group. If the
// group has no members, it returns an empty list, because authentik and Okta need
// the list to compare it with their own (docs/reference/identity-providers.md, row
// 17).
func (r resource) membersValue(base string) any {
	members := make([]any, 0, len(r.members))
	users, groups := scim.UserType().Address(base, ""), scim.GroupType().Address(base, "")
	for _, m := range r.members {
		address := users
		if m.Group {
			address = groups
		}
		members = append(members, reference(address, m.Value, m.Display, m.Kind()))
	}
	return members
}

func reference(address string, id scim.ID, display, kind string) texts {
	return texts{{"value", string(id)}, {"$ref", address + string(id)}, {"type", kind}, {"display", display}}
}

// appendString appends a JSON string to b, in the form that encoding/json writes
// without HTML escapes. It uses encoding/json only for strings with control
// characters or characters outside ASCII.
func appendString(b []byte, s string) []byte {
	start := len(b)
	b = append(b, '"')
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c >= utf8.RuneSelf {
			return appendEscaped(b[:start], s)
		}
		if c == '"' || c == '\\' {
			b = append(b, '\\')
		}
		b = append(b, c)
	}
	return append(b, '"')
}

func appendEscaped(b []byte, s string) []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return append(b, `""`...) // a string always encodes
	}
	return append(b, bytes.TrimSuffix(out.Bytes(), []byte("\n"))...)
}
