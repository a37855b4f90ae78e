package scim

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/flexscim/flexscim/scim/refusal"
)

// Document is the attributes of a resource in canonical form: names spelt as
// the schema spells them, an extension's attributes under its URN, values of
// the schema's JSON type (string, bool, json.Number, map[string]any, []any).
// It never holds id, meta, schemas, password, a User's groups or a Group's
// members: those have fields of their own, or no place here.
type Document map[string]any // :: attribute name → value

// UserName is the userName, "" for none.
func (d Document) UserName() string { return d.Text("userName") }

// ExternalID is the IdP's own name for the resource, "" for none.
func (d Document) ExternalID() string { return d.Text("externalId") }

// DisplayName is the displayName, "" for none.
func (d Document) DisplayName() string { return d.Text("displayName") }

// Active says whether the person may work. Only an explicit false says no.
func (d Document) Active() bool {
	active, ok := d["active"].(bool)
	return active || !ok
}

// Emails lists the e-mail addresses as given, the primary one first.
func (d Document) Emails() []string { return d.Values("emails") }

// Roles lists the values of the core schema's roles, the primary one first.
func (d Document) Roles() []string { return d.Values("roles") }

// Entitlements lists the values of the core schema's entitlements.
func (d Document) Entitlements() []string { return d.Values("entitlements") }

// Enterprise is the enterprise extension, nil for none. It is the document's
// own: do not change it.
func (d Document) Enterprise() map[string]any { return d.Extension(URNEnterprise) }

// Extension is what the document holds under an extension's URN, nil for
// none. It is the document's own: do not change it.
func (d Document) Extension(urn string) map[string]any {
	ext, _ := d[urn].(map[string]any)
	return ext
}

// Manager is the value of the enterprise extension's manager, "" for none.
func (d Document) Manager() string { return d.Text(URNEnterprise, "manager", "value") }

// Text is the string at a path of canonical names, such as ("name",
// "givenName") or (URNEnterprise, "manager", "value"); "" where there is none.
func (d Document) Text(path ...string) string {
	var at any = map[string]any(d)
	for _, name := range path {
		object, ok := at.(map[string]any)
		if !ok {
			return ""
		}
		at = object[name]
	}
	text, _ := at.(string)
	return text
}

// Values lists the string values of a multi-valued attribute, an object's
// being its value, the primary one first.
func (d Document) Values(attribute string) []string {
	elements, _ := d[attribute].([]any)
	values := make([]string, 0, len(elements))
	for _, e := range elements {
		value, ok := valueOf(e).(string)
		switch {
		case !ok:
		case isPrimary(e) && len(values) > 0:
			values = append([]string{value}, values...)
		default:
			values = append(values, value)
		}
	}
	return values
}

// Clone is a deep copy.
func (d Document) Clone() Document {
	if d == nil {
		return nil
	}
	clone, _ := cloneValue(map[string]any(d)).(map[string]any)
	return clone
}

func cloneValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		clone := make(map[string]any, len(v))
		for name, x := range v {
			clone[name] = cloneValue(x)
		}
		return clone
	case []any:
		clone := make([]any, len(v))
		for i, x := range v {
			clone[i] = cloneValue(x)
		}
		return clone
	}
	return v
}

// Equal says that two canonical documents read the same. The order of a
// multi-valued attribute counts: the IdP would see it move.
func Equal(a, b Document) bool { return equalMaps(a, b) }

func equalMaps(a, b map[string]any) bool { return maps.EqualFunc(a, b, equalValues) }

func equalValues(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && equalMaps(a, b)
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !equalValues(a[i], b[i]) {
				return false
			}
		}
		return true
	case string, bool, json.Number, nil:
		return a == b
	}
	return false
}

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
	if err := Complete(t, next, old); err != nil {
		return nil, err
	}
	result := maps.Clone(next)
	_, given := result["active"]
	if active, known := old["active"]; known && !given {
		result["active"] = active
	}
	return result, nil
}

// Complete refuses a document with an element that lacks what its schema
// requires (400 invalidValue). Elements that old has too are not looked at:
// what somebody could read they can send back.
func Complete(t *ResourceType, doc, old Document) error {
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

// Flat is an object of attributes in which those that stand in an object under
// the URN of the core schema, as an extension's do, are named by the URN and a
// colon instead: RFC 7644 §3.10 has both. raw is not changed.
func Flat(t *ResourceType, raw map[string]any) (map[string]any, error) {
	for name, value := range raw {
		if len(name) != len(t.Schema.URN) || !strings.EqualFold(name, t.Schema.URN) {
			continue
		}
		core, ok := value.(map[string]any)
		if !ok && value != nil {
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

// Fold is the form in which names that differ only by case are equal: simple
// Unicode case folding, so that Fold(a) == Fold(b) whenever
// strings.EqualFold(a, b). The Kelvin sign folds to k and the long s to s; ß
// and ss stay different, and so do İ and i, because they can be two people.
// It does not normalise (NFC): composed and decomposed umlauts differ, as
// they do for Twilio and for the IdPs.
func Fold(s string) string {
	for i := range len(s) {
		if c := s[i]; c >= 'A' && c <= 'Z' || c >= 0x80 {
			return strings.Map(foldRune, s)
		}
	}
	return s
}

// foldRune is one rune for each class of runes that differ by case only: the
// smallest of them, in lower case if that is one of them too.
func foldRune(r rune) rune {
	if r >= 'A' && r <= 'Z' {
		return r + 'a' - 'A'
	}
	if r < 0x80 {
		return r
	}
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	lower := unicode.ToLower(least)
	for next := unicode.SimpleFold(least); next != least; next = unicode.SimpleFold(next) {
		if next == lower {
			return lower
		}
	}
	return least
}

// HalfCharacter says that a JSON text escapes one half of a surrogate pair
// alone: decoders put U+FFFD in its place and say nothing.
func HalfCharacter(text []byte) bool {
	if !bytes.Contains(text, []byte(`\u`)) {
		return false
	}
	expected := false // the other half
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			if expected {
				return true
			}
			continue
		}
		i++
		unit := uint64(0)
		if text[i] == 'u' && i+4 < len(text) {
			unit, _ = strconv.ParseUint(string(text[i+1:i+5]), 16, 16)
			i += 4
		}
		if low := unit >= 0xdc00 && unit < 0xe000; low != expected {
			return true
		}
		expected = unit >= 0xd800 && unit < 0xdc00
	}
	return expected
}
