package scim

import (
	"slices"
	"strings"

	"github.com/flexscim/flexscim/scim/refusal"
)

// Path is the path to an attribute, in the form urn:attr[filter].sub. An Op has a
// Path.
type Path struct {
	URN    string // URN of the extension, "" for the core schema
	Attr   string
	Filter Filter // nil: none
	Sub    string
}

// IsZero reports whether the path is empty.
func (p Path) IsZero() bool { return p.URN == "" && p.Attr == "" && p.Filter == nil && p.Sub == "" }

// IsAddress reports whether the path names meta.location or a $ref. A directory
// cannot return these URLs, because it does not know the base URL. Package scimhttp
// adds them to the response.
func (p Path) IsAddress() bool {
	return p.Attr == "meta" && p.Sub == "location" || (p.Attr == "groups" || p.Attr == "members") && p.Sub == "$ref"
}

// short returns the same text as Path.label, but shortens long names.
func (p Path) short() string {
	p.Attr, p.Sub = clip(p.Attr), clip(p.Sub)
	return p.label()
}

// label returns the path without its filter. Error texts contain this label.
func (p Path) label() string {
	label := p.Attr
	if p.URN != "" {
		label = strings.TrimSuffix(p.URN+":"+label, ":")
	}
	if p.Sub != "" {
		label += "." + p.Sub
	}
	return label
}

// ParsePath parses the path of a PATCH operation on a resource of type t (RFC 7644
// §3.5.2). If the text is blank or the URN of the core schema, it means the whole
// resource, and ParsePath returns the zero Path. If the text names an attribute of
// a schema that is not ours, the returned Path has only a URN, and Apply ignores an
// operation with this Path (docs/reference/identity-providers.md, row 26). The
// error is an *Error with status 400 and scimType invalidPath. If the attribute is
// unknown, ParsePath returns the Path together with the error. With any other
// error, it returns the zero Path.
func ParsePath(t *ResourceType, text string, limits FilterLimits) (Path, error) {
	if text = strings.TrimSpace(text); text == "" || strings.EqualFold(text, t.Schema.URN) {
		return Path{}, nil
	}
	if path, _, ok := t.LookupPath(text); ok {
		return path, nil
	}
	p := parser{in: text, limits: limits, scimType: refusal.InvalidPath}
	if err := p.check(); err != nil {
		return Path{}, err
	}
	foreign := foreignName(t, text)
	if foreign == text {
		return Path{URN: foreign}, nil
	}
	p.pos = strings.LastIndexByte(foreign, ':') + 1
	path, err := p.path()
	if err != nil {
		return Path{}, err
	}
	if foreign != "" {
		return Path{URN: foreign}, nil
	}
	return resolver{types: t, scimType: refusal.InvalidPath}.path(path)
}

// ParseAttribute parses a path without filter, which a request has in a parameter
// such as sortBy. If the path names an attribute of the enterprise extension, the
// URN may be omitted.
func ParseAttribute(t *ResourceType, name string) (Path, bool) {
	path, _, ok := t.LookupPath(name)
	if !ok {
		path, _, ok = t.LookupPath(URNEnterprise + ":" + name)
	}
	return path, ok
}

// foreignName looks at the part of a path before its value filter. If this part
// names an attribute of a schema that t does not have, foreignName returns the
// part, otherwise "". Administrators of Okta and Entra choose URNs that the grammar
// does not allow (urn:okta:my_app:1.0:user:custom). An attribute with such a URN is
// ignored like any other unknown attribute, because an error would refuse all
// operations of the PATCH.
func foreignName(t *ResourceType, path string) string {
	name, _, _ := strings.Cut(path, "[")
	end := strings.LastIndexByte(name, ':')
	if end <= 0 || strings.ContainsAny(name, " \"'()]\t\r\n\x00") {
		return ""
	}
	if named := withColon(name); isOurs(named) || isOurs(named[:strings.LastIndexByte(named, ':')]) {
		return ""
	}
	if _, _, ours := t.LookupPath(name); ours {
		return ""
	}
	return name
}

