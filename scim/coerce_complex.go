package scim

import (
	"maps"

	"github.com/flexscim/flexscim/scim/refusal"
)

// merge returns a copy of old, which is a complex value or a whole extension. In
// the copy, the sub-attributes that raw contains have the values from raw. Other
// sub-attributes keep their values (RFC 7644 §3.5.2.3).
func (c *coercer) merge(f *field, old, raw any) (any, error) {
	before, _ := old.(map[string]any)
	after, err := c.filled(f, before, raw)
	if err != nil || after == nil {
		return nil, err
	}
	return c.checkComplete(f, settle(f, before, after))
}

// filled returns a copy of the complex value in the argument before. In the copy,
// the sub-attributes that raw contains have the values from raw. If raw means that
// the value is unassigned, filled returns nil.
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
	if err := c.assignSubs(f, given, after); err != nil {
		return nil, err
	}
	if f.label == "roles" {
		err = unpackRole(f, after)
	}
	return after, err
}

// assignSubs converts the given sub-attributes and writes them to the map `after`.
func (c *coercer) assignSubs(f *field, given, after map[string]any) error {
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
			return refusal.AttributeTwice.New(sub.label)
		}
		v, err := c.value(sub, raw)
		if err != nil {
			return err
		}
		set(after, sub.Name, v)
	}
	return nil
}

// isTwice reports whether an object contains a sub-attribute more than once, under
// different spellings of its name.
func isTwice(f *field, given map[string]any, sub *field) bool {
	n := 0
	for name := range given {
		if byName(f.subs, name) == sub {
			n++
		}
	}
	return n > 1
}

// checkComplete refuses an element without a required sub-attribute, unless the
// coercer is lenient.
func (c *coercer) checkComplete(f *field, element any) (any, error) {
	if part := f.missingFrom(element); part != nil && !c.lenient {
		return nil, refusal.ValueRequired.New(part.label)
	}
	return element, nil
}

func nameSeparator(f *field) string {
	if f.attr == "" {
		return ":"
	}
	return "."
}

// settle returns what remains of a complex value after a change. If the change
// removed the sub-attribute `value`, or if only `type` and `primary` remain, it
// returns nil.
func settle(f *field, before, after map[string]any) any {
	value, had := before["value"]
	now, has := after["value"]
	if had && !has {
		return nil
	}
	if f.Multi && !hasContent(after) || len(after) == 0 {
		return nil
	}
	// If a reference now has another target, the sub-attributes of the old target
	// are removed.
	if had && value != now && f.subs["$ref"] != nil {
		for name, v := range before {
			if name != "value" && equalValues(after[name], v) {
				delete(after, name)
			}
		}
	}
	return after
}

// hasContent reports whether an element has sub-attributes other than `type` and
// `primary`.
func hasContent(element map[string]any) bool {
	for name := range element {
		if name != "type" && name != "primary" {
			return true
		}
	}
	return false
}
