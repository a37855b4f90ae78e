package scimhttp

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"time"

	grammar "github.com/scim2/filter-parser/v2"

	"github.com/flexscim/flexscim/scim"
)

// shapes remembers what the library's grammar made of the shapes that this
// connection uses.
type shapes struct {
	filters memory[grammar.Expression]
	paths   memory[grammar.Path]
}

// filter parses a filter expression (RFC 7644 §3.4.2.2); nil for an empty
// one. It refuses what it does not understand and what no schema knows; what
// the directory cannot search for, it refuses itself.
func (h *handler) filter(k *kind, text string) (scim.Filter, error) {
	if text = strings.TrimSpace(text); text == "" {
		return nil, nil
	}
	s, err := scan(text, scim.InvalidFilter, h.limits())
	if err != nil {
		return nil, err
	}
	parsed, known := h.shapes.filters.get(s.key())
	if !known {
		if parsed, err = parseFilter(s); err != nil {
			return nil, scim.BadRequest(scim.InvalidFilter, "The filter cannot be read. Write comparisons as: userName eq \"ann@example.com\", and join them by and, or and brackets.")
		}
		h.shapes.filters.put(s.key(), parsed)
	}
	t := translator{types: k.types, literals: s.literals, scimType: scim.InvalidFilter, addresses: !k.fixed}
	return t.filter(parsed)
}

func (h *handler) limits() limits {
	return limits{length: h.cfg.MaxFilterLength, terms: h.cfg.MaxFilterTerms, depth: h.cfg.MaxFilterDepth}
}

// translator turns the library's tree into ours: names canonical, literals
// put in and brought to the attribute's type.
type translator struct {
	types     *scim.ResourceType
	literals  []string
	scimType  string         // of a refusal
	addresses bool           // those that answers make up may be compared
	within    scim.Path      // the attribute whose value filter this is: comparisons name the sub-attribute alone
	row       scim.Attribute // its row
}

func (t translator) path(p grammar.Path) (scim.Path, error) {
	sub := p.SubAttributeName() // behind a value filter
	if sub == "" {
		sub = p.AttributePath.SubAttributeName()
	}
	urn, name := p.AttributePath.URI(), p.AttributePath.AttributeName
	path, _, ok := lookup(t.types, urn, name, sub)
	if !ok {
		return scim.Path{URN: urn, Attr: name, Sub: sub}, nil
	}
	if p.ValueExpression == nil {
		return path, nil
	}
	t.within, t.row, _ = lookup(t.types, urn, name, "")
	var err error
	path.Filter, err = t.filter(p.ValueExpression)
	return path, err
}

// lookup finds an attribute, one of the enterprise extension also where its URN
// is left out: Entra writes manager (docs/reference/identity-providers.md, row
// 18).
func lookup(t *scim.ResourceType, urn, name, sub string) (scim.Path, scim.Attribute, bool) {
	path, row, ok := t.Lookup(urn, name, sub)
	if !ok && urn == "" {
		return t.Lookup(scim.URNEnterprise, name, sub)
	}
	return path, row, ok
}

func (t translator) filter(e grammar.Expression) (scim.Filter, error) {
	switch e := e.(type) {
	case *grammar.AttributeExpression:
		return t.comparison(e)
	case *grammar.LogicalExpression:
		return t.logical(e)
	case *grammar.NotExpression:
		term, err := t.filter(e.Expression)
		return scim.Not{Term: term}, err
	case *grammar.ValuePath:
		p := e.AttributePath
		path, row, ok := lookup(t.types, p.URI(), p.AttributeName, "")
		switch {
		case t.within.Attr != "" || !ok:
			return nil, t.unknown(p.String())
		case p.SubAttribute != nil || !row.Multi && row.Type != scim.TypeComplex:
			return nil, scim.BadRequest(t.scimType, "%s has no values of its own among which a filter in square brackets could select. Compare it itself, as in userName eq \"ann\".", clip(p.String()))
		}
		t.within, t.row = path, row
		elements, err := t.filter(e.ValueFilter)
		return t.element(elements), err
	}
	return nil, scim.BadRequest(t.scimType, "The expression cannot be read. Write it as: attribute eq \"value\".")
}

