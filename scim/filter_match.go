package scim

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Matches reports whether a filter selects the user. The filter nil selects every
// user. Tests compare the results of SQL queries with the results of Matches.
func (u User) Matches(f Filter) bool {
	return matches(UserType(), f, resource{u.ID, u.Meta, u.Doc, u.groups()})
}

// Matches reports whether a filter selects the group. The filter nil selects every
// group. Comparisons of members use g.Members.
func (g Group) Matches(f Filter) bool {
	return matches(GroupType(), f, resource{g.ID, g.Meta, g.Doc, g.members()})
}

// eval evaluates a filter. It calls the function leaf to evaluate each Compare and
// each Element.
func eval(f Filter, leaf func(Filter) bool) bool {
	switch f := f.(type) {
	case And:
		return !slices.ContainsFunc(f, func(term Filter) bool { return !eval(term, leaf) })
	case Or:
		return slices.ContainsFunc(f, func(term Filter) bool { return eval(term, leaf) })
	case Not:
		return !eval(f.Term, leaf)
	case Compare, Element:
		return leaf(f)
	}
	return true // nil selects all
}

// matchElement evaluates a value filter for one element of a multi-valued
// attribute. If the element is not an object, its value is the element itself.
func matchElement(f *field, filter Filter, element any) bool {
	return eval(filter, func(leaf Filter) bool {
		c, ok := leaf.(Compare)
		if !ok {
			return false // a value filter contains no value filter
		}
		sub := f
		value := element
		if object, ok := element.(map[string]any); ok {
			if sub = byName(f.subs, c.Attr); sub == nil {
				return false
			}
			value = object[sub.Name]
		}
		return holds(sub, c, []any{value})
	})
}

// resource contains the parts of a User, Group or Grant that filters compare.
type resource struct {
	id    ID
	meta  Meta
	doc   Document
	links []any // a User's groups or a Group's members, as responses show them
}

func (u User) groups() []any {
	links := make([]any, len(u.Groups))
	for i, g := range u.Groups {
		links[i] = map[string]any{"value": string(g.ID), "display": g.Display, "type": g.Kind()}
	}
	return links
}

func (g Group) members() []any {
	links := make([]any, len(g.Members))
	for i, m := range g.Members {
		links[i] = m.element()
	}
	return links
}

// element returns the member as responses show it.
func (m Member) element() map[string]any {
	return map[string]any{"value": string(m.Value), "display": m.Display, "type": m.Kind()}
}

// matches evaluates a filter for a resource. A comparison of a multi-valued
// attribute is true if it is true for at least one element. For a complex
// attribute, the filter compares the sub-attribute `value`.
func matches(t *ResourceType, f Filter, r resource) bool {
	return eval(f, func(leaf Filter) bool {
		switch f := leaf.(type) {
		case Compare:
			return r.compare(t, f)
		case Element:
			parent, _ := t.names().find(f.URN, f.Attr, "")
			return parent != nil && slices.ContainsFunc(r.elements(t, parent), func(e any) bool {
				return e != nil && matchElement(parent, f.Filter, e)
			})
		default: // eval passes leaves only
			return false
		}
	})
}

func (r resource) compare(t *ResourceType, c Compare) bool {
	row, values := r.values(t, c.URN, c.Attr, c.Sub)
	return row != nil && holds(row, c, values)
}

// values returns the schema's field at a path, and the values at the path. If the
// schema has no such field, row is nil. For a sub-attribute of a multi-valued
// attribute, values contains the sub-attribute of each element, or nil if an
// element does not have it.
func (r resource) values(t *ResourceType, urn, attr, sub string) (row *field, values []any) {
	parent, row := t.names().find(urn, attr, sub)
	if row == nil {
		return nil, nil
	}
	if row.Type == TypeComplex && row.subs["value"] != nil {
		row = row.subs["value"]
	}
	for _, e := range r.elements(t, parent) {
		if object, ok := e.(map[string]any); ok && parent.Type == TypeComplex && row != parent {
			e = object[row.Name]
		}
		values = append(values, e)
	}
	return row, values
}

