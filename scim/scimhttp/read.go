package scimhttp

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
)

// get handles GET by id (RFC 7644 §3.4.1). If-Match and If-None-Match are ignored
// for roles and entitlements, because these resources have no version.
func (h *handler) get(ctx context.Context, op operation) (result, error) {
	if op.kind.readOnly {
		op.match = preconditions{}
	}
	c, err := op.match.read()
	if err != nil {
		return result{}, err
	}
	v := op.view()
	found, err := op.kind.get(ctx, op.id, v.shows(op.kind.related))
	if err != nil {
		return result{}, err
	}
	if !c.match.Accepts(found.meta.Version) {
		return result{}, refusal.VersionChanged.New()
	}
	if c.excludes(found.meta.Version) {
		address := found.location(op.base)
		return result{Status: http.StatusNotModified, ETag: found.meta.ETag(), Location: address, ContentLocation: address}, nil
	}
	return op.shown(v, found), nil
}

// view returns the attributes that the response of the operation contains.
func (op operation) view() view { return op.kind.shown(op.query) }

// shown returns a 200 response with a resource. Two headers contain the URL of the
// resource: Content-Location, because RFC 7643 §3.1 requires it, and Location,
// because the examples of RFC 7644 have it.
func (op operation) shown(v view, r resource) result {
	address := r.location(op.base)
	res := result{Status: http.StatusOK, Location: address, ContentLocation: address, Body: v.append(make([]byte, 0, 1024), r, op.base)}
	if !op.kind.readOnly {
		res.ETag = r.meta.ETag()
	}
	return res
}

// list handles GET of a collection (§3.4.2) or of the root (§3.4.2.1). At the root,
// it lists the matching users and then the matching groups. If the list is sorted,
// it interleaves users and groups.
func (h *handler) list(ctx context.Context, op operation) (result, error) {
	kinds := []*kind{op.kind}
	if op.kind == nil {
		var err error
		if kinds, err = h.kindsWith(op.query.Get("filter")); err != nil {
			return result{}, err
		}
	}
	kinds, interleaved, err := h.inOrder(kinds, op.query)
	switch {
	case err != nil:
		return result{}, err
	case op.query.Has("cursor"):
		return h.listFromCursor(ctx, op, cursorPage{kinds: kinds, interleaved: interleaved})
	case interleaved:
		return h.listInterleaved(ctx, op, kinds)
	}
	var total, start int
	var cut bool // the page would become too large with more resources
	var items []merged[resource]
	for i, k := range kinds {
		q, err := h.listQuery(op, k)
		if err != nil {
			return result{}, err
		}
		start = q.StartIndex
		q.StartIndex = max(1, start-total)
		if q.Count -= len(items); cut {
			q.Count = 0
		}
		page, err := k.page(ctx, q, k.shown(op.query))
		if err != nil {
			return result{}, err
		}
		total, cut = total+page.Total, cut || page.Cut
		items = appendPage(items, i, page)
	}
	b := appendListHead(make([]byte, 0, 256+1024*len(items)), total, start, len(items))
	return result{Status: http.StatusOK, Body: appendItems(b, op, kinds, items)}, nil
}

// listQuery returns the query with which the directory lists the resources of one
// type.
func (h *handler) listQuery(op operation, k *kind) (scim.Query, error) {
	q := scim.Query{StartIndex: 1, Count: h.cfg.DefaultPage}
	var err error
	if q.Filter, err = scim.ParseFilter(k.types, op.query.Get("filter"), h.cfg.filterLimits()); err != nil {
		return q, err
	}
	q.Filter = simplified(k.types, op.base, q.Filter)
	if q.Sort, err = order(k, op.query); err != nil {
		return q, err
	}
	if q.Sort.By == typePath {
		q.Sort = scim.Sort{} // all resources of the type have the same meta.resourceType
	}
	if q.StartIndex, err = number(op.query, "startIndex", q.StartIndex); err != nil {
		return q, err
	}
	if q.Count, err = number(op.query, "count", q.Count); err != nil {
		return q, err
	}
	q.StartIndex = max(1, q.StartIndex)
	q.Count = min(max(0, q.Count), h.cfg.MaxPage)
	return q, nil
}

// appendListHead writes a list up to its first resource. itemsPerPage must be the
// number of resources on this page, because the client pocket-id adds it to
// startIndex to request the next page.
func appendListHead(b []byte, total, start, items int) []byte {
	b = append(b, `{"schemas":["`+urnList+`"],"totalResults":`...)
	b = strconv.AppendInt(b, int64(total), 10)
	b = append(b, `,"startIndex":`...)
	b = strconv.AppendInt(b, int64(start), 10)
	b = append(b, `,"itemsPerPage":`...)
	b = strconv.AppendInt(b, int64(items), 10)
	return append(b, `,"Resources":[`...)
}

// number returns the value of a parameter that must be a whole number. If the
// parameter is missing or empty, number returns the argument `otherwise`. If the
// value does not fit into an int, number returns the largest or smallest int.
func number(query url.Values, name string, otherwise int) (int, error) {
	text := query.Get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, refusal.NumberMalformed.New(name)
	}
	return n, nil
}

// order returns the order for the parameters sortBy and sortOrder (§3.4.2.3).
// Without sortBy, sortOrder is ignored.
func order(k *kind, query url.Values) (scim.Sort, error) {
	t, by := k.types, strings.TrimSpace(query.Get("sortBy"))
	if by == "" {
		return scim.Sort{}, nil
	}
	path, ok := scim.ParseAttribute(t, by)
	if ok {
		path, ok = t.Sortable(path)
	}
	if path.IsAddress() && !k.readOnly { // sorting by URLs gives the same order as sorting by the ids at their end
		path = idPath(path)
	}
	if !ok || path.IsAddress() || path.Attr == "members" {
		name, _, _ := strings.Cut(by, "[") // a value filter may contain personal data, so the error omits it
		return scim.Sort{}, refusal.SortUnknown.New(t.Name, clip(name))
	}
	switch sortOrder := query.Get("sortOrder"); strings.ToLower(sortOrder) {
	case "", "ascending":
		return scim.Sort{By: path}, nil
	case "descending":
		return scim.Sort{By: path, Descending: true}, nil
	default:
		return scim.Sort{}, refusal.SortOrderUnknown.New()
	}
}

// typePath is meta.resourceType, whose value is the same for all resources of a
// type.
var typePath = scim.Path{Attr: "meta", Sub: "resourceType"}

// The URL at the given path ends with an id; idPath returns the path of this id.
func idPath(address scim.Path) scim.Path {
	if address.Attr == "meta" {
		return scim.Path{Attr: "id"}
	}
	address.Sub = "value"
	return address
}
