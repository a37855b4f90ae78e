package scimhttp

import (
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/flexscim/flexscim/scim"
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
		isList := name == "attributes" || name == "excludedAttributes"
		if query[name], err = words(name, value, isList); err != nil {
			return nil, err
		}
	}
	asked := r.WithContext(r.Context())
	asked.URL = &url.URL{Path: r.URL.Path, RawQuery: query.Encode()}
	return asked, nil
}

// words are a value of a SearchRequest as a query has it.
func words(name string, value any, isList bool) ([]string, error) {
	switch v := value.(type) {
	case string:
		return []string{v}, nil
	case json.Number:
		return []string{v.String()}, nil
	case []any:
		var all []string
		for _, element := range v {
			text, ok := element.(string)
			if !ok || !isList {
				return nil, notSearched(name)
			}
			all = append(all, text)
		}
		return all, nil
	}
	return nil, notSearched(name)
}

func notSearched(name string) error {
	return scim.BadRequest(scim.InvalidValue, "%s of the search has another type than a %s gives it. Correct it, or leave it out.", name, urnSearch)
}

// everything is GET of the root (§3.4.2.1): the users that match, then the
// groups.
func (h *handler) everything(r *http.Request) (reply, error) {
	query := r.URL.Query()
	for _, name := range []string{"sortBy", "cursor"} {
		if query.Get(name) != "" {
			return reply{}, scim.BadRequest(scim.InvalidValue, "%s works within one type only. Leave it out here, or ask /Users or /Groups.", name)
		}
	}
	kinds, err := h.kindsWith(query.Get("filter"))
	if err != nil {
		return reply{}, err
	}
	var total, items, start int
	var b []byte
	for _, k := range kinds {
		q, err := h.query(k, query)
		if err != nil {
			return reply{}, err
		}
		start = q.StartIndex
		q.StartIndex = max(1, start-total)
		q.Count -= items
		v := k.view.selected(newSelection(k.types, query))
		page, err := k.list(r.Context(), q, v.shows(k.related))
		if err != nil {
			return reply{}, err
		}
		total += page.Total
		items += len(page.Items)
		for _, item := range page.Items {
			b = append(v.append(b, item, h.cfg.BaseURL(r)), ',')
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
