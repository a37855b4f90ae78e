package scim

import (
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

// ParseDocument turns a decoded JSON object (numbers as json.Number) into the
// canonical Document that it means, and names what it left out because no
// schema of ours knows it, URIs in schemas too. Names, URNs and the words of booleans may be in any
// case; values are coerced to the schema's type where an IdP is known to send
// another one. Null, "" and [] mean unassigned (RFC 7643 §2.5). What is
// read-only, schemas and password are left out silently. Formats (locale,
// URLs, countries, phone numbers, time zones, binaries) are not judged: such
// strings are kept byte for byte. Of values that are given twice the first stays.
// Whether elements have what they need is CheckRequired's to say. Where several elements claim to be primary, the last
// one takes it from the others, as a PATCH does: RFC 7643 §2.4 allows one and
// does not say which.
//
// The error is an *Error of status 400: a required attribute is missing, or a
// value cannot be read as the schema's type. raw is not changed, but the
// Document may share parts with it.
func ParseDocument(t *ResourceType, raw map[string]any) (doc Document, dropped []string, err error) {
	x := t.names()
	if raw, err = FlattenCore(t, raw); err != nil {
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

// clip keeps an echoed value short.
func clip(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}

// FlattenCore is an object of attributes in which those that stand in an object under
// the URN of the core schema, as an extension's do, are named by the URN and a
// colon instead: RFC 7644 §3.10 has both. raw is not changed.
func FlattenCore(t *ResourceType, raw map[string]any) (map[string]any, error) {
	for name, value := range raw {
		if len(name) != len(t.Schema.URN) || !strings.EqualFold(name, t.Schema.URN) {
			continue
		}
		core, ok := value.(map[string]any)
		if !ok && value != nil {
			return nil, refusal.URNNotObject.New(t.Schema.URN)
		}
		flat := maps.Clone(raw)
		delete(flat, name)
		for inner, v := range core {
			flat[t.Schema.URN+":"+inner] = v
		}
		return flat, nil
	}
	return raw, nil
}
