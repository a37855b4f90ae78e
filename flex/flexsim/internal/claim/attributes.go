package claim

import (
	"encoding/json"
	"errors"
	"strings"
)

// Parse reads a Worker's attributes; numbers keep their digits.
func Parse(text string) (map[string]any, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var m map[string]any
	if err := d.Decode(&m); err != nil {
		return nil, err
	}
	if m == nil || d.More() {
		return nil, errors.New("not one JSON object")
	}
	return m, nil
}

// Format writes attributes with sorted keys and without HTML's escapes.
func Format(m map[string]any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(m); err != nil {
		return "{}" // what was decoded from JSON always encodes
	}
	return strings.TrimSuffix(b.String(), "\n")
}
