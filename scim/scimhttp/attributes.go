package scimhttp

import (
	"net/url"
	"slices"
	"strings"

	"github.com/flexscim/flexscim/scim"
)

// view lists the attributes that a response contains, in the order of the response.
type view []node

// node is one attribute of a view.
type node struct {
	name     string
	key      string // the name as a key in JSON: `"name":`
	returned string // RFC 7643 §7: always, never, default, request
	subs     view
}

// newView returns the view with all attributes of a resource type: the common
// ones, those of the core schema, and the extensions.
func newView(t *scim.ResourceType) view {
	v := nodes([]scim.Attribute{{Name: "schemas", Returned: "always"}, {Name: "id", Returned: "always"}, {Name: "externalId"}})
	v = append(v, nodes(t.Schema.Attributes)...)
	for _, s := range t.Extensions {
		v = append(v, newNode(s.URN, "", nodes(s.Attributes)))
	}
	meta := []scim.Attribute{{Name: "resourceType"}, {Name: "created"}, {Name: "lastModified"}, {Name: "location"}, {Name: "version"}}
	return append(v, newNode("meta", "", nodes(meta)))
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

// selection is the parsed values of the parameters `attributes` and
// `excludedAttributes` (RFC 7644 §3.9). Each value is a path of names in the
// spelling of the schema.
type selection struct {
	only, without [][]string // a path: the URN of an extension if any, the name, the sub-attribute if any
}

// newSelection parses both parameters. The letter case of the names is ignored, and
// their URN may be omitted. An unknown name selects no attribute.
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

// withoutFilter removes the value filter that Microsoft's test suite writes into
// the parameter `attributes`: emails[type eq "work"].
func withoutFilter(name string) string {
	open, end := strings.IndexByte(name, '['), strings.LastIndexByte(name, ']')
	if open < 0 || end < open {
		return name
	}
	return name[:open] + name[end+1:]
}

// canonical returns the path to the attribute with this name, in the spelling of
// the schema. If the name is unknown, it returns a path that selects no attribute.
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

// isAll reports whether both parameters, `attributes` and `excludedAttributes`, are
// empty.
func (s selection) isAll() bool { return len(s.only) == 0 && len(s.without) == 0 }

// selected returns the attributes of a view that a selection requests.
func (v view) selected(s selection) view {
	if s.isAll() {
		return v
	}
	return v.pick(s.only, s.without, len(s.only) > 0)
}

// pick returns the nodes whose paths are in the list `only` and not in the list
// `without`. If limited is false, pick ignores the list `only`. A node that RFC
// 7643 always returns is always in the result.
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

// below finds the paths that start with name, and returns the rest of each path.
// whole is true if one of the paths is the name alone.
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

// shows reports whether the view has an attribute.
func (v view) shows(name string) bool {
	return slices.ContainsFunc(v, func(n node) bool { return n.name == name })
}

// showsManager reports whether the view has an attribute of the manager that the
// server computes: `$ref` or `displayName`.
func (v view) showsManager() bool {
	subs := v.below(scim.URNEnterprise).below("manager")
	return subs.shows("$ref") || subs.shows("displayName")
}

// view.below returns the sub-attributes of a complex attribute. If the view does
// not have the attribute, the method returns nil.
func (v view) below(name string) view {
	for _, n := range v {
		if n.name == name {
			return n.subs
		}
	}
	return nil
}
