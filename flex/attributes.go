package flex

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// Merge sets our keys in the text of a Worker's attributes. The argument theirs is
// this text as Twilio returned it: a JSON object, or "" or null for an empty
// object. The argument ours has our keys with their new values. The argument owned
// lists the keys that we wrote before; Merge removes each of them that the argument
// ours lacks. All other keys keep their position, and not a byte of their values
// changes. Merge neither sets nor removes ForbiddenKeys.
//
// If nothing has to be changed, Merge returns the argument theirs (but "{}" for ""
// and null) and false. In this comparison, the order of keys does not matter, but
// the order of the elements in a list does.
//
// If the merged text would have more than MaxAttributes characters, Merge returns
// the error Refused. If the argument theirs is not a JSON object, or the argument
// ours cannot be encoded as JSON, Merge returns another error.
func Merge(theirs string, ours map[string]any, owned []string) (merged string, changed bool, err error) {
	doc, err := parseAttributes(theirs)
	if err != nil {
		return "", false, fmt.Errorf("merge attributes: %w", err)
	}
	for _, key := range owned {
		if _, keep := ours[key]; !keep && !isForbidden(key) {
			changed = doc.remove(key) || changed
		}
	}
	for _, key := range slices.Sorted(maps.Keys(ours)) {
		if isForbidden(key) {
			continue
		}
		raw, err := marshal(ours[key])
		if err != nil {
			return "", false, fmt.Errorf("merge attributes: key %q: %w", key, err)
		}
		changed = doc.set(key, raw) || changed
	}
	if !changed {
		return doc.source, false, nil
	}
	merged = doc.String()
	if n := utf8.RuneCountInString(merged); n > MaxAttributes {
		return "", false, &Error{Op: "merge attributes", Kind: Refused,
			Err: fmt.Errorf("the attributes would have %d characters, Twilio takes %d", n, MaxAttributes)}
	}
	return merged, true, nil
}

// Owner returns our mark in a Worker's attributes (KeyOwner), or "" if there is
// none or the text is not a JSON object.
func Owner(attributes string) string {
	doc, err := parseAttributes(attributes)
	if err != nil {
		return ""
	}
	var owner string
	if i := doc.index(KeyOwner); i < 0 || json.Unmarshal(doc.members[i].value, &owner) != nil {
		return ""
	}
	return owner
}

// EqualAttributes reports whether the texts a and b are JSON objects with equal
// content. White space, the order of keys and the spelling of numbers do not
// matter.
func EqualAttributes(a, b string) bool {
	x, errA := parseAttributes(a)
	y, errB := parseAttributes(b)
	if errA != nil || errB != nil || len(x.members) != len(y.members) {
		return false
	}
	for _, m := range x.members {
		i := y.index(m.key)
		if i < 0 || !equalJSON(m.value, y.members[i].value) {
			return false
		}
	}
	return true
}

// attributes is a JSON object with its original spelling.
type attributes struct {
	source  string
	members []member
}

type member struct {
	key   string
	label string          // the key as it was written, with quotes
	value json.RawMessage // as it was written
}

func parseAttributes(text string) (attributes, error) {
	if !utf8.ValidString(text) {
		return attributes{}, errors.New("the attributes are not UTF-8")
	}
	if t := strings.TrimSpace(text); t == "" || t == "null" {
		return attributes{source: "{}"}, nil
	}
	doc := attributes{source: text}
	dec := json.NewDecoder(strings.NewReader(text))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return attributes{}, errors.New("the attributes are not a JSON object")
	}
	for dec.More() {
		if err := doc.read(dec); err != nil {
			return attributes{}, fmt.Errorf("the attributes are not JSON: %w", err)
		}
	}
	if _, err := dec.Token(); err != nil {
		return attributes{}, fmt.Errorf("the attributes are not JSON: %w", err)
	}
	if strings.TrimSpace(text[dec.InputOffset():]) != "" {
		return attributes{}, errors.New("the attributes have something after the JSON object")
	}
	return doc, nil
}

// read decodes the next member (a key and its value) and appends it. If two keys
// are equal after decoding, read keeps both members, because keys with lone
// surrogates can still differ in the text.
func (a *attributes) read(dec *json.Decoder) error {
	from := dec.InputOffset()
	token, err := dec.Token()
	if err != nil {
		return err
	}
	key, ok := token.(string)
	if !ok {
		return errors.New("a key is not a string")
	}
	written := a.source[from:dec.InputOffset()]
	m := member{key: key, label: written[strings.IndexByte(written, '"'):]}
	if err := dec.Decode(&m.value); err != nil {
		return err
	}
	a.members = append(a.members, m)
	return nil
}

// index returns the index of a key, or -1. If the key occurs twice, index returns
// the last index, because most JSON decoders use the last value.
func (a *attributes) index(key string) int {
	for i, m := range slices.Backward(a.members) {
		if m.key == key {
			return i
		}
	}
	return -1
}

// set gives a key a value, and reports whether the object had another value or no
// value for the key.
func (a *attributes) set(key string, value json.RawMessage) bool {
	i := a.index(key)
	if i >= 0 && equalJSON(a.members[i].value, value) {
		return false
	}
	if i >= 0 {
		a.members[i].value = value
		return true
	}
	label, _ := marshal(key) // a string can always be encoded
	a.members = append(a.members, member{key, string(label), value})
	return true
}

// remove removes a key, and reports whether the object had the key.
func (a *attributes) remove(key string) bool {
	before := len(a.members)
	a.members = slices.DeleteFunc(a.members, func(m member) bool { return m.key == key })
	return len(a.members) < before
}

func (a *attributes) String() string {
	var b strings.Builder
	b.WriteByte('{')
	for i, m := range a.members {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(m.label)
		b.WriteByte(':')
		b.Write(m.value)
	}
	b.WriteByte('}')
	return b.String()
}

func isForbidden(key string) bool { return slices.Contains(ForbiddenKeys(), key) }

// marshal encodes JSON without HTML escapes, because each escape has six characters
// that count towards MaxAttributes.
func marshal(value any) (json.RawMessage, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(b.Bytes()), nil
}
