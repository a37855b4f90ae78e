package scim

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/flexscim/flexscim/scim/refusal"
)

// resolver completes a parsed filter for a resource type: names become
// canonical, and literals get the types of their attributes.
type resolver struct {
	types     *ResourceType
	scimType  string // of errors
	addresses bool   // comparisons of addresses (Path.IsAddress) are allowed
	within    *field // the attribute of the current value filter, nil outside value filters
}

func (r resolver) path(p Path) (Path, error) {
	parent, target := r.types.names().target(p)
	path := Path{URN: p.URN, Attr: p.Attr, Sub: p.Sub}
	switch {
	case target == nil && strings.EqualFold(p.Attr, "password"):
		return path, nil
	case target == nil:
		return path, refusal.PathUnknown.New(r.types.Name)
	}
	path = canonical(parent, target)
	if p.Filter == nil {
		return path, nil
	}
	r.within = parent
	var err error
	path.Filter, err = r.filter(p.Filter)
	return path, err
}

func (r resolver) filter(f Filter) (Filter, error) {
	switch f := f.(type) {
	case And:
		return r.joined(f, join[And])
	case Or:
		return r.joined(f, join[Or])
	case Not:
		term, err := r.filter(f.Term)
		return Not{Term: term}, err
	case Compare:
		return r.comparison(f)
	case Element:
		return r.element(f)
	}
	return nil, nil
}

func (r resolver) joined(terms []Filter, join func(left, right Filter) Filter) (Filter, error) {
	all, err := r.filter(terms[0])
	for _, term := range terms[1:] {
		if err != nil {
			return nil, err
		}
		var f Filter
		f, err = r.filter(term)
		all = join(all, f)
	}
	return all, err
}

// element resolves a value filter. If it contains a single comparison, the brackets
// are removed: emails[value eq "…"] becomes emails.value eq "…". Several
// comparisons keep their brackets, because they must be true for the same element.
// Entra, for example, sends such a filter to find a person by the work address. A
// single-valued complex attribute is treated as a list of one element. For the
// attribute `meta`, which always exists, the brackets are always removed.
func (r resolver) element(e Element) (Filter, error) {
	name := Path{URN: e.URN, Attr: e.Attr}
	parent, _ := r.types.names().target(name)
	switch {
	case parent == nil:
		return nil, r.unknown(name)
	case !parent.Multi && parent.Type != TypeComplex:
		return nil, refusal.AttributeNotFilterable.As(r.scimType, clip(name.label()))
	}
	r.within = parent
	f, err := r.filter(e.Filter)
	if err != nil {
		return nil, err
	}
	c, alone := f.(Compare)
	needsElement := c.Op == Pr || c.Op != Ne && c.Value != nil // the comparison is false if there is no element
	if parent.attr == "meta" || alone && needsElement {
		return unnested(parent, f), nil
	}
	return Element{URN: parent.urn, Attr: parent.attr, Filter: f}, nil
}

// unnested removes the brackets of a value filter: in each comparison, it puts the
// name of the attribute before the sub-attribute.
func unnested(within *field, f Filter) Filter {
	switch f := f.(type) {
	case And:
		for i := range f {
			f[i] = unnested(within, f[i])
		}
	case Or:
		for i := range f {
			f[i] = unnested(within, f[i])
		}
	case Not:
		return Not{Term: unnested(within, f.Term)}
	case Compare:
		sub := f.Attr
		if within.Type != TypeComplex {
			sub = "" // the attribute is a list of plain values
		}
		return Compare{URN: within.urn, Attr: within.attr, Sub: sub, Op: f.Op, Value: f.Value}
	case Element: // a value filter contains no value filter
	}
	return f
}

