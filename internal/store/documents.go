package store

import (
	"encoding/json"

	"github.com/flexscim/flexscim/internal/store/document"
	"github.com/flexscim/flexscim/internal/store/list"
	"github.com/flexscim/flexscim/scim"
)

// key returns what comparisons see of an IdP's value.
func key(value string) string { return list.Key(value) }

// encode returns a value as canonical JSON text: an object's keys are sorted.
func encode(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

// decode reads a document; its numbers stay as they were written.
func decode(text string) (scim.Document, error) { return document.Decode(text) }
