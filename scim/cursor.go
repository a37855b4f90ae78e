package scim

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"
)

// Walk asks for the page beside a place instead of one at an index (RFC 9865).
// From the zero Place it begins at the first resource, or going back at the last.
type Walk struct {
	From Place
	Back bool // what comes before the place, else what comes after
}

// Cut is the part of all places of a result, in their order, that a walk asks
// for, and whether it goes on beyond.
func (w Walk) Cut(order Sort, all []Place, count int) (from, to int, more bool) {
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