func (r resolver) comparison(c Compare) (Filter, error) {
	name := Path{URN: c.URN, Attr: c.Attr, Sub: c.Sub}
	path, row := r.operand(name)
	if row == nil || path.IsAddress() && !r.addresses {
		return nil, r.unknown(name)
	}
	literal := c.Value
	c = Compare{URN: path.URN, Attr: path.Attr, Sub: path.Sub, Op: c.Op}
	label := name.label()
	if r.within != nil {
		c, label = Compare{Attr: path.Sub, Op: c.Op}, r.within.attr+"."+label
	}
	if c.Op == Pr {
		return c, nil
	}
	if !comparable(row.Type, c.Op) {
		return nil, refusal.OperatorNotForType.As(r.scimType, label, row.Type.Article(), c.Op)
	}
	var ok bool
	if c.Value, ok = typed(row.Type, literal); !ok {
		return nil, refusal.LiteralNotOfType.As(r.scimType, label, row.Type.Article(), example(row.Type))
	}
	return c, nil
}

// operand returns the path and the schema's field of the attribute that a
// comparison names. If the attribute does not exist, the field is nil. If the
// filter names a complex attribute without a sub-attribute (emails, members,
// manager), its sub-attribute `value` is compared.
func (r resolver) operand(name Path) (Path, *field) {
	if within := r.within; within != nil {
		path := Path{URN: within.urn, Attr: within.attr}
		switch {
		case name.URN != "" || name.Sub != "":
			return Path{}, nil
		case within.Type != TypeComplex && strings.EqualFold(name.Attr, "value"): // the attribute is a list of plain values
			path.Sub = "value"
			return path, within
		}
		sub := byName(within.subs, name.Attr)
		if sub != nil {
			path.Sub = sub.Name
		}
		return path, sub
	}
	parent, row := r.types.names().target(name)
	if row == nil {
		return Path{}, nil
	}
	if value := row.subs["value"]; row == parent && row.Type == TypeComplex && value != nil {
		row = value
	}
	return canonical(parent, row), row
}

// typed converts a literal to the type of its attribute. For booleans and numbers,
// IdPs may send strings (docs/reference/identity-providers.md, row 28). The word
// null becomes nil.
func typed(want Type, literal any) (any, bool) {
	text, _ := literal.(string)
	if bare, ok := literal.(word); ok {
		if text = bare.text(); text == "null" {
			return nil, true
		}
	}
	switch want {
	case TypeBoolean:
		lower := strings.ToLower(text)
		return lower == "true", lower == "true" || lower == "false"
	case TypeInteger, TypeDecimal:
		return json.Number(text), isNumber(text)
	case TypeComplex:
		return nil, false
	case TypeDateTime:
		return dateTime(text)
	default:
		return text, true
	}
}

// text returns the word as a string. Booleans and null are in lower case, and so is
// the e in a number.
func (w word) text() string {
	text := string(w)
	switch lower := strings.ToLower(text); {
	case lower == "true", lower == "false", lower == "null":
		return lower
	case isNumber(text):
		return strings.Replace(text, "E", "e", 1)
	}
	return text
}

// isNumber reports whether the text is a JSON number.
func isNumber(text string) bool {
	return text != "" && (text[0] == '-' || isDigit(text[0])) && json.Valid([]byte(text))
}

// dateTime parses an xsd:dateTime (RFC 7643 §2.3.5); a time without a zone is UTC.
// It accepts a space instead of the plus of a time zone, because an unescaped plus
// in a URL means a space.
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

// example returns the part of an error text that describes a valid literal of a
// type.
func example(t Type) string {
	switch t {
	case TypeDateTime:
		return "a time such as 2026-01-02T03:04:05Z"
	case TypeBoolean:
		return "true or false"
	case TypeComplex:
		return "the name of a sub-attribute after it, as in name.familyName"
	default:
		return "a number"
	}
}

// comparable reports whether an operator can compare values of a type (RFC 7644
// §3.4.2.2).
func comparable(t Type, op CompareOp) bool {
	switch op {
	case Gt, Ge, Lt, Le:
		return t != TypeBoolean && t != TypeBinary
	case Co, Sw, Ew:
		return t == TypeString || t == TypeReference || t == TypeBinary
	default:
		return true
	}
}

func (r resolver) unknown(name Path) error {
	return refusal.AttributeUnknown.As(r.scimType, clip(name.label()), r.types.Name)
}
