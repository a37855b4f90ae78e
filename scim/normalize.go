package scim

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/flexscim/flexscim/scim/refusal"
)

// What we take at most. Flex's own limit of 64 characters for a userName is
// not ours: who does not fit is stored and reported, not refused.
const (
	maxUserName  = 256   // characters
	maxGroupName = 1_024 // characters of a displayName
	maxMember    = 256   // characters of a member's value that is kept as it is
	maxDropped   = 50    // names that are reported
)

// DefaultValues is how many values one multi-valued attribute holds at most,
// where a ResourceType says nothing else.
const DefaultValues = 500

// Normalize turns a decoded JSON object (numbers as json.Number) into the
// canonical Document that it means, and names what it left out because no
// schema of ours knows it, URIs in schemas too. Names, URNs and the words of booleans may be in any
// case; values are coerced to the schema's type where an IdP is known to send
// another one. Null, "" and [] mean unassigned (RFC 7643 §2.5). What is
// read-only, schemas and password are left out silently. Formats (locale,
// URLs, countries, phone numbers, time zones, binaries) are not judged: such
// strings are kept byte for byte. Of values that are given twice the first stays.
// Whether elements have what they need is Complete's to say. Where several elements claim to be primary, the last
// one takes it from the others, as a PATCH does: RFC 7643 §2.4 allows one and
// does not say which.
//
// The error is an *Error of status 400: a required attribute is missing, or a
// value cannot be read as the schema's type. raw is not changed, but the
// Document may share parts with it.
func Normalize(t *ResourceType, raw map[string]any) (doc Document, dropped []string, err error) {
	x := t.names()
	if raw, err = Flat(t, raw); err != nil {
		return nil, nil, err
	}
	doc = make(Document, len(raw))
	c := coercer{most: t.MaxValues, loose: true}
	for _, name := range slices.Sorted(maps.Keys(raw)) {
		urn, attr, sub := x.split(name)
		parent, target := x.target(Path{URN: urn, Attr: attr, Sub: sub})
		switch {
		case target == nil:
			c.drop(name)
		case parent.Name == "schemas":
			c.dropSchemas(x, raw[name])
		case isComputed(parent, target):
		default:
			if err := c.assign(doc, parent, target, raw[name]); err != nil {
				return nil, nil, err
			}
		}
	}
	for _, a := range t.Schema.Attributes {
		if _, given := doc[a.Name]; a.Required && !given {
			return nil, nil, missing(a.Name)
		}
	}
	if err := t.checkSize(doc, nil); err != nil {
		return nil, nil, err
	}
	return doc, c.dropped, nil
}

// isComputed says that a document never holds what is meant: it is read-only,
// or a Group's members, which are kept apart.
func isComputed(parent, target *field) bool {
	return parent.Mutability == readOnly || target.Mutability == readOnly || parent.label == membersAttr
}

func missing(name string) *Error {
	return refusal.Required.New(name)
}

// coercer turns decoded JSON into values of the schema's types, and notes the
// names that it had to leave out. A nil result means unassigned.
type coercer struct {
	dropped []string
	most    int  // values of one attribute; 0 means DefaultValues
	loose   bool // elements may lack what they need: somebody else looks at them
}

// room is how many values one attribute may have.
func (c *coercer) room() int { return cmp.Or(c.most, DefaultValues) }

func (c *coercer) drop(name string) {
	if strings.EqualFold(name, "password") || len(c.dropped) == maxDropped {
		return
	}
	c.dropped = append(c.dropped, clip(name))
}

// dropSchemas takes note of URIs that name no schema of the resource
// (docs/reference/identity-providers.md, row 26). The others follow from what
// there is.
func (c *coercer) dropSchemas(x *index, raw any) {
	list, _ := raw.([]any)
	for _, e := range list {
		if urn, ok := e.(string); ok && !strings.EqualFold(urn, x.urn) && byName(x.schemas, urn) == nil {
			c.drop(urn)
		}
	}
}

