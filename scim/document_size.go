package scim

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/flexscim/flexscim/scim/refusal"
)

// DefaultBytes is how large a document is at most, where a ResourceType says
// nothing else.
const DefaultBytes = 2 << 20

// checkSize refuses a document that is too large, unless it was before and
// does not grow: what one can read one must be able to send back.
func (t *ResourceType) checkSize(doc, old Document) error {
	const longest = 6 // bytes of a character that JSON escapes, for each of its own
	most := cmp.Or(t.MaxBytes, DefaultBytes)
	if weight(map[string]any(doc))*longest <= most {
		return nil
	}
	size := written(map[string]any(doc))
	if size <= most || old != nil && size <= written(map[string]any(old)) {
		return nil
	}
	return refusal.ResourceTooLarge.New(t.Name, most)
}

// weight is about how much work it is to look at a value and all in it: a byte
// is one, a value as much as a text of 64.
func weight(v any) int { return total(v, 64, func(text string) int { return len(text) }) }

// written is how many bytes a value takes as JSON, or a few more.
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

// total counts each for every value in v and itself, and what its texts are.
// Names and numbers need no escape.
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
