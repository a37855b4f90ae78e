package scim

import (
	"maps"
	"slices"
	"strings"

	"github.com/flexscim/flexscim/scim/refusal"
)

// Limits of accepted values. Flex accepts a userName of up to 64 characters;
// flexscim stores longer userNames, too, and reports each as a finding.
const (
	maxUserName  = 256   // characters
	maxGroupName = 1_024 // characters of a displayName
	maxMember    = 256   // characters of a member's value; the hash of a longer value replaces the value
	maxDropped   = 50    // maximum number of dropped attributes whose names are recorded
)

// DefaultValues is the maximum number of values of a multi-valued attribute, unless
// the field MaxValues of the ResourceType sets another maximum.
const DefaultValues = 500

// ParseDocument returns the canonical Document of a decoded JSON object (numbers as
// json.Number). The result dropped lists the names that are in none of our schemas,
// including unknown URIs in the attribute `schemas`. Read-only attributes,
// `schemas` and `password` are dropped, but not listed.
//
//   - Names, URNs, true and false may be in any letter case.
//   - A value of another type is converted if an IdP is known to send it.
//   - Null, "" and [] mean unassigned (RFC 7643 §2.5).
//   - Formats (locale, URLs, countries, phone numbers, time zones, binaries) are not
//     checked; such strings are kept byte for byte.
//   - Only the first of duplicate values stays. The last of several primary elements
//     stays primary, as in a PATCH; RFC 7643 §2.4 does not say which element does.
//
// The error is an *Error of status 400 if a required attribute is missing or a
// value cannot be converted, or 413 if the document is too large. CheckRequired
// checks required sub-attributes. ParseDocument does not change raw, but the
// Document may share parts with raw.
func ParseDocument(t *ResourceType, raw map[string]any) (doc Document, dropped []string, err error) {
	x := t.names()
	if raw, err = FlattenCore(t, raw); err != nil {
		return nil, nil, err
	}
	doc = make(Document, len(raw))
	c := coercer{maxValues: t.MaxValues, lenient: true}
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
			return nil, nil, refusal.ValueRequired.New(a.Name)
		}
	}
	if err := t.checkSize(doc, nil); err != nil {
		return nil, nil, err
	}
	return doc, c.dropped, nil
}

// isComputed reports whether the target is an attribute that documents never
// contain: a read-only attribute, or a Group's members, which are stored
// separately.
func isComputed(parent, target *field) bool {
	return parent.Mutability == readOnly || target.Mutability == readOnly || parent.label == membersAttr
}

// dropSchemas records URIs that are not schemas of the resource
// (docs/reference/identity-providers.md, row 26). Known URIs are not stored either,
// because the server derives `schemas` from the other attributes.
func (c *coercer) dropSchemas(x *index, raw any) {
	list, _ := raw.([]any)
	for _, e := range list {
		if urn, ok := e.(string); ok && !strings.EqualFold(urn, x.urn) && byName(x.schemas, urn) == nil {
			c.drop(urn)
		}
	}
}

// assign sets one attribute of the document.
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
			return nil, refusal.AttributeTwice.New(parent.label)
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

// clip shortens a value that an error text repeats.
func clip(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}

// sole returns the only element of a list with one element. It returns any other
// value unchanged.
func sole(value any) any {
	if list, ok := value.([]any); ok && len(list) == 1 {
		return list[0]
	}
	return value
}

// FlattenCore turns {"URN": {"attr": …}}, with the core schema's URN, into
// {"URN:attr": …}. RFC 7644 §3.10 allows both forms. raw is not changed.
func FlattenCore(t *ResourceType, raw map[string]any) (map[string]any, error) {
	for name, value := range raw {
		if len(name) != len(t.Schema.URN) || !strings.EqualFold(name, t.Schema.URN) {
			continue
		}
		core, ok := sole(value).(map[string]any)
		if list, isList := value.([]any); !ok && value != nil && (!isList || len(list) > 0) {
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
