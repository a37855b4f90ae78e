package scim

import (
	"maps"
	"slices"
	"strings"
)

// changeList is the new value of a multi-valued attribute.
func (p *patcher) changeList(f *field, op Op, old []any) ([]any, error) {
	switch {
	case op.Path.Filter != nil || op.Path.Sub != "":
		return p.changeSelected(f, op, old)
	case op.Kind == Remove:
		return p.removeValues(f, op, old)
	case op.Kind == Replace:
		return p.list(f, op.Value)
	}
	return p.addValues(f, op.Value, old)
}

// changeSelected changes the elements that the path's filter selects, all of
// them without one.
func (p *patcher) changeSelected(f *field, op Op, old []any) ([]any, error) {
	raw := op.Value
	if op.Path.Sub != "" {
		raw = subValue(byName(f.subs, op.Path.Sub), op)
	}
	list := make([]any, 0, len(old)+1)
	chosen, found := -1, false // chosen: the element that becomes primary
	for _, e := range old {
		if op.Path.Filter != nil && !matchElement(f, op.Path.Filter, e) {
			list = append(list, e)
			continue
		}
		found = true
		v, err := p.selected(f, op, e, raw)
		if err != nil {
			return nil, err
		}
		if v == nil {
			continue
		}
		if isPrimary(v) && !isPrimary(e) {
			chosen = len(list)
		}
		list = append(list, v)
	}
	if found || op.Kind == Remove {
		return onlyPrimary(list, chosen), nil
	}
	return p.create(f, op.Path.Filter, raw, list)
}

// selected is what an operation makes of a selected element, nil if it goes.
func (p *patcher) selected(f *field, op Op, element, raw any) (any, error) {
	if op.Kind == Remove && op.Path.Sub == "" {
		return nil, nil
	}
	return p.update(f, element, raw)
}

// update is an element with what was given for it.
func (p *patcher) update(f *field, element, raw any) (any, error) {
	if f.Type == TypeComplex {
		return p.merge(f, element, raw)
	}
	return p.one(f, raw)
}

// create adds the element that a filter describes, with what was given for it
// (idp.md §4, row 5): Entra sets emails[type eq "work"].value before there is
// one. RFC 7644 §3.5.2.3 says noTarget for replace.
func (p *patcher) create(f *field, filter Filter, raw any, list []any) ([]any, error) {
	described := map[string]any{}
	if !p.describe(f, filter, described) {
		return nil, noTarget(f, "has no value that the filter selects, and the filter does not say how to make one")
	}
	v, err := p.update(f, described, raw)
	if err != nil || v == nil {
		return list, err
	}
	i := slices.IndexFunc(list, func(e any) bool { return sameValue(f, e, v) })
	switch { // a value that says another type than the filter may be there already
	case i >= 0:
		list[i] = joined(list[i], v)
	case len(list) >= p.room():
		return nil, p.tooMany(f)
	default:
		i = len(list)
		list = append(list, v)
	}
	if isPrimary(v) {
		return onlyPrimary(list, i), nil
	}
	return list, nil
}

// describe collects the values of a filter of eq and and.
func (p *patcher) describe(f *field, filter Filter, into map[string]any) bool {
	switch filter := filter.(type) {
	case nil:
		return true
	case And:
		for _, term := range filter {
			if !p.describe(f, term, into) {
				return false
			}
		}
		return true
	case Compare:
		if f.Type != TypeComplex {
			return filter.Op == Eq
		}
		sub := byName(f.subs, filter.Attr)
		if filter.Op != Eq || sub == nil {
			return false
		}
		v, err := p.one(sub, filter.Value)
		set(into, sub.Name, v)
		return err == nil
	}
	return false
}

// addValues adds elements, in place where they are there already.
func (p *patcher) addValues(f *field, raw any, old []any) ([]any, error) {
	given, err := p.list(f, raw)
	if err != nil {
		return nil, err
	}
	list := slices.Clone(old)
	touched := make([]bool, len(old), len(old)+len(given)) // by this operation
	for _, g := range given {
		i := place(f, list, touched, g)
		if i < 0 {
			i = len(list)
			list = append(list, g)
			touched = append(touched, true)
		} else {
			list[i] = joined(list[i], g)
			touched[i] = true
		}
		if isPrimary(g) {
			list = onlyPrimary(list, i)
		}
	}
	if len(list) > p.room() {
		return nil, p.tooMany(f)
	}
	return list, nil
}

// place finds the element that g is meant to update; -1 for none. The same
// value is the same element. Where the schema suggests types (emails, phone
// numbers, addresses), so is the same type, once per operation (idp.md §4,
// row 8); roles may well share a type.
func place(f *field, list []any, touched []bool, g any) int {
	if i := slices.IndexFunc(list, func(e any) bool { return sameValue(f, e, g) }); i >= 0 {
		return i
	}
	kind, _ := member(g, "type").(string)
	sub := f.subs["type"]
	if kind == "" || sub == nil || len(sub.Canonical) == 0 {
		return -1
	}
	for i, e := range list {
		other, _ := member(e, "type").(string)
		if !touched[i] && strings.EqualFold(kind, other) {
			return i
		}
	}
	return -1
}

// sameValue says that g names the element e: by its key, and by its type if
// both have one.
func sameValue(f *field, e, g any) bool {
	if f.Type != TypeComplex {
		return equalValues(e, g)
	}
	key := member(g, f.key)
	if key == nil {
		return equalValues(e, g)
	}
	a, b := member(e, "type"), member(g, "type")
	return sameScalar(f.subs[f.key], member(e, f.key), key) && (a == nil || b == nil || a == b)
}

// sameScalar compares two values of a sub-attribute as its schema says.
func sameScalar(f *field, a, b any) bool {
	x, isText := a.(string)
	y, isText2 := b.(string)
	if isText && isText2 && !f.CaseExact {
		return strings.EqualFold(x, y)
	}
	return a == b
}

// member is an element's sub-attribute, nil for none.
func member(element any, name string) any {
	object, _ := element.(map[string]any)
	return object[name]
}

// joined is an element with g's sub-attributes in place of its own.
func joined(e, g any) any {
	object, ok := e.(map[string]any)
	if !ok {
		return g
	}
	object = maps.Clone(object)
	given, _ := g.(map[string]any)
	maps.Copy(object, given)
	return object
}

// removeValues takes away exactly the elements that value names, as Entra
// sends them; without a value, or with null, all.
func (p *patcher) removeValues(f *field, op Op, old []any) ([]any, error) {
	if op.Value == nil {
		return nil, nil
	}
	named, err := p.list(f, op.Value)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(old), func(e any) bool {
		return slices.ContainsFunc(named, func(g any) bool { return sameValue(f, e, g) })
	}), nil
}

// valueOf is what an element of a multi-valued attribute says: its value, or
// itself if it is plain.
func valueOf(element any) any {
	if object, ok := element.(map[string]any); ok {
		return object["value"]
	}
	return element
}

func isPrimary(element any) bool { return member(element, "primary") == true }

// demoted is an element that is no longer primary.
func demoted(element any) any {
	object, _ := element.(map[string]any)
	object = maps.Clone(object)
	object["primary"] = false
	return object
}

// onlyPrimary makes every element but one stand back (RFC 7643 §2.4). It
// writes to list, never to an element; -1 leaves all as they are.
func onlyPrimary(list []any, chosen int) []any {
	if chosen < 0 {
		return list
	}
	for i, e := range list {
		if i != chosen && isPrimary(e) {
			list[i] = demoted(e)
		}
	}
	return list
}
