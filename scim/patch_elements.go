package scim

import (
	"maps"
	"slices"

	"github.com/flexscim/flexscim/scim/refusal"
)

// changeList returns the value of a multi-valued attribute after the operation.
func (p *patcher) changeList(f *field, op Op, old []any) ([]any, error) {
	if err := p.work.spend(cost(old) + len(old)*filterCost(op.Path.Filter) + cost(op.Value)); err != nil {
		return nil, err
	}
	switch {
	case op.Path.Filter != nil || op.Path.Sub != "":
		list, err := p.changeSelected(f, op, old)
		return distinct(f, list), err
	case op.Kind == Remove:
		return p.removeValues(f, op, old)
	case op.Kind == Replace:
		return p.list(f, op.Value)
	}
	return p.addValues(f, op.Value, old)
}

// changeSelected changes the elements that the path's filter selects. Without a
// filter it changes all elements.
func (p *patcher) changeSelected(f *field, op Op, old []any) ([]any, error) {
	raw := op.Value
	if op.Path.Sub != "" {
		raw = subValue(byName(f.subs, op.Path.Sub), op)
	}
	raw = p.knownPart(f, raw)
	list := make([]any, 0, len(old)+1)
	chosen, found := -1, false // chosen: index of the element that becomes primary
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

// knownPart returns raw without the sub-attributes that the schema does not define.
// It is called once for the operation, not for each element.
func (p *patcher) knownPart(f *field, raw any) any {
	if list, ok := raw.([]any); ok && len(list) == 1 {
		return p.knownPart(f, list[0])
	}
	given, ok := raw.(map[string]any)
	if !ok || f.Type != TypeComplex {
		return raw
	}
	kept := make(map[string]any, len(f.subs))
	for name, v := range given {
		if byName(f.subs, name) == nil {
			p.drop(f.label + "." + name)
			continue
		}
		kept[name] = v
	}
	return kept
}

// patcher.selected returns the new value of an element that the filter selects. If
// the operation removes the element, it returns nil.
func (p *patcher) selected(f *field, op Op, element, raw any) (any, error) {
	if op.Kind == Remove && op.Path.Sub == "" {
		return nil, nil
	}
	if sub := byName(f.subs, op.Path.Sub); op.Kind == Remove && sub != nil && sub.Required {
		return nil, refusal.RemoveRequiredOfElement.New(sub.label)
	}
	if err := p.work.spend(cost(raw)); err != nil {
		return nil, err
	}
	if f.Type == TypeComplex {
		return p.merge(f, element, raw)
	}
	return p.one(f, raw)
}

// create adds the element that a filter describes, with the values of the operation
// (docs/reference/identity-providers.md, row 5). Entra sets emails[type eq
// "work"].value before such an element exists. For such a replace, RFC 7644
// §3.5.2.3 requires the error noTarget.
func (p *patcher) create(f *field, filter Filter, raw any, list []any) ([]any, error) {
	described := map[string]any{}
	if !p.describe(f, filter, described) {
		return nil, refusal.FilterSelectsNothing.New(f.label)
	}
	v, err := p.made(f, described, raw)
	if err != nil || v == nil {
		return list, err
	}
	i := newElementList(f, list, 1).find(v)
	switch { // the element may already exist, with another type than in the filter
	case i >= 0:
		list[i] = overlay(list[i], v)
	case len(list) >= p.limit():
		return nil, refusal.TooManyValues.New(f.label, p.limit())
	default:
		i = len(list)
		list = append(list, v)
	}
	if isPrimary(v) {
		return onlyPrimary(list, i), nil
	}
	return list, nil
}

// draft is an element that does not have a value yet, only `type` or `primary`.
// Entra may send roles[primary eq "True"].type before the value.
type draft struct {
	f         *field
	described map[string]any // the values in the path's filter
	element   map[string]any // the values in `described`, and the values of the operation
}

// takeDraft removes and returns the draft of the element that a filter describes.
// If there is no draft, it returns its argument `described`.
func (p *patcher) takeDraft(f *field, described map[string]any) map[string]any {
	i := slices.IndexFunc(p.drafts, func(d draft) bool { return d.f == f && equalMaps(d.described, described) })
	if i < 0 {
		return described
	}
	element := p.drafts[i].element
	p.drafts = slices.Delete(p.drafts, i, i+1)
	return element
}

// patcher.made returns the element that a filter describes, with the values of the
// operation. If the element has no value yet, the method keeps it as a draft and
// returns nil.
func (p *patcher) made(f *field, described map[string]any, raw any) (any, error) {
	if f.Type != TypeComplex {
		return p.one(f, raw)
	}
	begun := p.takeDraft(f, described)
	after, err := p.filled(f, begun, raw)
	if err != nil || after == nil {
		return nil, err
	}
	v, err := p.checkComplete(f, settle(f, begun, after))
	if err == nil && v == nil {
		p.drafts = append(p.drafts, draft{f, described, after})
	}
	return v, err
}

// describe collects the values in a filter that uses only "eq" and "and". For any
// other filter it returns false.
func (p *patcher) describe(f *field, filter Filter, into map[string]any) bool {
	switch filter := filter.(type) {
	case nil:
		return true
	case And:
		return !slices.ContainsFunc(filter, func(term Filter) bool { return !p.describe(f, term, into) })
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
	default: // "or" and "not" could mean more than one element
		return false
	}
}

// addValues adds the elements in raw. If an element already exists, it is updated
// in place.
func (p *patcher) addValues(f *field, raw any, old []any) ([]any, error) {
	given, err := p.list(f, raw)
	if err != nil {
		return nil, err
	}
	x := newElementList(f, slices.Clone(old), len(given))
	touched := make([]bool, len(old)) // which old elements the operation has named
	var alone map[string]int          // result of soleOfType
	for _, g := range given {
		i := x.find(g)
		if i < 0 {
			if alone == nil {
				alone = soleOfType(f, old, given)
			}
			if same, ok := alone[typeOf(g)]; ok && !touched[same] {
				i = same
			}
		}
		if i < 0 {
			i = x.add(g)
		} else if !includes(x.list[i], g) {
			x.set(i, overlay(x.list[i], g))
		}
		if i < len(touched) {
			touched[i] = true
		}
		if isPrimary(g) {
			onlyPrimary(x.list, i)
		}
	}
	if len(x.list) > p.limit() {
		return nil, refusal.TooManyValues.New(f.label, p.limit())
	}
	return x.list, nil
}

// soleOfType returns, for each type, the index of the stored element that an add
// updates instead of adding an element (docs/reference/identity-providers.md, row
// 8). A type has such an element only if the schema suggests types (emails, phone
// numbers, addresses), exactly one stored element has the type, and the operation
// has exactly one element of the type. In all other cases, elements of one type are
// separate values, as roles often are.
func soleOfType(f *field, old, given []any) map[string]int {
	alone := map[string]int{}
	sub := f.subs["type"]
	if sub == nil || len(sub.Canonical) == 0 {
		return alone
	}
	offered := map[string]int{} // :: type → elements
	for _, g := range given {
		offered[typeOf(g)]++
	}
	held := map[string]int{}
	for i, e := range old {
		kind := typeOf(e)
		held[kind]++
		alone[kind] = i
	}
	maps.DeleteFunc(alone, func(kind string, _ int) bool {
		return kind == "" || held[kind] != 1 || offered[kind] != 1
	})
	return alone
}

// removeValues removes the elements that the operation's value lists, as Entra
// sends them. Without a value, it removes all elements. With null or [], it removes
// none.
func (p *patcher) removeValues(f *field, op Op, old []any) ([]any, error) {
	if op.NoValue {
		return nil, nil
	}
	named, err := (&coercer{maxValues: p.maxValues, lenient: true}).list(f, op.Value)
	if err != nil {
		return nil, err
	}
	x := newElementList(f, named, len(old))
	return slices.DeleteFunc(slices.Clone(old), func(e any) bool { return x.find(e) >= 0 }), nil
}