// element is what a value filter says. One comparison is written as if it
// stood alone: emails[value eq "…"] is emails.value eq "…". More of them have
// to be true of one element (of the work address, say, which Entra matches
// people by). A single complex value is a list of one; meta is always there.
func (t translator) element(f scim.Filter) scim.Filter {
	c, alone := f.(scim.Compare)
	isSaid := c.Op == scim.Pr || c.Op != scim.Ne && c.Value != nil // false where there is no element
	if t.within.Attr == "meta" || alone && isSaid {
		return t.outward(f)
	}
	return scim.Element{URN: t.within.URN, Attr: t.within.Attr, Filter: f}
}

// outward writes the comparisons of a value filter as they are outside of it.
func (t translator) outward(f scim.Filter) scim.Filter {
	switch f := f.(type) {
	case scim.And:
		for i := range f {
			f[i] = t.outward(f[i])
		}
	case scim.Or:
		for i := range f {
			f[i] = t.outward(f[i])
		}
	case scim.Not:
		return scim.Not{Term: t.outward(f.Term)}
	case scim.Compare:
		f.URN, f.Attr, f.Sub = t.within.URN, t.within.Attr, f.Attr
		if t.row.Type != scim.TypeComplex {
			f.Sub = "" // a list of plain values
		}
		return f
	}
	return f
}

// logical flattens a chain of one operator.
func (t translator) logical(e *grammar.LogicalExpression) (scim.Filter, error) {
	left, err := t.filter(e.Left)
	if err != nil {
		return nil, err
	}
	right, err := t.filter(e.Right)
	if err != nil {
		return nil, err
	}
	if e.Operator == grammar.OR {
		if terms, ok := left.(scim.Or); ok {
			return append(terms, right), nil
		}
		return scim.Or{left, right}, nil
	}
	if terms, ok := left.(scim.And); ok {
		return append(terms, right), nil
	}
	return scim.And{left, right}, nil
}

func (t translator) comparison(e *grammar.AttributeExpression) (scim.Filter, error) {
	path, row, ok := t.operand(e.AttributePath)
	if !ok || computed(path) && !t.addresses {
		return nil, t.unknown(e.AttributePath.String())
	}
	c := scim.Compare{URN: path.URN, Attr: path.Attr, Sub: path.Sub, Op: scim.CompareOp(e.Operator)}
	if t.within.Attr != "" {
		c = scim.Compare{Attr: path.Sub, Op: c.Op}
	}
	if c.Op == scim.Pr {
		return c, nil
	}
	name := t.name(e.AttributePath)
	if !comparable(row.Type, c.Op) {
		return nil, scim.BadRequest(t.scimType, "%s is %s, which %s does not compare. Compare it with eq.", name, row.Type.Article(), c.Op)
	}
	if c.Value, ok = t.literal(row.Type, e.CompareValue); !ok {
		return nil, scim.BadRequest(t.scimType, "%s is %s, and the value beside it is none. Write %s.", name, row.Type.Article(), example(row.Type))
	}
	return c, nil
}

// name is a known attribute as it was named, also within a value filter.
func (t translator) name(p grammar.AttributePath) string {
	if t.within.Attr == "" {
		return p.String()
	}
	return t.within.Attr + "." + p.String()
}

// operand is what a comparison looks at. A complex attribute without a
// sub-attribute means its value: emails, members, manager.
func (t translator) operand(p grammar.AttributePath) (scim.Path, scim.Attribute, bool) {
	urn, name, sub := p.URI(), p.AttributeName, p.SubAttributeName()
	if t.within.Attr != "" {
		if urn != "" || sub != "" {
			return scim.Path{}, scim.Attribute{}, false
		}
		if t.row.Type != scim.TypeComplex && strings.EqualFold(name, "value") {
			path := t.within // a list of plain values
			path.Sub = "value"
			return path, t.row, true
		}
		urn, name, sub = t.within.URN, t.within.Attr, name
	}
	path, row, ok := lookup(t.types, urn, name, sub)
	if ok && row.Type == scim.TypeComplex && sub == "" {
		if value, valueRow, found := t.types.Lookup(path.URN, path.Attr, "value"); found {
			return value, valueRow, true
		}
	}
	return path, row, ok
}

// literal brings a literal to the attribute's type, from the types that IdPs
// mistake it for (docs/reference/identity-providers.md, row 28). Null stays
// null.
func (t translator) literal(want scim.Type, value any) (any, bool) {
	if value == nil {
		return nil, true
	}
	if text, quoted := value.(string); quoted {
		n, err := strconv.Atoi(text)
		if err != nil || n >= len(t.literals) {
			return nil, false
		}
		return typed(want, t.literals[n])
	}
	raw, err := json.Marshal(value) // bool or json.Number
	if err != nil {
		return nil, false
	}
	return typed(want, string(raw))
}

