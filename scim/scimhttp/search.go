package scimhttp

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
	"github.com/flexscim/flexscim/scim/scimhttp/cursor"
	"github.com/flexscim/flexscim/scim/scimhttp/merge"
)

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

// everything is GET of the root (§3.4.2.1): the users that match, then the
// groups, or both in one order.
func (h *handler) everything(r *http.Request) (reply, error) {
	query := r.URL.Query()
	kinds, err := h.kindsWith(query.Get("filter"))
	if err != nil {
		return reply{}, err
	}
	kinds, merged, err := h.inOrder(kinds, query)
	switch {
	case err != nil:
		return reply{}, err
	case query.Has("cursor"):
		return h.walk(r, walked{kinds: kinds, merged: merged, query: query})
	case merged:
		return h.together(r, kinds, query)
	}
	var total, start int
	var items []merge.Item[resource]
	base := h.cfg.BaseURL(r)
	for i, k := range kinds {
		q, err := h.query(k, query, base)
		if err != nil {
			return reply{}, err
		}
		start = q.StartIndex
		q.StartIndex = max(1, start-total)
		q.Count -= len(items)
		page, err := k.page(r.Context(), q, k.shown(query))
		if err != nil {
			return reply{}, err
		}
		total += page.Total
		items = slices.Concat(items, itemsOf(i, page))
	}
	b := appendListHead(make([]byte, 0, 256+1024*len(items)), total, start, len(items))
	return reply{Status: http.StatusOK, Body: appendItems(b, kinds, items, query, base)}, nil
}

func itemsOf(list int, page scim.Page[resource]) []merge.Item[resource] {
	items := make([]merge.Item[resource], len(page.Items))
	for i, r := range page.Items {
		items[i] = merge.Item[resource]{List: list, Of: r}
	}
	return items
}

// appendItems writes the resources of a list, and its end.
func appendItems(b []byte, kinds []*kind, items []merge.Item[resource], query url.Values, base string) []byte {
	views := make([]view, len(kinds))
	for i, k := range kinds {
		views[i] = k.shown(query)
	}
	for _, item := range items {
		b = append(views[item.List].append(b, item.Of, base), ',')
	}
	return append(closeArray(b), '}')
}

// together is a page by index of two types in one order.
func (h *handler) together(r *http.Request, kinds []*kind, query url.Values) (reply, error) {
	base, ctx := h.cfg.BaseURL(r), r.Context()
	queries := make([]scim.Query, len(kinds))
	for i, k := range kinds {
		var err error
		if queries[i], err = h.query(k, query, base); err != nil {
			return reply{}, err
		}
	}
	start, count, order := queries[0].StartIndex, queries[0].Count, queries[0].Sort
	passed, err := split(ctx, kinds, queries, start-1)
	if err != nil {
		return reply{}, err
	}
	total, pages := 0, make([]scim.Page[resource], len(kinds))
	for i, k := range kinds {
		q := queries[i]
		q.StartIndex = passed[i] + 1
		if pages[i], err = k.page(ctx, q, k.shown(query)); err != nil {
			return reply{}, err
		}
		total += pages[i].Total
	}
	items := merge.All(pages[0].Items, pages[1].Items, before(order))
	items = items[:min(len(items), count)]
	b := appendListHead(make([]byte, 0, 256+1024*len(items)), total, start, len(items))
	return reply{Status: http.StatusOK, Body: appendItems(b, kinds, items, query, base)}, nil
}

// before says that a resource stands before another one of another type.
func before(order scim.Sort) func(a, b resource) bool {
	return func(a, b resource) bool { return order.ComparePlaces(a.place(order), b.place(order)) < 0 }
}

// split is how many of each type are among the first n of both in one order.
// It looks at single resources, and at few.
func split(ctx context.Context, kinds []*kind, queries []scim.Query, n int) (passed [2]int, err error) {
	if n == 0 {
		return passed, nil
	}
	ask := func(i, start, count int) (scim.Page[resource], error) {
		q := queries[i]
		q.StartIndex, q.Count = start, count
		return kinds[i].list(ctx, q, false)
	}
	var totals [2]int
	for i := range kinds {
		page, err := ask(i, 1, 0)
		if err != nil {
			return passed, err
		}
		totals[i] = page.Total
	}
	n = min(n, totals[0]+totals[1])
	isBefore := before(queries[0].Sort)
	passed[0], err = merge.Split(n, totals[0], totals[1], func(second, first int) (bool, error) {
		b, err := ask(1, second+1, 1)
		if err != nil || len(b.Items) == 0 { // it went meanwhile: it is last
			return false, err
		}
		a, err := ask(0, first+1, 1)
		return err == nil && (len(a.Items) == 0 || isBefore(b.Items[0], a.Items[0])), err
	})
	passed[1] = n - passed[0]
	return passed, err
}

