package store

import (
	"encoding/json"

	"github.com/flexscim/flexscim/internal/store/condition"
	"github.com/flexscim/flexscim/internal/store/document"
	"github.com/flexscim/flexscim/scim"
)

// key is what comparisons see of a value of the IdP's.
func key(value string) string { return condition.Key(value) }

// encode returns a value as canonical JSON text: an object's keys are sorted.
func encode(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

// decode reads a document; its numbers stay as they were written.
func decode(text string) (scim.Document, error) { return document.Decode(text) }
