package scim

import (
	"encoding/json"
	"maps"
)

// identity identifies an element of a multi-valued attribute by its value and its
// type (RFC 7643 §2.4). If an element has no value, its whole JSON text is used as
// the value.
type identity struct{ value, kind string }

// anyType stands for any type in the index. The entry for a value and anyType is
// the first element with this value, whatever its type is.
const anyType = "\x00"

func identify(f *field, e any) identity {
	if text, ok := e.(string); ok {
		return identity{value: text}
	}
	if text, ok := member(e, f.key).(string); ok {
		if !byName(f.subs, f.key).CaseExact {
			text = Fold(text)
		}
		return identity{text, typeOf(e)}
	}
	whole, _ := json.Marshal(e) // decoded JSON always encodes
	return identity{value: "\x00" + string(whole)}
}

// typeOf returns an element's type, folded; "" for none.
func typeOf(e any) string {
	kind, _ := member(e, "type").(string)
	return Fold(kind)
}

// elementList is a list in which elementList.find searches elements. With an index,
// adding n values to a list of m values takes n+m steps instead of n·m.
type elementList struct {
	f    *field
	list []any
	at   map[identity]int // :: identity, also with anyType → index in list; nil: no index
}

// newElementList returns an elementList. The argument lookups is the expected
// number of calls of elementList.find. If it is more than 1, newElementList builds
// an index.
func newElementList(f *field, list []any, lookups int) *elementList {
	x := &elementList{f: f, list: list}
	if lookups > 1 {
		x.at = make(map[identity]int, 2*(len(list)+lookups))
		for i := range list {
			x.index(i)
		}
	}
	return x
}

// index adds element i to the index.
func (x *elementList) index(i int) {
	id := identify(x.f, x.list[i])
	for _, id := range []identity{id, {id.value, anyType}} {
		if _, taken := x.at[id]; !taken {
			x.at[id] = i
		}
	}
}

// add appends an element and returns its index.
func (x *elementList) add(e any) int {
	x.list = append(x.list, e)
	if x.at != nil {
		x.index(len(x.list) - 1)
	}
	return len(x.list) - 1
}

// set replaces element i.
func (x *elementList) set(i int, e any) {
	if x.at != nil {
		id := identify(x.f, x.list[i])
		for _, id := range []identity{id, {id.value, anyType}} {
			if x.at[id] == i {
				delete(x.at, id)
			}
		}
		defer x.index(i)
	}
	x.list[i] = e
}

// find returns the index of an element with the same value as g, and with the same
// type if both have a type. If there is no such element, it returns -1.
func (x *elementList) find(g any) int {
	id := identify(x.f, g)
	if x.at == nil {
		return x.scan(id)
	}
	if i, ok := x.at[id]; ok {
		return i
	}
	other := identity{id.value, ""}
	if id.kind == "" {
		other.kind = anyType
	}
	if i, ok := x.at[other]; ok {
		return i
	}
	return -1
}

// elementList.scan returns what elementList.find returns, but uses no index.
func (x *elementList) scan(id identity) int {
	similar := -1
	for i, e := range x.list {
		other := identify(x.f, e)
		if other == id {
			return i
		}
		if similar < 0 && other.value == id.value && (other.kind == "" || id.kind == "") {
			similar = i
		}
	}
	return similar
}

// distinct keeps the first element of each value and type (RFC 7643 §2.4), and adds
// to it the sub-attributes that only its duplicates have. It overwrites the
// argument list.
func distinct(f *field, list []any) []any {
	if len(list) < 2 {
		return list
	}
	at := make(map[identity]int, len(list))
	kept := list[:0]
	for _, e := range list {
		id := identify(f, e)
		i, twice := at[id]
		if !twice {
			at[id] = len(kept)
			kept = append(kept, e)
			continue
		}
		wins := isPrimary(e)
		kept[i] = overlay(e, kept[i])
		if object, ok := kept[i].(map[string]any); ok && wins {
			object["primary"] = true
		}
	}
	return kept
}

// member returns an element's sub-attribute, nil for none.
func member(element any, name string) any {
	object, _ := element.(map[string]any)
	return object[name]
}

// valueOf returns the value of an element: its sub-attribute `value`, or the
// element itself if it is not an object.
func valueOf(element any) any {
	if object, ok := element.(map[string]any); ok {
		return object["value"]
	}
	return element
}

func isPrimary(element any) bool { return member(element, "primary") == true }

// demoted returns a non-primary copy of an element.
func demoted(element any) any {
	object, _ := element.(map[string]any)
	object = maps.Clone(object)
	object["primary"] = false
	return object
}

// onlyPrimary makes the chosen element the only primary one (RFC 7643 §2.4); if the
// index chosen is -1, onlyPrimary changes nothing. It overwrites the argument list,
// but does not change the elements.
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

// includes reports whether an element has all sub-attributes of g, with the same
// values.
func includes(e, g any) bool {
	object, ok := e.(map[string]any)
	given, ok2 := g.(map[string]any)
	for name, v := range given {
		if !equalValues(object[name], v) {
			return false
		}
	}
	return ok && ok2
}

// overlay returns a copy of an element in which the sub-attributes of g have the
// values from g.
func overlay(e, g any) any {
	object, ok := e.(map[string]any)
	if !ok {
		return g
	}
	object = maps.Clone(object)
	given, _ := g.(map[string]any)
	maps.Copy(object, given)
	return object
}
