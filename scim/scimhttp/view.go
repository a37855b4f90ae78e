package scimhttp

import (
	"encoding/json"
	"maps"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/flexscim/flexscim/scim"
)

// view is the attributes that an answer shows, in the order in which it shows
// them. The zero node list of a complex attribute means all that is there.
type view []node

// node is one attribute of a view.
type node struct {
	name     string
	key      string // "name": as JSON has it
	returned string // RFC 7643 §7: always, never, default, request
	subs     view
}

// newView is the view of everything that a resource type may show: the
// common attributes, the core schema's, the extensions.
func newView(t *scim.ResourceType) view {
	v := nodes(commonFirst())
	v = append(v, nodes(t.Schema.Attributes)...)
	for _, s := range t.Extensions {
		v = append(v, newNode(s.URN, "", nodes(s.Attributes)))
	}
	return append(v, newNode("meta", "", nodes(metaAttributes())))
}

func commonFirst() []scim.Attribute {
	return []scim.Attribute{{Name: "schemas", Returned: "always"}, {Name: "id", Returned: "always"}, {Name: "externalId"}}
}

func metaAttributes() []scim.Attribute {
	return []scim.Attribute{{Name: "resourceType"}, {Name: "created"}, {Name: "lastModified"}, {Name: "location"}, {Name: "version"}}
}

func nodes(attributes []scim.Attribute) view {
	v := make(view, 0, len(attributes))
	for _, a := range attributes {
		if a.Returned != "never" {
			v = append(v, newNode(a.Name, a.Returned, nodes(a.Sub)))
		}
	}
	return v
}

func newNode(name, returned string, subs view) node {
	return node{name: name, key: string(appendString(nil, name)) + ":", returned: returned, subs: subs}
}

// selection is what the query parameters attributes and excludedAttributes
// ask for (RFC 7644 §3.9), as paths of canonical names.
type selection struct {
	only, without [][]string // :: name, or name and sub-attribute, …
}

// newSelection reads both parameters. Names may be in any letter case and
// stand behind their URN; unknown ones ask for nothing.
func newSelection(t *scim.ResourceType, query url.Values) selection {
	return selection{only: names(t, query["attributes"]), without: names(t, query["excludedAttributes"])}
}

func names(t *scim.ResourceType, lists []string) [][]string {
	var all [][]string
	for _, list := range lists {
		for name := range strings.SplitSeq(list, ",") {
			switch name = strings.TrimSpace(name); {
			case name == "":
			case strings.EqualFold(name, t.Schema.URN):
				for _, a := range t.Schema.Attributes {
					all = append(all, []string{a.Name})
				}
			default:
				all = append(all, canonical(t, withoutFilter(name)))
			}
		}
	}
	return all
}

// withoutFilter drops the value filter that Microsoft's test suite writes
// into attributes: emails[type eq "work"].
func withoutFilter(name string) string {
	open, end := strings.IndexByte(name, '['), strings.LastIndexByte(name, ']')
	if open < 0 || end < open {
		return name
	}
	return name[:open] + name[end+1:]
}

// canonical is the path as a view has it; one that nothing has for an
// unknown name.
func canonical(t *scim.ResourceType, name string) []string {
	p, ok := scim.ParseAttribute(t, name)
	if !ok {
		return []string{""}
	}
	path := make([]string, 0, 3)
	for _, part := range []string{p.URN, p.Attr, p.Sub} {
		if part != "" {
			path = append(path, part)
		}
	}
	return path
}

// isAll says that nothing was asked for: the whole view is meant.
func (s selection) isAll() bool { return len(s.only) == 0 && len(s.without) == 0 }

// selected is the part of a view that a selection asks for.
func (v view) selected(s selection) view {
	if s.isAll() {
		return v
	}
	return v.pick(s.only, s.without, len(s.only) > 0)
}

// pick keeps the nodes that only names (all of them if not limited) and that
// without does not name.
func (v view) pick(only, without [][]string, limited bool) view {
	kept := make(view, 0, len(v))
	for _, n := range v {
		wanted, whole := below(only, n.name)
		hidden, entirely := below(without, n.name)
		switch {
		case n.returned == "always":
		case entirely, limited && !whole && wanted == nil:
			continue
		case len(n.subs) > 0:
			n.subs = n.subs.pick(wanted, hidden, limited && !whole)
		}
		kept = append(kept, n)
	}
	return kept
}

