package scim

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"
)

// Walk requests the page before or after a Place, not the page at an index (RFC
// 9865). If the field From is zero, the page is the first page of the result or, if
// Back is true, the last page.
type Walk struct {
	From Place
	Back bool // true: the page before From; false: the page after From
}

// PageOf sorts all matches of a query and returns the requested page.
func PageOf[T any](q Query, all []T, place func(T, Sort) Place) Page[T] {
	slices.SortFunc(all, func(a, b T) int { return q.Sort.ComparePlaces(place(a, q.Sort), place(b, q.Sort)) })
	places := make([]Place, len(all))
	for i, one := range all {
		places[i] = place(one, q.Sort)
	}
	from, to, more := q.Cut(places)
	return Page[T]{Total: len(all), Items: all[from:to], More: more}
}

// Cut returns the bounds of the requested page, which is all[from:to]. The argument
// all contains the places of the whole result, sorted. The result more has the
// meaning of Page.More.
func (q Query) Cut(all []Place) (from, to int, more bool) {
	if q.Walk != nil {
		return q.Walk.cut(q.Sort, all, q.Count)
	}
	from = min(max(q.StartIndex-1, 0), len(all))
	return from, from + min(max(q.Count, 0), len(all)-from), false
}

// cut returns the bounds of the walk's page, which is all[from:to]. The argument
// all contains the places of the whole result, sorted. The result more is true if
// further places follow the page in the walk's direction.
func (w Walk) cut(order Sort, all []Place, count int) (from, to int, more bool) {
	count = max(count, 0)
	place, there := slices.BinarySearchFunc(all, w.From, order.ComparePlaces)
	switch {
	case w.Back && w.From.IsZero():
		place = len(all)
	case !w.Back && w.From.IsZero():
		place = 0
	case !w.Back && there:
		place++
	}
	if w.Back {
		from = max(place-count, 0)
		return from, place, from > 0
	}
	to = place + min(count, len(all)-place)
	return place, to, to < len(all)
}

// Place is a resource's position in the order of a Query. A page can begin at a
// Place even after the resource was changed or deleted.
type Place struct {
	Key     SortKey
	Created time.Time // to the microsecond
	ID      ID
}

// IsZero reports whether p is the zero Place, which no resource has.
func (p Place) IsZero() bool { return p.ID == "" }

// placeOf returns a resource's place. The function key returns the resource's sort
// key.
func placeOf(order Sort, id ID, meta Meta, key func(Path) SortKey) Place {
	p := Place{Created: meta.Created.Truncate(time.Microsecond).UTC(), ID: id}
	if !order.IsZero() {
		p.Key = key(order.By)
	}
	return p
}

// Place returns the user's place.
func (u User) Place(order Sort) Place { return placeOf(order, u.ID, u.Meta, u.SortKey) }

// Place returns the group's place.
func (g Group) Place(order Sort) Place { return placeOf(order, g.ID, g.Meta, g.SortKey) }

// ComparePlaces compares two places in the order of a list. If the place a comes
// first, it returns a negative number. No two resources have the same place.
func (s Sort) ComparePlaces(a, b Place) int {
	return cmp.Or(s.Compare(a.Key, b.Key), a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
}

// placeJSON is the JSON form of a Place, inside a cursor.
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
