package scim

import "strings"

// Lookup finds an attribute, or with sub a sub-attribute, by names in any
// letter case. It answers the canonical path and the last name's row. The
// core schema's URN may be given or left out; an extension's URN alone names
// the extension as if it were a complex attribute. The common attributes
// id, externalId, meta and schemas (RFC 7643 §3.1) are found too.
func (t *ResourceType) Lookup(urn, name, sub string) (Path, Attribute, bool) {
	parent, target := t.names().find(urn, name, sub)
	if target == nil {
		return Path{}, Attribute{}, false
	}
	return canonical(parent, target), target.Attribute, true
}

// LookupPath is Lookup for a path in one string, without filter: "userName",
// "name.givenName", an extension's URN, or any of them behind a URN and a
// colon. URNs contain dots and colons: the last colon counts.
func (t *ResourceType) LookupPath(s string) (Path, Attribute, bool) {
	return t.Lookup(t.names().split(s))
}

// names is the type's index. A type made elsewhere gets a fresh one with each
// call: right, but slow.
func (t *ResourceType) names() *index {
	if t.index != nil {
		return t.index
	}
	return newIndex(t)
}

// index finds attributes by name. Each name is in its maps twice, as the
// schema spells it and in lower case, so that the usual look-up is one probe.
type index struct {
	core    map[string]*field // :: attribute name → row
	schemas map[string]*field // :: extension's URN → its attributes, as a complex attribute
	urn     string            // of the core schema
	parted  []*field          // multi-valued attributes whose elements lack nothing
}

// field is an Attribute within its schema.
type field struct {
	Attribute

	urn   string            // of the extension, "" for the core schema
	attr  string            // name in the schema, "" for a whole extension
	label string            // full name, for people
	most  int               // characters of a string, 0 for any
	key   string            // sub-attribute that tells elements apart, "" for none
	need  *field            // sub-attribute that each element has, nil for none
	subs  map[string]*field // :: sub-attribute name → row
}

func newIndex(t *ResourceType) *index {
	x := &index{core: fields("", "", t.Schema.Attributes), schemas: map[string]*field{}, urn: t.Schema.URN}
	for name, f := range fields("", "", commonAttributes()) {
		x.core[name] = f
	}
	if f := x.core["userName"]; f != nil {
		f.most = maxUserName
	}
	if f := x.core["displayName"]; f != nil && f.Required {
		f.most = maxGroupName
	}
	x.collect(t.Schema.Attributes, x.core)
	for _, s := range t.Extensions {
		f := &field{
			Attribute: Attribute{Name: s.URN, Type: TypeComplex, Sub: s.Attributes, Description: s.Description},
			urn:       s.URN, label: s.URN,
			subs: fields(s.URN, s.URN+":", s.Attributes),
		}
		x.schemas[s.URN], x.schemas[strings.ToLower(s.URN)] = f, f
		x.collect(s.Attributes, f.subs)
	}
	return x
}

// collect notes the attributes whose elements need something.
func (x *index) collect(attributes []Attribute, in map[string]*field) {
	for _, a := range attributes {
		if f := in[a.Name]; f.need != nil {
			x.parted = append(x.parted, f)
		}
	}
}

// fields indexes the attributes of a schema whose full names start with
// prefix.
func fields(urn, prefix string, attributes []Attribute) map[string]*field {
	all := make(map[string]*field, 2*len(attributes))
	for _, a := range attributes {
		f := &field{Attribute: a, urn: urn, attr: a.Name, label: prefix + a.Name}
		f.subs = fields(urn, f.label+".", a.Sub)
		for _, sub := range f.subs {
			sub.attr = a.Name
			if sub.Name == "value" || sub.Required {
				f.key = sub.Name
			}
			if sub.Required && a.Multi {
				f.need = sub
			}
		}
		all[a.Name], all[strings.ToLower(a.Name)] = f, f
	}
	return all
}

// lacks is what an element needs and has not, nil for nothing.
func (f *field) lacks(element any) *field {
	if f.need == nil || element == nil || member(element, f.need.Name) != nil {
		return nil
	}
	return f.need
}

// find answers the attribute and the row that is meant, which is the same one
// where sub is empty; nil where there is none.
func (x *index) find(urn, name, sub string) (parent, target *field) {
	in := x.core
	if urn != "" && !strings.EqualFold(urn, x.urn) {
		extension := byName(x.schemas, urn)
		if extension == nil && sub != "" { // a dot behind the URN, as Entra's jobs of 2018 write it
			extension = byName(x.schemas, urn+":"+name)
			name, sub, _ = strings.Cut(sub, ".")
		}
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

// target is what a PATCH means by a path: an attribute of the enterprise
// extension may stand without its URN, as Entra writes manager
// (docs/reference/identity-providers.md, row 18).
func (x *index) target(p Path) (parent, target *field) {
	parent, target = x.find(p.URN, p.Attr, p.Sub)
	if target == nil && p.URN == "" {
		return x.find(URNEnterprise, p.Attr, p.Sub)
	}
	return parent, target
}

// split takes a path without filter apart. Where a separator has nothing on one
// side, all of it is the name, which no schema has: members. is not members,
// and must not empty a group.
func (x *index) split(s string) (urn, name, sub string) {
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

// byName looks a name up in any letter case.
func byName(in map[string]*field, name string) *field {
	if f, ok := in[name]; ok {
		return f
	}
	return in[strings.ToLower(name)]
}

// canonical is the path of a row in the index of names.
func canonical(parent, target *field) Path {
	p := Path{URN: parent.urn, Attr: parent.attr}
	if target != parent {
		p.Sub = target.Name
	}
	return p
}