// below is the rest of the paths that start with name; whole says that one of
// them ends there.
func below(paths [][]string, name string) (rest [][]string, whole bool) {
	for _, p := range paths {
		if p[0] != name {
			continue
		}
		if len(p) == 1 {
			whole = true
			continue
		}
		rest = append(rest, p[1:])
	}
	return rest, whole
}

// shows says whether the view has an attribute.
func (v view) shows(name string) bool {
	for _, n := range v {
		if n.name == name {
			return true
		}
	}
	return false
}

// append writes a resource. base is the address of the service.
func (v view) append(b []byte, r resource, base string) []byte {
	b = append(b, '{')
	for _, n := range v {
		var value any
		switch n.name {
		case "meta":
			value = r.metaValue(base)
		case "schemas":
			value = r.schemas()
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

// append writes one attribute and a comma, or nothing where it has no value
// or the view shows none of it.
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

// showsNone says that of a value that has something, an object or a list,
// nothing was written.
func showsNone(b []byte, value any) bool {
	switch value := value.(type) {
	case map[string]any:
		return len(value) > 0 && b[len(b)-2] == '{'
	case []any:
		return len(value) > 0 && b[len(b)-2] == '['
	}
	return false
}

// appendValue writes a value of the schema's JSON types, objects in the
// view's order.
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
	return append(b, "null"...) // no other type is canonical
}

func closeObject(b []byte) []byte { return append(withoutComma(b), '}') }
func closeArray(b []byte) []byte  { return append(withoutComma(b), ']') }

func withoutComma(b []byte) []byte {
	if b[len(b)-1] == ',' {
		return b[:len(b)-1]
	}
	return b
}

// schemas lists the URNs of what the resource has, not of what it could have.
func (r resource) schemas() []any {
	urns := []any{r.types.Schema.URN}
	for _, s := range r.types.Extensions {
		if len(r.doc.Extension(s.URN)) > 0 {
			urns = append(urns, s.URN)
		}
	}
	return urns
}

func (r resource) location(base string) string {
	id := string(r.id)
	if r.grant != nil { // its id is the configuration's
		id = url.PathEscape(id)
	}
	return r.types.Address(base, id)
}

// metaValue is the common attribute meta.
func (r resource) metaValue(base string) map[string]any {
	return map[string]any{
		"resourceType": r.types.Name, "location": r.location(base), "version": r.meta.ETag(),
		"created": r.meta.Created.UTC().Format(time.RFC3339Nano), "lastModified": r.meta.LastModified.UTC().Format(time.RFC3339Nano),
	}
}

// enterpriseValue is the enterprise extension, nil for none, with what is
// known of the manager in the place of what the IdP said: RFC 7643 §4.3 has it
// computed.
func (r resource) enterpriseValue(base string) any {
	extension := r.doc.Extension(scim.URNEnterprise)
	if extension == nil {
		return nil
	}
	if r.manager == nil {
		return extension
	}
	extension = maps.Clone(extension)
	extension["manager"] = map[string]any{
		"value": string(r.manager.ID), "$ref": scim.UserType().Address(base, string(r.manager.ID)), "displayName": r.manager.Display,
	}
	return extension
}

// showsManager says whether the view has of the manager what is computed.
func (v view) showsManager() bool {
	subs := v.below(scim.URNEnterprise).below("manager")
	return subs.shows("$ref") || subs.shows("displayName")
}

// below is the view of a complex attribute, nil where the view has not got it.
func (v view) below(name string) view {
	for _, n := range v {
		if n.name == name {
			return n.subs
		}
	}
	return nil
}

// groupsValue is a User's groups, nil for none.
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

// membersValue is a Group's members. A group without any says so: authentik and
// Okta compare the list (docs/reference/identity-providers.md, row 17).
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

func reference(address string, id scim.ID, display, kind string) map[string]any {
	ref := map[string]any{"value": string(id), "$ref": address + string(id), "type": kind}
	if display != "" {
		ref["display"] = display
	}
	return ref
}