// assign sets one attribute of a document under construction.
func (c *coercer) assign(doc Document, parent, target *field, raw any) error {
	in := map[string]any(doc)
	if target.attr == "" { // a whole extension
		return c.assignIn(in, target.urn, func(old any) (any, error) { return c.merge(target, old, raw) })
	}
	if target != parent {
		raw = map[string]any{target.Name: raw}
	}
	set := func(old any) (any, error) {
		switch {
		case old == nil:
			return c.value(parent, raw)
		case parent.Type != TypeComplex || parent.Multi:
			return nil, twice(parent.label)
		}
		return c.merge(parent, old, raw)
	}
	if parent.urn == "" {
		return c.assignIn(in, parent.Name, set)
	}
	return c.assignIn(in, parent.urn, func(old any) (any, error) {
		extension, _ := old.(map[string]any)
		extension = cloneOrMake(extension)
		err := c.assignIn(extension, parent.Name, set)
		return orNil(extension), err
	})
}

func (c *coercer) assignIn(object map[string]any, name string, set func(old any) (any, error)) error {
	v, err := set(object[name])
	if err != nil {
		return err
	}
	if v != nil {
		object[name] = v
	}
	return nil
}

func cloneOrMake(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return maps.Clone(m)
}

func orNil(m map[string]any) any {
	if len(m) == 0 {
		return nil
	}
	return m
}

// value coerces what was given for an attribute.
func (c *coercer) value(f *field, raw any) (any, error) {
	if f.Multi {
		list, err := c.list(f, raw)
		if len(list) == 0 {
			return nil, err
		}
		return list, err
	}
	return c.one(f, raw)
}

// list coerces the elements of a multi-valued attribute; what is no array is
// the only element. Elements that say nothing are left out.
func (c *coercer) list(f *field, raw any) ([]any, error) {
	elements, ok := raw.([]any)
	if !ok {
		elements = []any{raw}
	}
	list := make([]any, 0, min(len(elements), c.room()))
	chosen := -1 // element that is primary
	for _, e := range elements {
		v, err := c.one(f, e)
		if err != nil {
			return nil, err
		}
		if v == nil {
			continue
		}
		if isPrimary(v) {
			if chosen >= 0 {
				list[chosen] = demoted(list[chosen])
			}
			chosen = len(list)
		}
		if list = append(list, v); len(list) > c.room() {
			return nil, c.tooMany(f)
		}
	}
	return distinct(f, list), nil
}

func (c *coercer) tooMany(f *field) error {
	return refusal.TooManyValues.New(f.label, c.room())
}

// one coerces a single value, or an element.
func (c *coercer) one(f *field, raw any) (any, error) {
	if f.Type == TypeComplex {
		return c.merge(f, nil, raw)
	}
	raw, err := unwrap(f, raw)
	if err != nil || raw == nil || raw == "" {
		return nil, err
	}
	if text, ok := raw.(string); ok && f.Required && strings.TrimSpace(text) == "" {
		return nil, nil
	}
	switch f.Type {
	case TypeBoolean:
		return boolean(f, raw)
	case TypeInteger:
		return integer(f, raw)
	case TypeDecimal:
		return decimal(f, raw)
	default:
		return plain(f, raw)
	}
}

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

// object reads raw as an object of f's sub-attributes; nil means unassigned.
func (c *coercer) object(f *field, raw any) (map[string]any, error) {
	for {
		list, ok := raw.([]any)
		if !ok || len(list) > 1 {
			break
		}
		if len(list) == 0 {
			return nil, nil
		}
		raw = list[0]
	}
	switch v := raw.(type) {
	case nil:
		return nil, nil
	case map[string]any:
		return v, nil
	case string:
		if v == "" {
			return nil, nil
		}
	case []any:
		return nil, wrongType(f)
	}
	if f.subs["value"] == nil {
		return nil, wrongType(f)
	}
	return map[string]any{"value": raw}, nil
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

// clip keeps an echoed value short.
func clip(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
