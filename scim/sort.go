package scim

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Sort is the order of the resources that a Query returns (RFC 7644 §3.4.2.3). The
// zero Sort is the order of creation. Resources with equal keys are also in the
// order of creation.
type Sort struct {
	By         Path // a result of Sortable
	Descending bool
}

// Sortable returns the path of the values that are compared when resources are
// sorted by the path p. If p is the path of a complex attribute, Sortable returns
// the path of its sub-attribute `value`, otherwise p itself. If a complex attribute
// has no sub-attribute `value`, Sortable returns false.
func (t *ResourceType) Sortable(p Path) (Path, bool) {
	path, row, ok := t.Lookup(p.URN, p.Attr, p.Sub)
	if ok && row.Type == TypeComplex {
		path, row, ok = t.Lookup(path.URN, path.Attr, "value")
	}
	return path, ok && row.Type != TypeComplex
}

// SortKey is the value by which a resource is sorted.
type SortKey struct {
	none   bool
	number float64 // value of a number, or of a boolean, for which 1 means true
	at     time.Time
	text   string // result of TextKey for a string; unless the attribute is caseExact, the string is folded first
}

// Text returns the key of a string. If the value is not a string, it returns "".
func (k SortKey) Text() string { return k.text }

// Bool returns the key of a boolean.
func (k SortKey) Bool() bool { return k.number != 0 }

// Time returns the key of a dateTime.
func (k SortKey) Time() time.Time { return k.at }

// Compare compares two keys of the same path. It returns a negative number if k
// comes before other in ascending order. The key of a resource without a value
// comes last.
func (k SortKey) Compare(other SortKey) int {
	return cmp.Or(
		cmp.Compare(rank(k.none), rank(other.none)),
		cmp.Compare(k.number, other.number),
		k.at.Compare(other.at),
		strings.Compare(k.text, other.text),
	)
}

// IsZero reports whether s is the order of creation.
func (s Sort) IsZero() bool { return s.By.Attr == "" }

// Compare compares the keys of two resources. It returns a negative number if a
// comes before b in the order s.
func (s Sort) Compare(a, b SortKey) int {
	if s.Descending {
		return b.Compare(a)
	}
	return a.Compare(b)
}

// SortKey returns the key of the user for a path that Sortable returned. If there
// are several values, it returns the key of the primary value. If no value is
// primary, it returns the key of the first value.
func (u User) SortKey(p Path) SortKey {
	return resource{u.ID, u.Meta, u.Doc, u.groups()}.sortKey(UserType(), p)
}

// SortKey returns the key of the group for a path, with the same rules as
// User.SortKey.
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

// rank returns 0 for false and 1 for true.
func rank(b bool) int {
	if b {
		return 1
	}
	return 0
}
