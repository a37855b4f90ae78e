package scim

import "strings"

// Lookup finds an attribute by its URN and name. If sub is not empty, Lookup finds
// the sub-attribute of this name in the attribute. The letter case of all three
// names is ignored. Lookup returns the path in the spelling of the schema, and the
// attribute. The URN of the core schema may be omitted. If name is empty, Lookup
// returns the whole extension as a complex attribute. Lookup also finds the common
// attributes id, externalId, meta and schemas (RFC 7643 §3.1).
func (t *ResourceType) Lookup(urn, name, sub string) (Path, Attribute, bool) {
	parent, target := t.names().find(urn, name, sub)
	if target == nil {
		return Path{}, Attribute{}, false
	}
	return canonical(parent, target), target.Attribute, true
}

// LookupPath splits a path without filter and calls Lookup. Valid paths are
// "userName", "name.givenName", the URN of an extension, and a URN followed by a
// colon and a name. A URN contains dots and colons, so it ends at the last colon.
func (t *ResourceType) LookupPath(s string) (Path, Attribute, bool) {
	return t.Lookup(t.names().split(s))
}

// Knows reports whether an object of the type can contain an attribute under this
// name. ParseDocument drops all other attributes.
func (t *ResourceType) Knows(name string) bool {
	x := t.names()
	urn, attr, sub := x.split(name)
	_, target := x.target(Path{URN: urn, Attr: attr, Sub: sub})
	return target != nil
}

// IsExtension reports whether a name is the URN of an extension of the type.
func (t *ResourceType) IsExtension(name string) bool { return byName(t.names().schemas, name) != nil }

// names returns the index of attribute names. If another package created the
// ResourceType, each call builds the index again, which is slow.
func (t *ResourceType) names() *index {
	if t.index != nil {
		return t.index
	}
	return newIndex(t)
}

// index maps the names of attributes to their definitions. It ignores the letter
// case of a name.
type index struct {
	core         map[string]*field // :: attribute name in lower case → its definition
	schemas      map[string]*field // :: extension's URN in lower case → its attributes, as a complex attribute
	urn          string            // of the core schema
	withRequired []*field          // multi-valued attributes whose elements have a required sub-attribute
}

// field is an Attribute with its position in a schema.
type field struct {
	Attribute

	urn       string            // URN of the extension, "" for the core schema
	attr      string            // name in the schema, "" for a whole extension
	label     string            // full name, for errors
	maxLength int               // maximum number of characters of a string, 0 for no limit
	key       string            // sub-attribute that identifies an element, "" for none
	required  *field            // sub-attribute that each element must have, nil for none
	subs      map[string]*field // :: sub-attribute name in lower case → its definition
}

func newIndex(t *ResourceType) *index {
	x := &index{core: fields("", "", t.Schema.Attributes), schemas: map[string]*field{}, urn: t.Schema.URN}
	for name, f := range fields("", "", commonAttributes()) {
		x.core[name] = f
	}
	if f := byName(x.core, "userName"); f != nil {
		f.maxLength = maxUserName
	}
	if f := byName(x.core, "displayName"); f != nil && f.Required {
		f.maxLength = maxGroupName
	}
	x.collect(t.Schema.Attributes, x.core)
	for _, s := range t.Extensions {
		f := &field{
			Attribute: Attribute{Name: s.URN, Type: TypeComplex, Sub: s.Attributes, Description: s.Description},
			urn:       s.URN, label: s.URN,
			subs: fields(s.URN, s.URN+":", s.Attributes),
		}
		x.schemas[strings.ToLower(s.URN)] = f
		x.collect(s.Attributes, f.subs)
	}
	return x
}

// collect appends to the field withRequired each multi-valued attribute whose
// elements have a required sub-attribute.
func (x *index) collect(attributes []Attribute, in map[string]*field) {
	for _, a := range attributes {
		if f := byName(in, a.Name); f.required != nil {
			x.withRequired = append(x.withRequired, f)
		}
	}
}

// fields returns a map from the names of a schema's attributes, in lower case, to
// their definitions. The label of each attribute starts with prefix.
func fields(urn, prefix string, attributes []Attribute) map[string]*field {
	all := make(map[string]*field, len(attributes))
	for _, a := range attributes {
		f := &field{Attribute: a, urn: urn, attr: a.Name, label: prefix + a.Name}
		f.subs = fields(urn, f.label+".", a.Sub)
		for _, sub := range f.subs {
			sub.attr = a.Name
			if sub.Name == "value" || sub.Required {
				f.key = sub.Name
			}
			if sub.Required && a.Multi {
				f.required = sub
			}
		}
		all[strings.ToLower(a.Name)] = f
	}
	return all
}

// missingFrom returns the required sub-attribute if the element lacks it, otherwise
// nil.
func (f *field) missingFrom(element any) *field {
	if f.required == nil || element == nil || member(element, f.required.Name) != nil {
		return nil
	}
	return f.required
}

// find returns an attribute as parent, and its sub-attribute as target. If the
// argument sub is empty, parent and target are both the attribute. If the schema
// has no such attribute or sub-attribute, target is nil.
func (x *index) find(urn, name, sub string) (parent, target *field) {
	in := x.core
	if urn != "" && !strings.EqualFold(urn, x.urn) {
		extension := byName(x.schemas, urn)
		if extension == nil || name == "" {
			return extension, extension
		}
		in = extension.subs
	}
	parent = byName(in, name)
	if parent == nil || sub == "" {
		return parent, parent
	}
	return parent, byName(parent.subs, sub)
}

// index.target calls index.find with a path that a PATCH or a filter contains. In
// these paths, the URN of the enterprise extension may be omitted, because Entra
// writes "manager" without the URN (docs/reference/identity-providers.md, row 18).
func (x *index) target(p Path) (parent, target *field) {
	parent, target = x.find(p.URN, p.Attr, p.Sub)
	if target == nil && p.URN == "" {
		return x.find(URNEnterprise, p.Attr, p.Sub)
	}
	return parent, target
}

// split splits a path without filter into URN, name and sub-attribute. If the text
// on one side of a colon or dot is empty, split returns the whole path as the name.
// No schema has an attribute of that name. So the path "members." does not mean the
// attribute members, and a PATCH with this path cannot empty a group.
func (x *index) split(s string) (urn, name, sub string) {
	s = withColon(s)
	rest, colon := s, strings.LastIndexByte(s, ':')
	if colon >= 0 {
		if byName(x.schemas, s) != nil {
			return s, "", ""
		}
		urn, rest = s[:colon], s[colon+1:]
	}
	name, sub, dotted := strings.Cut(rest, ".")
	if colon == 0 || name == "" || dotted && sub == "" {
		return "", s, ""
	}
	return urn, name, sub
}

// byName returns the entry of a map for a name in any letter case.
func byName(in map[string]*field, name string) *field {
	return in[strings.ToLower(name)]
}

// canonical returns the path to the results of index.find, in the spelling of the
// schema.
func canonical(parent, target *field) Path {
	p := Path{URN: parent.urn, Attr: parent.attr}
	if target != parent {
		p.Sub = target.Name
	}
	return p
}
