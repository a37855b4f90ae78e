package scim

import "strings"

// Lookup finds an attribute, or its sub-attribute if the argument sub is not empty,
// by names in any letter case. It returns the canonical path and the attribute. The
// core schema's URN may be omitted. If name is empty, Lookup returns the whole
// extension as a complex attribute. It also finds the common attributes id,
// externalId, meta and schemas (RFC 7643 §3.1).
func (t *ResourceType) Lookup(urn, name, sub string) (Path, Attribute, bool) {
	parent, target := t.names().find(urn, name, sub)
	if target == nil {
		return Path{}, Attribute{}, false
	}
	return canonical(parent, target), target.Attribute, true
}

// LookupPath does the same as Lookup for a path without filter: "userName",
// "name.givenName", an extension's URN, or a URN, a colon and a name. URNs contain
// dots and colons, so the last colon ends the URN.
func (t *ResourceType) LookupPath(s string) (Path, Attribute, bool) {
	return t.Lookup(t.names().split(s))
}

// names returns the index of attribute names. If another package created the type,
// each call builds the index, which is slow.
func (t *ResourceType) names() *index {
	if t.index != nil {
		return t.index
	}
	return newIndex(t)
}

// index finds attributes by name, in any letter case.
type index struct {
	core         map[string]*field // :: attribute name in lower case → row
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
	subs      map[string]*field // :: sub-attribute name in lower case → row
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

// collect records the attributes whose elements have a required sub-attribute.
func (x *index) collect(attributes []Attribute, in map[string]*field) {
	for _, a := range attributes {
		if f := byName(in, a.Name); f.required != nil {
			x.withRequired = append(x.withRequired, f)
		}
	}
}

// fields indexes the attributes of a schema. Their full names start with
// prefix.
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

// missingFrom returns the required sub-attribute that an element lacks, nil for
// none.
func (f *field) missingFrom(element any) *field {
	if f.required == nil || element == nil || member(element, f.required.Name) != nil {
		return nil
	}
	return f.required
}

// find returns an attribute as parent, and its sub-attribute as target. If the
// argument sub is empty, it returns the attribute as both. Both are nil if the
// schema has no such name.
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

// target does the same as the method find, for a path in a PATCH or a filter.
// There, an attribute of the enterprise extension needs no URN, because Entra
// writes "manager" (docs/reference/identity-providers.md, row 18).
func (x *index) target(p Path) (parent, target *field) {
	parent, target = x.find(p.URN, p.Attr, p.Sub)
	if target == nil && p.URN == "" {
		return x.find(URNEnterprise, p.Attr, p.Sub)
	}
	return parent, target
}

// split splits a path without filter. If one side of a separator is empty, split
// returns the whole text as the name. No schema has such a name, so "members." does
// not mean the attribute members and cannot empty a group.
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

// byName looks up a name in any letter case.
func byName(in map[string]*field, name string) *field {
	return in[strings.ToLower(name)]
}

// canonical returns the path of a target that the method find returned.
func canonical(parent, target *field) Path {
	p := Path{URN: parent.urn, Attr: parent.attr}
	if target != parent {
		p.Sub = target.Name
	}
	return p
}
