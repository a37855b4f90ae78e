package scimhttp

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
	"github.com/flexscim/flexscim/scim/scimhttp/fold"
)

// create is POST (RFC 7644 §3.3).
func (h *handler) create(r *http.Request, k *kind) (reply, error) {
	c, err := h.content(r, k)
	if err != nil {
		return reply{}, err
	}
	if err := scim.CheckRequired(k.types, c.doc, nil); err != nil {
		return reply{}, err
	}
	made, err := k.create(r.Context(), c)
	if err != nil {
		return reply{}, err
	}
	a := h.shown(r, k, made)
	a.Status = http.StatusCreated
	a.Location = made.location(h.cfg.BaseURL(r))
	return a, nil
}

// get is GET by id (§3.4.1).
func (h *handler) get(r *http.Request, k *kind, id scim.ID) (reply, error) {
	c, err := conditionsOf(r)
	if err != nil {
		return reply{}, err
	}
	v := h.view(r, k)
	found, err := k.get(r.Context(), id, v.shows(k.related))
	if err != nil {
		return reply{}, err
	}
	if !c.wanted.Accepts(found.meta.Version) {
		return reply{}, refusal.VersionChanged.New()
	}
	if c.refuses(found.meta.Version) {
		return reply{Status: http.StatusNotModified, ETag: found.meta.ETag()}, nil
	}
	return h.written(r, v, found), nil
}

// grant is GET of a role or an entitlement by id. It has no version, so that
// conditions have nothing to compare.
func (h *handler) grant(r *http.Request, k *kind, id scim.ID) (reply, error) {
	found, err := k.get(r.Context(), id, false)
	if err != nil {
		return reply{}, err
	}
	return reply{Status: http.StatusOK, Body: h.view(r, k).append(nil, found, h.cfg.BaseURL(r))}, nil
}

// replace is PUT (§3.5.1).
func (h *handler) replace(r *http.Request, k *kind, id scim.ID) (reply, error) {
	c, err := h.content(r, k)
	if err != nil {
		return reply{}, err
	}
	cond, err := condition(r, k, id)
	if err != nil {
		return reply{}, err
	}
	kept, err := k.replace(r.Context(), id, c, cond)
	if err != nil {
		return reply{}, err
	}
	if kept, err = h.withMembers(r, k, kept); err != nil {
		return reply{}, err
	}
	return h.shown(r, k, kept), nil
}

// patch is PATCH (§3.5.2). A user is answered with 200, a group with 204 unless
// attributes are asked for (docs/reference/identity-providers.md, rows 15 and
// 16).
func (h *handler) patch(r *http.Request, k *kind, id scim.ID) (reply, error) {
	ops, err := h.operations(r, k, id)
	if err != nil {
		return reply{}, err
	}
	cond, err := condition(r, k, id)
	if err != nil {
		return reply{}, err
	}
	changed, err := k.patch(r.Context(), id, ops, cond)
	if err != nil {
		return reply{}, err
	}
	if k.quiet && !r.URL.Query().Has("attributes") {
		return reply{Status: http.StatusNoContent, ETag: changed.meta.ETag()}, nil
	}
	if changed, err = h.withMembers(r, k, changed); err != nil {
		return reply{}, err
	}
	return h.shown(r, k, changed), nil
}

// remove is DELETE (§3.6).
func (h *handler) remove(r *http.Request, k *kind, id scim.ID) (reply, error) {
	cond, err := condition(r, k, id)
	if err != nil {
		return reply{}, err
	}
	return reply{Status: http.StatusNoContent}, k.remove(r.Context(), id, cond)
}

// withMembers reads a group again where its answer shows members, which the
// directory does not read when it changes a group.
func (h *handler) withMembers(r *http.Request, k *kind, changed resource) (resource, error) {
	if k != h.groups || !h.view(r, k).shows(k.related) {
		return changed, nil
	}
	return k.get(r.Context(), changed.id, true)
}

// list is GET of a collection (§3.4.2), or a search whose body says what a
// query would (§3.4.3).
func (h *handler) list(r *http.Request, k *kind) (reply, error) {
	query := r.URL.Query()
	if query.Has("cursor") {
		return h.walk(r, walked{kinds: []*kind{k}, query: query})
	}
	base := h.cfg.BaseURL(r)
	q, err := h.query(k, query, base)
	if err != nil {
		return reply{}, err
	}
	v := k.shown(query)
	page, err := k.page(r.Context(), q, v)
	if err != nil {
		return reply{}, err
	}
	return reply{Status: http.StatusOK, Body: listBody(v, page, q.StartIndex, base)}, nil
}

// query is what the parameters of a list ask for, of a service at base.
func (h *handler) query(k *kind, query url.Values, base string) (scim.Query, error) {
	q := scim.Query{StartIndex: 1, Count: h.cfg.DefaultPage}
	var err error
	if q.Filter, err = scim.ParseFilter(k.types, query.Get("filter"), h.cfg.filterLimits()); err != nil {
		return q, err
	}
	q.Filter = fold.Filter(k.types, base, q.Filter)
	if q.Sort, err = order(k, query); err != nil {
		return q, err
	}
	if q.Sort.By == ofType {
		q.Sort = scim.Sort{} // all of them are equal
	}
	if q.StartIndex, err = number(query, "startIndex", q.StartIndex); err != nil {
		return q, err
	}
	if q.Count, err = number(query, "count", q.Count); err != nil {
		return q, err
	}
	q.StartIndex = max(1, q.StartIndex)
	q.Count = min(max(0, q.Count), h.cfg.MaxPage)
	return q, nil
}

