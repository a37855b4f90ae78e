package scimhttp

import (
	"context"
	"encoding/json"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/scimhttp/cursor"
)

const urnSearch = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"

// search is POST .search of one type (RFC 7644 §3.4.3): what its body asks
// for is listed as if the query asked for it.
func (h *handler) search(r *http.Request, k *kind) (reply, error) {
	asked, err := h.searched(r)
	if err != nil {
		return reply{}, err
	}
	return h.list(asked, k)
}

// searchEverything is POST .search at the root.
func (h *handler) searchEverything(r *http.Request) (reply, error) {
	asked, err := h.searched(r)
	if err != nil {
		return reply{}, err
	}
	return h.everything(asked)
}

// searched is the request with its body's wishes as its query.
func (h *handler) searched(r *http.Request) (*http.Request, error) {
	body, err := h.body(r)
	if err != nil {
		return nil, err
	}
	query := url.Values{}
	for _, name := range []string{"filter", "sortBy", "sortOrder", "startIndex", "count", "cursor", "attributes", "excludedAttributes"} {
		value, given, err := member(body, name)
		if err != nil {
			return nil, err
		}
		if !given || value == nil {
			continue
		}
		if query[name], err = words(name, value); err != nil {
			return nil, err
		}
	}
	asked := r.WithContext(r.Context())
	asked.URL = &url.URL{Path: r.URL.Path, RawQuery: query.Encode()}
	return asked, nil
}

// words are a value of a SearchRequest as a query has it, of the type that RFC
// 7644 §3.4.3 gives it, or as a text.
func words(name string, value any) ([]string, error) {
	switch v := value.(type) {
	case string:
		return []string{v}, nil
	case json.Number:
		if name == "startIndex" || name == "count" {
			return []string{whole(v)}, nil
		}
	case []any:
		if name == "attributes" || name == "excludedAttributes" {
			return texts(name, v)
		}
	}
	return nil, notSearched(name)
}

