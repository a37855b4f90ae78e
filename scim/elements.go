package scim

import (
	"encoding/json"
	"maps"
)

// identity is what tells the elements of a multi-valued attribute apart (RFC
// 7643 §2.4): the value and its type. One without a value is its own.
type identity struct{ value, kind string }

// anyKind stands for the type of whichever element comes first.
const anyKind = "\x00"

func identify(f *field, e any) identity {
	if text, ok := e.(string); ok {
		return identity{value: text}
	}
	if text, ok := member(e, f.key).(string); ok {
		if !f.subs[f.key].CaseExact {
			text = Fold(text)
		}
		return identity{text, kindOf(e)}
	}
	whole, _ := json.Marshal(e) // of decoded JSON: it cannot fail
	return identity{value: "\x00" + string(whole)}
}

// kindOf is an element's type as it is compared, "" for none.
func kindOf(e any) string {
	kind, _ := member(e, "type").(string)
	return Fold(kind)
}

// finder finds elements of a list. Many look-ups have an index, so that adding
// n values to m takes n+m steps.
type finder struct {
	f    *field
	list []any
	at   map[identity]int // :: identity, with its type or any → element; nil: none
}

func newFinder(f *field, list []any, lookups int) *finder {
	x := &finder{f: f, list: list}
	if lookups > 1 {
		x.at = make(map[identity]int, 2*(len(list)+lookups))
		for i := range list {
			x.note(i)
		}
	}
	return x
}

func (x *finder) note(i int) {
	id := identify(x.f, x.list[i])
	for _, id := range []identity{id, {id.value, anyKind}} {
		if _, taken := x.at[id]; !taken {
			x.at[id] = i
		}
	}
}

// add appends an element and says where it is.
func (x *finder) add(e any) int {
	x.list = append(x.list, e)
	if x.at != nil {
		x.note(len(x.list) - 1)
	}
	return len(x.list) - 1
}

// set puts another element in a place.
func (x *finder) set(i int, e any) {
	if x.at != nil {
		id := identify(x.f, x.list[i])
		for _, id := range []identity{id, {id.value, anyKind}} {
			if x.at[id] == i {
				delete(x.at, id)
			}
		}
		defer x.note(i)
	}
	x.list[i] = e
}

// find is the element that g names, -1 for none: by its value, and by its type
// if both have one.
func (x *finder) find(g any) int {
	id := identify(x.f, g)
	if x.at == nil {
		return x.scan(id)
	}
	if i, ok := x.at[id]; ok {
		return i
	}
	other := identity{id.value, ""}
	if id.kind == "" {
		other.kind = anyKind
	}
	if i, ok := x.at[other]; ok {
		return i
	}
	return -1
}

// scan is find without an index.
func (x *finder) scan(id identity) int {
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

// distinct leaves one element of each value and type, the first (RFC 7643
// §2.4), with what only the others say. It writes to list.
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
		kept[i] = joined(e, kept[i])
		if object, ok := kept[i].(map[string]any); ok && wins {
			object["primary"] = true
		}
	}
	return kept
}

// member is an element's sub-attribute, nil for none.
func member(element any, name string) any {
	object, _ := element.(map[string]any)
	return object[name]
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

// says is true of an element that has all sub-attributes of g.
func says(e, g any) bool {
	object, ok := e.(map[string]any)
	given, ok2 := g.(map[string]any)
	for name, v := range given {
		if !equalValues(object[name], v) {
			return false
		}
	}
	return ok && ok2
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