// isOurs reports whether a URN is one of our schemas, of any resource type.
func isOurs(urn string) bool {
	return slices.ContainsFunc(ourURNs, func(ours string) bool { return strings.EqualFold(urn, ours) })
}

var ourURNs = []string{URNUser, URNGroup, URNEnterprise, URNFlex}

// withColon replaces the dot after the URN of one of our schemas with a colon.
// Provisioning jobs that were created in Entra in 2018 write urn:…:User.department.
func withColon(path string) string {
	end := strings.LastIndexByte(path, ':') + 1
	if dot := strings.IndexByte(path[end:], '.'); end > 0 && dot > 0 && isOurs(path[:end+dot]) {
		return path[:end+dot] + ":" + path[end+dot+1:]
	}
	return path
}

// path parses a whole path of the form urn:attr.sub or urn:attr[filter].sub.
func (p *parser) path() (Path, error) {
	path, ok := p.attribute()
	if ok && p.pos < len(p.in) {
		var err error
		p.spaces()
		if !strings.HasPrefix(p.rest(), "[") {
			return Path{}, p.unreadable()
		}
		if path.Filter, err = p.valueFilter(); err != nil {
			return Path{}, err
		}
		if p.take('.') {
			path.Sub = p.name("$-_")
			ok = isName(path.Sub)
		}
	}
	if !ok || p.pos < len(p.in) {
		return Path{}, p.unreadable()
	}
	return path, nil
}

// path parses a key in the value of a PATCH operation. The key is itself a path to
// an attribute. Entra sends keys with a value filter that uses "eq" and "and". The
// function does not check whether the schema has the names.
func (x *index) path(key string) (Path, bool) {
	name, _, found := strings.Cut(key, "[")
	urn, attr, sub := x.split(name)
	path := Path{URN: urn, Attr: attr, Sub: sub}
	if !found {
		return path, true
	}
	p := parser{in: key, pos: len(name), limits: FilterLimits{Terms: len(key), Depth: 1}}
	selector, err := p.valueFilter()
	if err != nil || sub != "" {
		return path, false
	}
	terms, ok := equalities(selector)
	path.Filter = terms
	behind, dotted := strings.CutPrefix(p.rest(), ".")
	path.Sub = behind
	return path, ok && dotted == (behind != "")
}

// equalities returns the comparisons of a value filter, with each literal as a
// string. It returns false if the filter contains an operator other than "eq" and
// "and".
func equalities(f Filter) (And, bool) {
	terms, ok := f.(And)
	if !ok {
		terms = And{f}
	}
	for i := range terms {
		c, ok := terms[i].(Compare)
		if !ok || c.Op != Eq {
			return nil, false
		}
		text, _ := c.Value.(string)
		if bare, ok := c.Value.(word); ok {
			text = string(bare)
		}
		terms[i] = Compare{Attr: Path{URN: c.URN, Attr: c.Attr, Sub: c.Sub}.label(), Op: Eq, Value: text}
	}
	return terms, true
}

// attribute parses a path of the form urn:attr.sub. The URN is the text before the
// last colon.
func (p *parser) attribute() (Path, bool) {
	path := Path{Attr: withColon(p.name("$-_.:"))}
	if colon := strings.LastIndexByte(path.Attr, ':'); colon >= 0 {
		path.URN, path.Attr = path.Attr[:colon], path.Attr[colon+1:]
		if strings.ContainsAny(path.URN, "$_") || slices.Contains(strings.Split(path.URN, ":"), "") {
			return Path{}, false
		}
	}
	name, sub, dotted := strings.Cut(path.Attr, ".")
	path.Attr, path.Sub = name, sub
	return path, isName(name) && dotted == isName(sub)
}

// isName reports whether s has the form of an ATTRNAME (RFC 7643 §2.1). A leading $
// is allowed, as in $ref.
func isName(s string) bool {
	s = strings.TrimPrefix(s, "$")
	return s != "" && isLetter(s[0]) && !strings.ContainsAny(s, "$.:")
}