// walked is a page of a walk (RFC 9865) through the lists of one type or more,
// which stand one behind the other, or are merged.
type walked struct {
	at     cursor.Position
	kinds  []*kind
	merged bool
	base   string // the address of the service
	query  url.Values
	order  scim.Sort
	total  int
	items  []merge.Item[resource]
	more   bool // beyond the page, in the direction of the walk
}

// walk is a list, or a search, with a cursor: the page beside a place. A
// startIndex beside it asks for the other way of paging, and is not looked at:
// the answer has none.
func (h *handler) walk(r *http.Request, w walked) (reply, error) {
	w.query.Del("startIndex")
	if n, err := number(w.query, "count", 1); err != nil || n < 1 {
		return reply{}, refusal.CountInvalid.New(h.cfg.MaxPage)
	}
	w.base = h.cfg.BaseURL(r)
	q, err := h.query(w.kinds[0], w.query, w.base)
	if err != nil {
		return reply{}, err
	}
	w.order = q.Sort
	box, err := h.cursors(r.Context())
	if err != nil {
		return reply{}, err
	}
	list := w.name()
	if text := w.query.Get("cursor"); text != "" {
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
	before, after := w.ends()
	previous, err := seal(before)
	if err != nil {
		return reply{}, err
	}
	next, err := seal(after)
	return reply{Status: http.StatusOK, Body: w.body(previous, next)}, err
}

// name is what a cursor is bound to: all that decides what a list has, and in
// which order.
func (w *walked) name() string {
	by := w.order.By
	parts := []string{strconv.FormatBool(w.order.Descending), strconv.FormatBool(w.merged), by.URN, by.Attr, by.Sub, w.query.Get("filter")}
	for _, k := range w.kinds {
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
	pages, left := make([]scim.Page[resource], len(w.kinds)), count
	for step := range w.kinds {
		i := step
		if w.at.Walk.Back {
			i = len(w.kinds) - 1 - step
		}
		var err error
		if pages[i], err = w.ask(ctx, h, i, left); err != nil {
			return err
		}
		if !w.merged {
			left -= len(pages[i].Items)
		}
	}
	w.join(pages, count)
	return nil
}

// ask reads the part of a kind, of count resources at most.
func (w *walked) ask(ctx context.Context, h *handler, i, count int) (scim.Page[resource], error) {
	k := w.kinds[i]
	q, err := h.query(k, w.query, w.base)
	if err != nil {
		return scim.Page[resource]{}, err
	}
	walk, passed := w.part(i)
	if q.Walk, q.Count = walk, count; passed {
		q.Count = 0
	}
	page, err := k.page(ctx, q, k.shown(w.query))
	w.total += page.Total
	w.more = w.more || q.Count > 0 && page.More || q.Count == 0 && !passed && page.Total > 0
	return page, err
}

// join makes one page of those of each kind.
func (w *walked) join(pages []scim.Page[resource], count int) {
	if !w.merged {
		for i, page := range pages {
			w.items = slices.Concat(w.items, itemsOf(i, page))
		}
		return
	}
	w.items = merge.All(pages[0].Items, pages[1].Items, before(w.order))
	if beyond := len(w.items) - count; beyond > 0 {
		w.more = true
		if w.at.Walk.Back {
			w.items = w.items[beyond:]
		} else {
			w.items = w.items[:count]
		}
	}
}

// part is where the page begins in the list of a kind; passed says that the
// walk has that list behind it.
func (w *walked) part(i int) (walk *scim.Walk, passed bool) {
	walk = &scim.Walk{Back: w.at.Walk.Back}
	switch {
	case w.merged, i == w.at.Type:
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
func (w *walked) ends() (before, after *cursor.Position) {
	before, after = &cursor.Position{Walk: scim.Walk{Back: true}}, &cursor.Position{}
	if n := len(w.items); n > 0 {
		first, last := w.items[0], w.items[n-1]
		before.Walk.From, after.Walk.From = first.Of.place(w.order), last.Of.place(w.order)
		if !w.merged {
			before.Type, after.Type = first.List, last.List
		}
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
	b := append(make([]byte, 0, 512+1024*len(w.items)), `{"schemas":["`+urnList+`"],"totalResults":`...)
	b = strconv.AppendInt(b, int64(w.total), 10)
	b = strconv.AppendInt(append(b, `,"itemsPerPage":`...), int64(len(w.items)), 10)
	for _, c := range [][2]string{{"previousCursor", previous}, {"nextCursor", next}} {
		if c[1] != "" {
			b = append(b, `,"`+c[0]+`":"`+c[1]+`"`...)
		}
	}
	return appendItems(append(b, `,"Resources":[`...), w.kinds, w.items, w.query, w.base)
}
