package scim

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/flexscim/flexscim/scim/refusal"
)

// DefaultBytes is the maximum size of a document as JSON, unless a ResourceType
// has another one.
const DefaultBytes = 2 << 20

// checkSize refuses a document that is too large, unless it was too large
// before and does not grow: clients must be able to send back what they read.
func (t *ResourceType) checkSize(doc, old Document) error {
	const longest = 6 // most bytes in JSON for one byte of text
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

// cost estimates the work of looking at a value and all in it: 1 for a byte,
// and as much as a text of 64 bytes for each value.
func cost(v any) int { return total(v, 64, func(text string) int { return len(text) }) }

// written is the size of a value as JSON, or a few bytes more.
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

// total sums each for every value in v, v included, and text(s) for its
// strings. Names and numbers need no escaping.
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
