package scim

import (
	"maps"
	"slices"

	"github.com/flexscim/flexscim/scim/refusal"
)

// ReplaceDocument applies a PUT (RFC 7644 §3.5.1). It returns a copy of the
// document next, which replaces the document old. The document next must come from
// ParseDocument. If next has no attribute `active`, the result has the old value,
// because a PUT without `active` must not reactivate a leaver. ReplaceDocument
// changes neither old nor next.
func ReplaceDocument(t *ResourceType, old, next Document) (Document, error) {
	for _, a := range t.Schema.Attributes {
		if _, given := next[a.Name]; a.Required && !given {
			return nil, refusal.ValueRequired.New(a.Name)
		}
	}
	if err := CheckRequired(t, next, old); err != nil {
		return nil, err
	}
	result := maps.Clone(next)
	_, given := result["active"]
	if active, known := old["active"]; known && !given {
		result["active"] = active
	}
	return result, nil
}

// CheckRequired returns an error (400 invalidValue) if an element of a multi-valued
// attribute lacks a required sub-attribute. It does not check elements that the old
// document also has, because clients must be able to write back what they read.
func CheckRequired(t *ResourceType, doc, old Document) error {
	for _, f := range t.names().withRequired {
		had := old.list(f)
		for _, e := range doc.list(f) {
			part := f.missingFrom(e)
			if part != nil && !slices.ContainsFunc(had, func(o any) bool { return equalValues(o, e) }) {
				return refusal.ValueRequired.New(part.label)
			}
		}
	}
	return nil
}

// list returns the elements of a multi-valued attribute.
func (d Document) list(f *field) []any {
	in := map[string]any(d)
	if f.urn != "" {
		in = d.Extension(f.urn)
	}
	list, _ := in[f.Name].([]any)
	return list
}