// typed reads a literal's text as a value of a type.
func typed(want scim.Type, text string) (any, bool) {
	switch want {
	case scim.TypeBoolean:
		lower := strings.ToLower(text)
		return lower == "true", lower == "true" || lower == "false"
	case scim.TypeInteger, scim.TypeDecimal:
		return json.Number(text), text != "" && isNumber(text)
	case scim.TypeComplex:
		return nil, false
	case scim.TypeDateTime:
		return dateTime(text)
	default:
		return text, true
	}
}

// dateTime reads an xsd:dateTime (RFC 7643 §2.3.5), whose zone may be left
// out: it is UTC then. The plus of a zone that came in an address unescaped is
// a blank.
func dateTime(text string) (string, bool) {
	if _, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return text, true
	}
	text = strings.Replace(strings.ToUpper(text), " ", "+", 1)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.Format(time.RFC3339Nano), true
		}
	}
	return "", false
}

// example is a value of a type, for people.
func example(t scim.Type) string {
	switch t {
	case scim.TypeDateTime:
		return "it as in 2026-01-02T03:04:05Z"
	case scim.TypeBoolean:
		return "true or false"
	case scim.TypeComplex:
		return "the name of a sub-attribute behind it, as in name.familyName"
	default:
		return "a number"
	}
}

// comparable keeps an operator from what it cannot order or look into (RFC
// 7644 §3.4.2.2).
func comparable(t scim.Type, op scim.CompareOp) bool {
	switch op {
	case scim.Gt, scim.Ge, scim.Lt, scim.Le:
		return t != scim.TypeBoolean && t != scim.TypeBinary
	case scim.Co, scim.Sw, scim.Ew:
		return t == scim.TypeString || t == scim.TypeReference || t == scim.TypeBinary
	default:
		return true
	}
}

func (t translator) unknown(name string) error {
	return scim.BadRequest(t.scimType, "%s is no attribute of a %s that a filter can name. Use one of those in /Schemas.", clip(name), t.types.Name)
}

// order reads sortBy and sortOrder (RFC 7644 §3.4.2.3). A sortOrder alone
// says nothing.
func order(k *kind, query url.Values) (scim.Sort, error) {
	t, by := k.types, strings.TrimSpace(query.Get("sortBy"))
	if by == "" {
		return scim.Sort{}, nil
	}
	path, ok := parsePlain(t, by)
	if ok {
		path, ok = t.Sortable(path)
	}
	if computed(path) && !k.fixed { // one is in the order of its ids
		path = identified(path)
	}
	if !ok || computed(path) || path.Attr == "members" {
		return scim.Sort{}, scim.BadRequest(scim.InvalidPath, "A %s cannot be sorted by %s. Name an attribute of /Schemas that has a value of its own, such as displayName or meta.created.", t.Name, clip(nameOnly(by)))
	}
	switch sortOrder := query.Get("sortOrder"); strings.ToLower(sortOrder) {
	case "", "ascending":
		return scim.Sort{By: path}, nil
	case "descending":
		return scim.Sort{By: path, Descending: true}, nil
	default:
		return scim.Sort{}, scim.BadRequest(scim.InvalidValue, "sortOrder is neither ascending nor descending. Send one of them, or leave it out.")
	}
}

// parsePlain is the path of an attribute that a parameter names, one of the
// enterprise extension also where its URN is left out, as in a filter.
func parsePlain(t *scim.ResourceType, name string) (scim.Path, bool) {
	path, _, ok := t.ParsePath(name)
	if !ok {
		path, _, ok = t.ParsePath(scim.URNEnterprise + ":" + name)
	}
	return path, ok
}

// nameOnly is a path up to its value filter, which may hold what is nobody's
// business.
func nameOnly(path string) string {
	name, _, _ := strings.Cut(path, "[")
	return name
}

// ofType is the path of what is the same for all resources of a type.
var ofType = scim.Path{Attr: "meta", Sub: "resourceType"}

// identified is the path of the id from which an answer makes an address.
func identified(p scim.Path) scim.Path {
	if p.Attr == "meta" {
		return scim.Path{Attr: "id"}
	}
	p.Sub = "value"
	return p
}

// computed says that an answer makes the value up from its own address, so
// that no directory can look for it.
func computed(p scim.Path) bool {
	return p.Attr == "meta" && p.Sub == "location" || (p.Attr == "groups" || p.Attr == "members") && p.Sub == "$ref"
}