// elements returns the values of a whole attribute. A user without the attribute
// `active` counts as active (Document.Active).
func (r resource) elements(t *ResourceType, f *field) []any {
	var v any
	switch {
	case f.urn != "":
		v = r.doc.Extension(f.urn)[f.Name]
		if f.attr == "" {
			v = orNil(r.doc.Extension(f.urn))
		}
	case f.Name == "id":
		v = string(r.id)
	case f.Name == "meta":
		v = r.metaValue(t)
	case f.Name == "schemas":
		v = t.Schemas(r.doc)
	case f.Name == "active":
		v = r.doc.Active()
	case f.Name == "groups" || f.Name == "members":
		v = r.links
	default:
		v = r.doc[f.Name]
	}
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}

// metaValue returns the sub-attributes of `meta` that filters compare. A Grant has
// no times and no version.
func (r resource) metaValue(t *ResourceType) map[string]any {
	if r.meta == (Meta{}) {
		return map[string]any{"resourceType": t.Name}
	}
	return map[string]any{
		"resourceType": t.Name, "version": r.meta.ETag(),
		"created":      r.meta.Created.UTC().Format(time.RFC3339Nano),
		"lastModified": r.meta.LastModified.UTC().Format(time.RFC3339Nano),
	}
}

// holds reports whether a comparison is true for at least one of an attribute's
// values. It ignores nil in values. For an attribute without a value, two
// comparisons are true: `eq null`, and `ne` with a value other than null.
func holds(f *field, c Compare, values []any) bool {
	values = slices.DeleteFunc(slices.Clone(values), func(v any) bool { return v == nil })
	switch {
	case c.Op == Pr || c.Op == Ne && c.Value == nil:
		return len(values) > 0
	case c.Op == Eq && c.Value == nil:
		return len(values) == 0
	case c.Op == Ne && len(values) == 0:
		return true
	}
	return slices.ContainsFunc(values, func(v any) bool { return compare(f, c.Op, v, c.Value) })
}

// compare compares one value with a literal. If the attribute is a boolean or a
// number, the literal may be a string, such as "true".
func compare(f *field, op CompareOp, have, want any) bool {
	var err error
	if f.Type != TypeComplex {
		as := f.Type
		if as == TypeInteger { // an integer can be compared with a decimal literal: 4 gt 3.5
			as = TypeDecimal
		}
		if want, err = new(coercer).one(&field{Attribute: Attribute{Type: as}}, want); err != nil {
			return false
		}
	}
	switch have := have.(type) {
	case bool:
		return op == Eq && have == want || op == Ne && have != want
	case json.Number:
		x, _ := have.Float64()
		literal, _ := want.(json.Number)
		y, err := literal.Float64()
		return err == nil && ordered(op, cmp.Compare(x, y))
	case string:
		literal, _ := want.(string)
		return compareText(f, op, have, literal)
	}
	return false
}

func compareText(f *field, op CompareOp, have, want string) bool {
	if f.Type == TypeDateTime {
		a, err := time.Parse(time.RFC3339Nano, have)
		b, err2 := time.Parse(time.RFC3339Nano, want)
		return err == nil && err2 == nil && ordered(op, a.Compare(b))
	}
	if !f.CaseExact {
		have, want = Fold(have), Fold(want)
	}
	switch op {
	case Co:
		return strings.Contains(have, want)
	case Sw:
		return strings.HasPrefix(have, want)
	case Ew:
		return strings.HasSuffix(have, want)
	default:
		return ordered(op, cmp.Compare(have, want))
	}
}

// ordered reports whether the operator op is true for two values. The argument
// order is the result of comparing the values.
func ordered(op CompareOp, order int) bool {
	switch op {
	case Eq:
		return order == 0
	case Ne:
		return order != 0
	case Gt:
		return order > 0
	case Ge:
		return order >= 0
	case Lt:
		return order < 0
	case Le:
		return order <= 0
	default:
		return false
	}
}
