package scim

import (
	"maps"

	"github.com/flexscim/flexscim/scim/refusal"
)

// merge gives a complex value, or a whole extension, the sub-attributes in
// raw, and leaves its others (RFC 7644 §3.5.2.3). Old is not changed.
func (c *coercer) merge(f *field, old, raw any) (any, error) {
	before, _ := old.(map[string]any)
	after, err := c.filled(f, before, raw)
	if err != nil || after == nil {
		return nil, err
	}
	return c.whole(f, settle(f, before, after))
}

// filled is a copy of a complex value with the sub-attributes in raw; nil means
// that raw has none.
func (c *coercer) filled(f *field, before map[string]any, raw any) (map[string]any, error) {
	given, err := c.object(f, raw)
	if err != nil || given == nil {
		return nil, err
	}
	if f.label == "roles" {
		given = namedRole(given)
	}
	after := make(map[string]any, len(before)+len(given))
	maps.Copy(after, before)
	if err := c.give(f, given, after); err != nil {
		return nil, err
	}
	if f.label == "roles" {
		err = unpackRole(f, after)
	}
	return after, err
}

// give puts the given sub-attributes into an element.
func (c *coercer) give(f *field, given, after map[string]any) error {
	for name, raw := range given {
		sub := byName(f.subs, name)
		switch {
		case sub == nil && len(c.dropped) < maxDropped:
			c.drop(f.label + nameSeparator(f) + name)
			continue
		case sub == nil:
			continue
		case sub.Mutability == readOnly:
			continue
		case name != sub.Name && isTwice(f, given, sub):
			return twice(sub.label)
		}
		v, err := c.value(sub, raw)
		if err != nil {
			return err
		}
		set(after, sub.Name, v)
	}
	return nil
}

// isTwice says that an object names a sub-attribute in more than one spelling.
func isTwice(f *field, given map[string]any, sub *field) bool {
	n := 0
	for name := range given {
		if byName(f.subs, name) == sub {
			n++
		}
	}
	return n > 1
}

func twice(label string) error {
	return refusal.GivenTwice.New(label)
}

// whole refuses an element that lacks what its schema requires, unless
// somebody else looks at that.
func (c *coercer) whole(f *field, element any) (any, error) {
	if part := f.lacks(element); part != nil && !c.loose {
		return nil, missing(part.label)
	}
	return element, nil
}

func nameSeparator(f *field) string {
	if f.attr == "" {
		return ":"
	}
	return "."
}

// settle looks at a complex value that has changed: it is gone if its value
// was taken away, or if nothing is left but what it is for.
func settle(f *field, before, after map[string]any) any {
	value, had := before["value"]
	now, has := after["value"]
	if had && !has {
		return nil
	}
	if f.Multi && !saysSomething(after) || len(after) == 0 {
		return nil
	}
	// A reference that points elsewhere keeps nothing of the old target.
	if had && value != now && f.subs["$ref"] != nil {
		for name, v := range before {
			if name != "value" && equalValues(after[name], v) {
				delete(after, name)
			}
		}
	}
	return after
}

// saysSomething is false for an element of nothing but type and primary.
func saysSomething(element map[string]any) bool {
	for name := range element {
		if name != "type" && name != "primary" {
			return true
		}
	}
	return false
}
