package scim

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/flexscim/flexscim/scim/refusal"
)

// DefaultBytes is the maximum size of a document as JSON, in bytes, unless the
// field MaxBytes of the ResourceType sets another maximum.
const DefaultBytes = 2 << 20

// checkSize refuses a document that is too large. If the old document is already
// too large, checkSize accepts a new document that is not larger, because clients
// must be able to write back what they read.
func (t *ResourceType) checkSize(doc, old Document) error {
	const longest = 6 // maximum number of JSON bytes for one byte of text
	most := cmp.Or(t.MaxBytes, DefaultBytes)
	if cost(map[string]any(doc))*longest <= most {
		return nil
	}
	size := written(map[string]any(doc))
	if size <= most || old != nil && size <= written(map[string]any(old)) {
		return nil
	}
	return refusal.ResourceTooLarge.New(t.Name, most)
}

// cost estimates the work of comparing a value and all values in it: 64 for each
// value and 1 for each byte of text.
func cost(v any) int { return total(v, 64, func(text string) int { return len(text) }) }

// written returns the size of a value as JSON. The result may be a few bytes too
// large.
func written(v any) int {
	return total(v, len(`"":"",`), func(text string) int {
		n := len(text)
		for _, r := range text {
			if r < ' ' || strings.ContainsRune("\"\\\u2028\u2029", r) {
				n += len(`\u0000`) - 1
			}
		}
		return n
	})
}

// total returns a sum over v and all values inside v. It adds `each` for every
// value, text(s) for every string s, and the length of every name and number,
// because these need no escaping in JSON.
func total(v any, each int, text func(string) int) int {
	n := each
	switch v := v.(type) {
	case string:
		n += text(v)
	case json.Number:
		n += len(v)
	case map[string]any:
		for name, x := range v {
			n += len(name) + total(x, each, text)
		}
	case []any:
		for _, x := range v {
			n += total(x, each, text)
		}
	}
	return n
}
