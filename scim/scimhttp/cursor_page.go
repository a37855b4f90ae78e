package scimhttp

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
	"github.com/flexscim/flexscim/scim/scimhttp/cursor"
)

// cursorPage is a page that begins at a cursor (RFC 9865). It can contain
// resources of several types. The lists of the types are then concatenated or, if the
// field interleaved is true, merged in sort order.
type cursorPage struct {
	at          cursor.Position
	kinds       []*kind
	interleaved bool
	order       scim.Sort
	total       int
	items       []merged[resource]
	more        bool // there are resources beyond the page, in the direction in which the client reads
}

// listFromCursor returns the page of a list at a cursor. It ignores the parameter
// startIndex, which is for pages by index.
func (h *handler) listFromCursor(ctx context.Context, op operation, p cursorPage) (result, error) {
	op.query.Del("startIndex")
	if n, err := number(op.query, "count", 1); err != nil || n < 1 {
		return result{}, refusal.CountInvalid.New(h.cfg.MaxPage)
	}
	q, err := h.listQuery(op, p.kinds[0])
	if err != nil {
		return result{}, err
	}
	p.order = q.Sort
	box, err := h.cursorBox(ctx)
	if err != nil {
		return result{}, err
	}
	list := p.list(op.query.Get("filter"))
	if text := op.query.Get("cursor"); text != "" {
		if p.at, err = box.Open(text, list, h.cfg.Clock()); err != nil {
			return result{}, err
		}
	}
	if err := h.read(ctx, op, &p, q.Count); err != nil {
		return result{}, err
	}
	seal := func(at *cursor.Position) (string, error) {
		if at == nil {
			return "", nil
		}
		at.Expires = h.cfg.Clock().Add(h.cfg.CursorTimeout)
		return box.Seal(*at, list)
	}
	before, after := p.ends()
	previous, err := seal(before)
	if err != nil {
		return result{}, err
	}
	next, err := seal(after)
	return result{Status: http.StatusOK, Body: p.body(op, previous, next)}, err
}

// list returns a text that identifies the list to which a cursor is bound. The text
// contains every parameter that determines the resources of the list or their
// order.
func (p *cursorPage) list(filter string) string {
	by := p.order.By
	parts := []string{strconv.FormatBool(p.order.Descending), strconv.FormatBool(p.interleaved), by.URN, by.Attr, by.Sub, filter}
	for _, k := range p.kinds {
		parts = append(parts, k.types.Name)
	}
	return strings.Join(parts, "\x00")
}

// cursorBox returns the Box that seals and opens this connection's cursors.
func (h *handler) cursorBox(ctx context.Context) (*cursor.Box, error) {
	if box := h.cursors.Load(); box != nil {
		return box, nil
	}
	key, err := h.cfg.CursorKey(ctx)
	if err != nil {
		return nil, err
	}
	box, err := cursor.NewBox(key)
	if err == nil {
		h.cursors.Store(box)
	}
	return box, err
}

// handler.read reads, for each type, the resources that are on the page. If no
// resource of a type is on the page, the method gets only the number of resources
// of this type.
func (h *handler) read(ctx context.Context, op operation, p *cursorPage, count int) error {
	pages, left := make([]scim.Page[resource], len(p.kinds)), count
	for step := range p.kinds {
		i := step
		if p.at.Walk.Back {
			i = len(p.kinds) - 1 - step
		}
		var err error
		if pages[i], err = h.readPart(ctx, op, p, i, left); err != nil {
			return err
		}
		switch {
		case p.interleaved:
		case pages[i].Cut:
			left = 0
		default:
			left -= len(pages[i].Items)
		}
	}
	p.join(pages, count)
	return nil
}

// readPart reads at most count resources of one type.
func (h *handler) readPart(ctx context.Context, op operation, p *cursorPage, i, count int) (scim.Page[resource], error) {
	k := p.kinds[i]
	q, err := h.listQuery(op, k)
	if err != nil {
		return scim.Page[resource]{}, err
	}
	walk, passed := p.part(i)
	if q.Walk, q.Count = walk, count; passed {
		q.Count = 0
	}
	page, err := k.page(ctx, q, k.shown(op.query))
	p.total += page.Total
	p.more = p.more || q.Count > 0 && page.More || q.Count == 0 && !passed && page.Total > 0
	return page, err
}

// join combines the pages of the types into one page.
func (p *cursorPage) join(pages []scim.Page[resource], count int) {
	if !p.interleaved {
		for i, page := range pages {
			p.items = appendPage(p.items, i, page)
		}
		return
	}
	p.items = p.knownItems(merge(pages[0].Items, pages[1].Items, before(p.order)), pages)
	if beyond := len(p.items) - count; beyond > 0 {
		p.more = true
		if p.at.Walk.Back {
			p.items = p.items[beyond:]
		} else {
			p.items = p.items[:count]
		}
	}
}

// cursorPage.knownItems calls the function knownItems. If the walk goes backwards,
// the method reverses the items before and after the call.
func (p *cursorPage) knownItems(items []merged[resource], pages []scim.Page[resource]) []merged[resource] {
	if !p.at.Walk.Back {
		return knownItems(items, pages)
	}
	slices.Reverse(items)
	items = knownItems(items, pages)
	slices.Reverse(items)
	return items
}

// cursorPage.part returns the place at which the page begins in the list of type i.
// passed is true if earlier pages already contained all resources of this type.
func (p *cursorPage) part(i int) (walk *scim.Walk, passed bool) {
	walk = &scim.Walk{Back: p.at.Walk.Back}
	switch {
	case p.interleaved, i == p.at.Type:
		walk.From = p.at.Walk.From
	case walk.Back:
		passed = i > p.at.Type && !p.at.Walk.From.IsZero()
	default:
		passed = i < p.at.Type
	}
	return walk, passed
}

// ends returns the positions at which the previous and the next page begin. A
// position is nil if there is no such page. If the page is empty, because its
// resources were deleted after the cursor was made, the positions are the end and
// the start of the list.
func (p *cursorPage) ends() (before, after *cursor.Position) {
	before, after = &cursor.Position{Walk: scim.Walk{Back: true}}, &cursor.Position{}
	if n := len(p.items); n > 0 {
		first, last := p.items[0], p.items[n-1]
		before.Walk.From, after.Walk.From = first.item.place(p.order), last.item.place(p.order)
		if !p.interleaved {
			before.Type, after.Type = first.list, last.list
		}
	}
	hasBefore, hasAfter := !p.at.Walk.From.IsZero(), p.more
	if p.at.Walk.Back {
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
func (p *cursorPage) body(op operation, previous, next string) []byte {
	b := append(make([]byte, 0, 512+1024*len(p.items)), `{"schemas":["`+urnList+`"],"totalResults":`...)
	b = strconv.AppendInt(b, int64(p.total), 10)
	b = strconv.AppendInt(append(b, `,"itemsPerPage":`...), int64(len(p.items)), 10)
	for _, c := range [][2]string{{"previousCursor", previous}, {"nextCursor", next}} {
		if c[1] != "" {
			b = append(b, `,"`+c[0]+`":"`+c[1]+`"`...)
		}
	}
	return appendItems(append(b, `,"Resources":[`...), op, p.kinds, p.items)
}