// listBody writes a page. itemsPerPage is the number of resources in it:
// pocket-id steps by it.
func listBody(v view, page scim.Page[resource], start int, base string) []byte {
	b := appendListHead(make([]byte, 0, 256+1024*len(page.Items)), page.Total, start, len(page.Items))
	for _, item := range page.Items {
		b = append(v.append(b, item, base), ',')
	}
	return append(closeArray(b), '}')
}

// appendListHead writes a list up to its first resource.
func appendListHead(b []byte, total, start, items int) []byte {
	b = append(b, `{"schemas":["`+urnList+`"],"totalResults":`...)
	b = strconv.AppendInt(b, int64(total), 10)
	b = append(b, `,"startIndex":`...)
	b = strconv.AppendInt(b, int64(start), 10)
	b = append(b, `,"itemsPerPage":`...)
	b = strconv.AppendInt(b, int64(items), 10)
	return append(b, `,"Resources":[`...)
}

// number reads a paging parameter. One without a value counts as left out,
// one that is too large for a number here as the largest.
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

// view is what the request wants to see of a resource.
func (h *handler) view(r *http.Request, k *kind) view {
	if r.URL.RawQuery == "" {
		return k.view
	}
	return k.shown(r.URL.Query())
}

func (h *handler) shown(r *http.Request, k *kind, res resource) reply {
	return h.written(r, h.view(r, k), res)
}

func (h *handler) written(r *http.Request, v view, res resource) reply {
	body := v.append(make([]byte, 0, 1024), res, h.cfg.BaseURL(r))
	return reply{Status: http.StatusOK, ETag: res.meta.ETag(), Body: body}
}

// condition is what a request's headers allow to be changed. If-None-Match
// refuses a version that is there; nobody is known to send it with a change,
// so that it is looked at before the transaction.
func condition(r *http.Request, k *kind, id scim.ID) (scim.Condition, error) {
	c, err := conditionsOf(r)
	if err != nil || len(c.unwanted) == 0 {
		return c.wanted, err
	}
	found, err := k.get(r.Context(), id, false)
	if err != nil {
		return scim.Condition{}, err
	}
	if c.refuses(found.meta.Version) {
		return scim.Condition{}, refusal.VersionExists.New()
	}
	return c.wanted, nil
}

// conditions are If-Match and If-None-Match.
type conditions struct {
	wanted   scim.Condition
	unwanted []string // entity tags
}

// conditionsOf reads the headers. A tag that is not one of ours matches
// nothing: versions start at 1. Ours are weak, and so compared by their number,
// be they sent back as weak or as strong ones
// (docs/reference/identity-providers.md, row 48). What is no entity tag is
// refused: a bare number may well be somebody else's count, and neither to
// compare it nor to leave it out keeps what the client relies on.
func conditionsOf(r *http.Request) (c conditions, err error) {
	wanted, ok := tags(r.Header.Values("If-Match"))
	if !ok {
		return c, noTag("If-Match")
	}
	if c.unwanted, ok = tags(r.Header.Values("If-None-Match")); !ok {
		return c, noTag("If-None-Match")
	}
	for _, tag := range wanted {
		if tag == "*" {
			c.wanted.Versions = nil
			break
		}
		c.wanted.Versions = append(c.wanted.Versions, version(tag))
	}
	return c, nil
}

func noTag(header string) error {
	return refusal.ETagMalformed.New(header)
}

// refuses says whether If-None-Match names the version.
func (c conditions) refuses(current int64) bool {
	return slices.ContainsFunc(c.unwanted, func(tag string) bool { return tag == "*" || version(tag) == current })
}

// tags takes the entity tags in a header apart (RFC 9110 §8.8.3); false where
// there is something else.
func tags(header []string) (all []string, ok bool) {
	for _, line := range header {
		rest := strings.Trim(line, listed)
		if rest == "" {
			return nil, false
		}
		for rest != "" {
			tag, behind, ok := cutTag(rest)
			next := strings.TrimLeft(behind, listed)
			if !ok || next != "" && !strings.Contains(behind[:len(behind)-len(next)], ",") {
				return nil, false
			}
			all = append(all, tag)
			rest = next
		}
	}
	return all, true
}

// listed is what may stand between the elements of a list in a header.
const listed = " \t,"

// cutTag takes the first entity tag, or *, off a list.
func cutTag(list string) (tag, rest string, ok bool) {
	if rest, ok := strings.CutPrefix(list, "*"); ok {
		return "*", rest, true
	}
	weak := strings.TrimPrefix(list, "W/")
	opaque, isTag := strings.CutPrefix(weak, `"`)
	text, rest, closed := strings.Cut(opaque, `"`)
	return `"` + text + `"`, rest, isTag && closed
}

// version is the number in an entity tag without its W/; 0 for a foreign tag.
func version(tag string) int64 {
	n, err := strconv.ParseInt(strings.Trim(tag, `"`), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