// whole writes a number that is an integer as one: 2.0 is 2.
func whole(n json.Number) string {
	x, err := n.Float64()
	if err != nil || x != math.Trunc(x) || !strings.ContainsAny(n.String(), ".eE") {
		return n.String()
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

func texts(name string, list []any) ([]string, error) {
	all := make([]string, 0, len(list))
	for _, element := range list {
		text, ok := element.(string)
		if !ok {
			return nil, notSearched(name)
		}
		all = append(all, text)
	}
	return all, nil
}

func notSearched(name string) error {
	return scim.BadRequest(scim.InvalidValue, "%s of the search has another type than a %s gives it. Correct it, or leave it out.", name, urnSearch)
}

// everything is GET of the root (§3.4.2.1): the users that match, then the
// groups.
func (h *handler) everything(r *http.Request) (reply, error) {
	query := r.URL.Query()
	if query.Get("sortBy") != "" {
		return reply{}, scim.BadRequest(scim.InvalidValue, "sortBy works within one type only. Leave it out here, or ask /Users or /Groups.")
	}
	kinds, err := h.kindsWith(query.Get("filter"))
	if err != nil {
		return reply{}, err
	}
	if query.Has("cursor") {
		return h.walk(r, kinds, query)
	}
	var total, items, start int
	var b []byte
	base := h.cfg.BaseURL(r)
	for _, k := range kinds {
		q, err := h.query(k, query, base)
		if err != nil {
			return reply{}, err
		}
		start = q.StartIndex
		q.StartIndex = max(1, start-total)
		q.Count -= items
		v := k.view.selected(newSelection(k.types, query))
		q.Managers = v.showsManager()
		page, err := k.list(r.Context(), q, v.shows(k.related))
		if err != nil {
			return reply{}, err
		}
		total += page.Total
		items += len(page.Items)
		for _, item := range page.Items {
			b = append(v.append(b, item, base), ',')
		}
	}
	head := appendListHead(make([]byte, 0, 256+len(b)), total, start, items)
	return reply{Status: http.StatusOK, Body: append(closeArray(append(head, b...)), '}')}, nil
}

// kindsWith are the types that a filter at the root can select. A comparison
// with an attribute that a type does not have is false there (§3.4.2.1), and
// so is everything that stands in one "and" with it. Below "or" and "not" that
// says little, so that such a filter is refused.
func (h *handler) kindsWith(filter string) ([]*kind, error) {
	var kinds []*kind
	var refused error
	certain := true // what refuses the filter has nothing that it selects
	for _, k := range []*kind{h.users, h.groups} {
		f, err := h.filter(k, filter)
		if err != nil {
			if refused == nil {
				refused = err
			}
			continue
		}
		kinds = append(kinds, k)
		certain = certain && isConjunction(f)
	}
	if len(kinds) == 0 {
		return nil, refused
	}
	if refused != nil && !certain {
		return nil, scim.BadRequest(scim.InvalidFilter, "The filter names an attribute that only one type has, below or, or not. Ask /Users or /Groups, or use and.")
	}
	return kinds, nil
}

func isConjunction(f scim.Filter) bool {
	switch f := f.(type) {
	case scim.And:
		for _, term := range f {
			if !isConjunction(term) {
				return false
			}
		}
		return true
	case scim.Or, scim.Not:
		return false
	}
	return true
}

// walked is a page of a walk (RFC 9865) through the lists of one type or more,
// which stand one behind the other.
type walked struct {
	at    cursor.Position
	kinds []*kind
	base  string // the address of the service
	query url.Values
	pages []scim.Page[resource] // of each kind
	more  bool                  // beyond the page, in the direction of the walk
}

// walk is a list, or a search, with a cursor: the page beside a place. A
// startIndex beside it asks for the other way of paging, and is not looked at:
// the answer has none.
func (h *handler) walk(r *http.Request, kinds []*kind, query url.Values) (reply, error) {
	query.Del("startIndex")
	if n, err := number(query, "count", 1); err != nil || n < 1 {
		return reply{}, scim.BadRequest(scim.InvalidCount, "count is no size of a page, which a cursor needs. Send a number from 1 to %d, or leave it out.", h.cfg.MaxPage)
	}
	base := h.cfg.BaseURL(r)
	q, err := h.query(kinds[0], query, base)
	if err != nil {
		return reply{}, err
	}
	box, err := h.cursors(r.Context())
	if err != nil {
		return reply{}, err
	}
	w := walked{kinds: kinds, query: query, base: base, pages: make([]scim.Page[resource], len(kinds))}
	list := listName(kinds, query.Get("filter"), q.Sort)
	if text := query.Get("cursor"); text != "" {
		if w.at, err = box.Open(text, list, h.cfg.Clock()); err != nil {
			return reply{}, err
		}
	}
	if err := w.read(r.Context(), h, q.Count); err != nil {
		return reply{}, err
	}
	seal := func(p *cursor.Position) (string, error) {
		if p == nil {
			return "", nil
		}
		p.Expires = h.cfg.Clock().Add(h.cfg.CursorTimeout)
		return box.Seal(*p, list)
	}
	before, after := w.ends(q.Sort)
	previous, err := seal(before)
	if err != nil {
		return reply{}, err
	}
	next, err := seal(after)
	return reply{Status: http.StatusOK, Body: w.body(previous, next)}, err
}

// listName is what a cursor is bound to: all that decides what a list has, and
// in which order.
func listName(kinds []*kind, filter string, order scim.Sort) string {
	parts := []string{strconv.FormatBool(order.Descending), order.By.URN, order.By.Attr, order.By.Sub, filter}
	for _, k := range kinds {
		parts = append(parts, k.types.Name)
	}
	return strings.Join(parts, "\x00")
}

// cursors is the box of this connection's cursors.
func (h *handler) cursors(ctx context.Context) (*cursor.Box, error) {
	if box := h.box.Load(); box != nil {
		return box, nil
	}
	key, err := h.cfg.CursorKey(ctx)
	if err != nil {
		return nil, err
	}
	box, err := cursor.NewBox(key)
	if err == nil {
		h.box.Store(box)
	}
	return box, err
}

// read asks each kind for its part of the page. Of those where the page does
// not reach, only how many they are.
func (w *walked) read(ctx context.Context, h *handler, count int) error {
	for step := range w.kinds {
		i := step
		if w.at.Walk.Back {
			i = len(w.kinds) - 1 - step
		}
		q, err := h.query(w.kinds[i], w.query, w.base)
		if err != nil {
			return err
		}
		walk, passed := w.part(i)
		if q.Walk, q.Count = walk, count; passed {
			q.Count = 0
		}
		v := w.kinds[i].view.selected(newSelection(w.kinds[i].types, w.query))
		q.Managers = v.showsManager()
		page, err := w.kinds[i].list(ctx, q, v.shows(w.kinds[i].related) || q.Sort.By.Attr == w.kinds[i].related)
		if err != nil {
			return err
		}
		w.pages[i] = page
		count -= len(page.Items)
		w.more = w.more || q.Count > 0 && page.More || q.Count == 0 && !passed && page.Total > 0
	}
	return nil
}

// part is where the page begins in the list of a kind; passed says that the
// walk has that list behind it.
func (w *walked) part(i int) (walk *scim.Walk, passed bool) {
	walk = &scim.Walk{Back: w.at.Walk.Back}
	switch {
	case i == w.at.Type:
		walk.From = w.at.Walk.From
	case walk.Back:
		passed = i > w.at.Type && !w.at.Walk.From.IsZero()
	default:
		passed = i < w.at.Type
	}
	return walk, passed
}

// ends are where the pages before and after this one begin; nil: there is none.
// Beside an empty page, which was not empty when its cursor was made, is
// whatever is left.
func (w *walked) ends(order scim.Sort) (before, after *cursor.Position) {
	after = &cursor.Position{}
	for i, page := range w.pages {
		if n := len(page.Items); n > 0 {
			if before == nil {
				before = &cursor.Position{Type: i, Walk: scim.Walk{From: page.Items[0].place(order), Back: true}}
			}
			after = &cursor.Position{Type: i, Walk: scim.Walk{From: page.Items[n-1].place(order)}}
		}
	}
	if before == nil {
		before = &cursor.Position{Walk: scim.Walk{Back: true}}
	}
	hasBefore, hasAfter := !w.at.Walk.From.IsZero(), w.more
	if w.at.Walk.Back {
		hasBefore, hasAfter = hasAfter, hasBefore
	}
	if !hasBefore {
		before = nil
	}
	if !hasAfter {
		after = nil
	}
	return before, after
}

// body writes the page.
func (w *walked) body(previous, next string) []byte {
	total, items := 0, 0
	for _, page := range w.pages {
		total += page.Total
		items += len(page.Items)
	}
	b := append(make([]byte, 0, 512+1024*items), `{"schemas":["`+urnList+`"],"totalResults":`...)
	b = strconv.AppendInt(b, int64(total), 10)
	b = strconv.AppendInt(append(b, `,"itemsPerPage":`...), int64(items), 10)
	for _, c := range [][2]string{{"previousCursor", previous}, {"nextCursor", next}} {
		if c[1] != "" {
			b = append(b, `,"`+c[0]+`":"`+c[1]+`"`...)
		}
	}
	b = append(b, `,"Resources":[`...)
	for i, k := range w.kinds {
		v := k.view.selected(newSelection(k.types, w.query))
		for _, item := range w.pages[i].Items {
			b = append(v.append(b, item, w.base), ',')
		}
	}
	return append(closeArray(b), '}')
}
