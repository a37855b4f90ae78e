package scim

import (
	"maps"
	"slices"
)

// ReplaceDocument is what PUT makes of a document: next, a normalised body,
// takes the place of old, but for active, which stays as it was where the
// body does not say: an IdP's slip must neither bring a leaver back nor send
// somebody away (RFC 7644 §3.5.1 leaves it to us). Old and next are not
// changed.
func ReplaceDocument(t *ResourceType, old, next Document) (Document, error) {
	for _, a := range t.Schema.Attributes {
		if _, given := next[a.Name]; a.Required && !given {
			return nil, missing(a.Name)
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

// CheckRequired refuses a document with an element that lacks what its schema
// requires (400 invalidValue). Elements that old has too are not looked at:
// what somebody could read they can send back.
func CheckRequired(t *ResourceType, doc, old Document) error {
	for _, f := range t.names().parted {
		had := old.list(f)
		for _, e := range doc.list(f) {
			part := f.lacks(e)
			if part != nil && !slices.ContainsFunc(had, func(o any) bool { return equalValues(o, e) }) {
				return missing(part.label)
			}
		}
	}
	return nil
}

// list is the elements of a multi-valued attribute.
func (d Document) list(f *field) []any {
	in := map[string]any(d)
	if f.urn != "" {
		in = d.Extension(f.urn)
	}
	list, _ := in[f.Name].([]any)
	return list
}
