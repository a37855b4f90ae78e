package scim

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Sort is the order that a Query asks for (RFC 7644 §3.4.2.3). The zero Sort
// is the order of creation, which also decides between equals.
type Sort struct {
	By         Path // of an attribute that Sortable knows
	Descending bool
}

// Sortable is the path whose values decide where resources are sorted by p:
// that of a complex attribute's value, else p itself. It is false where there
// is nothing to compare.
func (t *ResourceType) Sortable(p Path) (Path, bool) {
	path, row, ok := t.Lookup(p.URN, p.Attr, p.Sub)
	if ok && row.Type == TypeComplex {
		path, row, ok = t.Lookup(path.URN, path.Attr, "value")
	}
	return path, ok && row.Type != TypeComplex
}

// SortKey is what decides where a resource stands in a sorted list.
type SortKey struct {
	none   bool
	number float64 // of numbers; 1 for true
	at     time.Time
	text   string // TextKey, folded where case does not count
}

// Text is the value of a text, "" for none.
func (k SortKey) Text() string { return k.text }

// Bool is the value of a boolean.
func (k SortKey) Bool() bool { return k.number != 0 }

// Time is the value of a date.
func (k SortKey) Time() time.Time { return k.at }

// Compare is the ascending order of two keys of one path: negative where k
// comes first. A resource without a value comes last.
func (k SortKey) Compare(other SortKey) int {
	return cmp.Or(
		cmp.Compare(rank(k.none), rank(other.none)),
		cmp.Compare(k.number, other.number),
		k.at.Compare(other.at),
		strings.Compare(k.text, other.text),
	)
}

// IsZero says that nothing was asked for.
func (s Sort) IsZero() bool { return s.By.Attr == "" }

// Compare is where a resource with key a stands beside one with key b:
// negative where it comes first.
func (s Sort) Compare(a, b SortKey) int {
	if s.Descending {
		return b.Compare(a)
	}
	return a.Compare(b)
}

// SortKey is the user's value at a path that Sortable answers. Of several
// values it is that of the primary element, else the first.
func (u User) SortKey(p Path) SortKey {
	return resource{u.ID, u.Meta, u.Doc, u.groups()}.sortKey(UserType(), p)
}

// SortKey is the group's value at a path, as User.SortKey.
func (g Group) SortKey(p Path) SortKey {
	return resource{g.ID, g.Meta, g.Doc, g.members()}.sortKey(GroupType(), p)
}

func (r resource) sortKey(t *ResourceType, p Path) SortKey {
	row, values := r.values(t, p.URN, p.Attr, p.Sub)
	if row == nil {
		return SortKey{none: true}
	}
	first := slices.IndexFunc(values, func(v any) bool { return v != nil })
	if parent, _ := t.names().find(p.URN, p.Attr, ""); parent.Multi {
		primary := slices.IndexFunc(r.elements(t, parent), isPrimary)
		if primary >= 0 && values[primary] != nil {
			first = primary
		}
	}
	if first < 0 {
		return SortKey{none: true}
	}
	return keyOf(row, values[first])
}

func keyOf(f *field, value any) SortKey {
	switch v := value.(type) {
	case bool:
		return SortKey{number: float64(rank(v))}
	case json.Number:
		x, err := v.Float64()
		if err != nil {
			return SortKey{none: true}
		}
		return SortKey{number: x}
	case string:
		if f.Type == TypeDateTime {
			at, err := time.Parse(time.RFC3339Nano, v)
			return SortKey{at: at, none: err != nil}
		}
		if !f.CaseExact {
			v = Fold(v)
		}
		return SortKey{text: TextKey(v)}
	}
	return SortKey{none: true}
}

// rank is the order of false and true.
func rank(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Place is where a resource stands in the order of a Query: a page can begin
// there, whether or not the resource is still what it was.
type Place struct {
	Key     SortKey
	Created time.Time // to the microsecond
	ID      ID
}

// IsZero says that the place is no resource's.
func (p Place) IsZero() bool { return p.ID == "" }

// PlaceOf is a resource's place, given its key in the order of a query.
func PlaceOf(key SortKey, id ID, meta Meta) Place {
	return Place{Key: key, Created: meta.Created.Truncate(time.Microsecond).UTC(), ID: id}
}

// Place is where the user stands.
func (u User) Place(order Sort) Place {
	var key SortKey
	if !order.IsZero() {
		key = u.SortKey(order.By)
	}
	return PlaceOf(key, u.ID, u.Meta)
}

// Place is where the group stands.
func (g Group) Place(order Sort) Place {
	var key SortKey
	if !order.IsZero() {
		key = g.SortKey(order.By)
	}
	return PlaceOf(key, g.ID, g.Meta)
}

// ComparePlaces is the order of a whole result: negative where a comes first.
// No two resources have one place.
func (s Sort) ComparePlaces(a, b Place) int {
	return cmp.Or(s.Compare(a.Key, b.Key), a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
}

// placeJSON is a Place as it is written.
type placeJSON struct {
	ID      ID         `json:"i"`
	Created int64      `json:"c"`
	None    bool       `json:"n,omitempty"`
	Number  float64    `json:"f,omitempty"`
	At      *time.Time `json:"a,omitempty"`
	Text    string     `json:"t,omitempty"`
}

func (p Place) MarshalJSON() ([]byte, error) {
	j := placeJSON{ID: p.ID, Created: p.Created.UnixMicro(), None: p.Key.none, Number: p.Key.number, Text: p.Key.text}
	if !p.Key.at.IsZero() {
		j.At = &p.Key.at
	}
	return json.Marshal(j)
}

func (p *Place) UnmarshalJSON(b []byte) error {
	var j placeJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	*p = Place{ID: j.ID, Created: time.UnixMicro(j.Created).UTC(), Key: SortKey{none: j.None, number: j.Number, text: j.Text}}
	if j.At != nil {
		p.Key.at = *j.At
	}
	return nil
}

// The sizes of keys, in bytes: an index of PostgreSQL takes some 2,700.
const (
	maxKey       = 512               // of a value that is its own key
	MaxKeyPrefix = maxKey - 1 - 2*32 // of a longer one: how much of it the key keeps
)

// TextKey is what comparisons see of a value of the IdP's: the value itself, or
// where it is too long for an index or holds what no text column takes (NUL,
// bytes that are not UTF-8), how it begins, U+0001 and its hash. Values that
// differ have keys that differ. Keys are in the order of their values, as far
// as those begin differently.
func TextKey(value string) string {
	odd := strings.IndexAny(value, "\x00\x01")
	if len(value) <= maxKey && odd < 0 && utf8.ValidString(value) {
		return value
	}
	prefix := value
	if odd >= 0 {
		prefix = value[:odd]
	}
	hash := sha256.Sum256([]byte(value))
	return validPrefix(prefix) + "\x01" + hex.EncodeToString(hash[:])
}

// validPrefix is the part of s that a key keeps: whole characters.
func validPrefix(s string) string {
	end := 0
	for end < len(s) {
		r, size := utf8.DecodeRuneInString(s[end:])
		if r == utf8.RuneError && size == 1 || end+size > MaxKeyPrefix {
			break
		}
		end += size
	}
	return s[:end]
}
