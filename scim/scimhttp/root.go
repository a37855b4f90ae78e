package scimhttp

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
)

// merged is an element of a merged list, with the number of the list from which it
// comes.
type merged[T any] struct {
	list int // 0 or 1
	item T
}

// merge merges two sorted lists into one sorted list. The function less reports
// whether an element of the second list is less than an element of the first list.
func merge[T any](first, second []T, less func(ofSecond, ofFirst T) bool) []merged[T] {
	all := make([]merged[T], 0, len(first)+len(second))
	for len(first) > 0 || len(second) > 0 {
		if len(first) == 0 || len(second) > 0 && less(second[0], first[0]) {
			all, second = append(all, merged[T]{1, second[0]}), second[1:]
		} else {
			all, first = append(all, merged[T]{0, first[0]}), first[1:]
		}
	}
	return all
}

// knownItems returns the first resources of a list that was merged from two pages.
// If one of the pages is shorter than requested, the result ends with the last
// resource on that page, because the resources that follow it in the same list are
// not known.
func knownItems(items []merged[resource], pages []scim.Page[resource]) []merged[resource] {
	end := len(items)
	for i, page := range pages {
		for last := len(items) - 1; page.Cut && last >= 0; last-- {
			if items[last].list == i {
				end = min(end, last+1)
				break
			}
		}
	}
	return items[:end]
}

// mergeSplit returns how many of the first n elements of the merged list come from
// the first list. The lengths of the two lists are a and b, and n is at most a + b.
// mergeSplit does a binary search, and in each step calls the function less with an
// index into each list.
func mergeSplit(n, a, b int, less func(ofSecond, ofFirst int) (bool, error)) (int, error) {
	low, high := max(0, n-b), min(n, a)
	// Each step finds out whether the element with the index middle of the first list
	// is among the first n elements of the merged list.
	for low < high {
		middle := low + (high-low)/2
		before, err := less(n-1-middle, middle)
		if err != nil {
			return 0, err
		}
		if before {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low, nil
}

// appendPage appends the resources on a page of one list.
func appendPage(items []merged[resource], list int, page scim.Page[resource]) []merged[resource] {
	items = slices.Grow(items, len(page.Items))
	for _, r := range page.Items {
		items = append(items, merged[resource]{list, r})
	}
	return items
}

// appendItems writes the resources of a list response and its closing brackets.
func appendItems(b []byte, op operation, kinds []*kind, items []merged[resource]) []byte {
	views := make([]view, len(kinds))
	for i, k := range kinds {
		views[i] = k.shown(op.query)
	}
	for _, m := range items {
		b = append(views[m.list].append(b, m.item, op.base), ',')
	}
	return append(closeArray(b), '}')
}

// listInterleaved returns one page of a list that interleaves two resource types.
// The page begins at an index (startIndex), not at a cursor.
func (h *handler) listInterleaved(ctx context.Context, op operation, kinds []*kind) (result, error) {
	queries := make([]scim.Query, len(kinds))
	for i, k := range kinds {
		var err error
		if queries[i], err = h.listQuery(op, k); err != nil {
			return result{}, err
		}
	}
	start, count, order := queries[0].StartIndex, queries[0].Count, queries[0].Sort
	skipped, err := splitAt(ctx, kinds, queries, start-1)
	if err != nil {
		return result{}, err
	}
	total, pages := 0, make([]scim.Page[resource], len(kinds))
	for i, k := range kinds {
		q := queries[i]
		q.StartIndex = skipped[i] + 1
		if pages[i], err = k.page(ctx, q, k.shown(op.query)); err != nil {
			return result{}, err
		}
		total += pages[i].Total
	}
	items := knownItems(merge(pages[0].Items, pages[1].Items, before(order)), pages)
	items = items[:min(len(items), count)]
	b := appendListHead(make([]byte, 0, 256+1024*len(items)), total, start, len(items))
	return result{Status: http.StatusOK, Body: appendItems(b, op, kinds, items)}, nil
}

// before returns a function that reports whether a resource sorts before a resource
// of another type.
func before(order scim.Sort) func(a, b resource) bool {
	return func(a, b resource) bool { return order.ComparePlaces(a.place(order), b.place(order)) < 0 }
}

// splitAt returns how many resources of each type are among the first n of the
// interleaved list. It does a binary search, and reads two single resources in each
// step.
func splitAt(ctx context.Context, kinds []*kind, queries []scim.Query, n int) (skipped [2]int, err error) {
	if n == 0 {
		return skipped, nil
	}
	read := func(i, start, count int) (scim.Page[resource], error) {
		q := queries[i]
		q.StartIndex, q.Count = start, count
		return kinds[i].list(ctx, q, false)
	}
	var totals [2]int
	for i := range kinds {
		page, err := read(i, 1, 0)
		if err != nil {
			return skipped, err
		}
		totals[i] = page.Total
	}
	n = min(n, totals[0]+totals[1])
	isBefore := before(queries[0].Sort)
	skipped[0], err = mergeSplit(n, totals[0], totals[1], func(second, first int) (bool, error) {
		b, err := read(1, second+1, 1)
		if err != nil || len(b.Items) == 0 { // a resource that was deleted meanwhile is treated as the last resource
			return false, err
		}
		a, err := read(0, first+1, 1)
		return err == nil && (len(a.Items) == 0 || isBefore(b.Items[0], a.Items[0])), err
	})
	skipped[1] = n - skipped[0]
	return skipped, err
}

// kindsWith returns the resource types that have all attributes in a filter at the
// root. If a type lacks an attribute, a comparison of this attribute is false for
// the type (§3.4.2.1). So a filter that joins its comparisons only with `and`
// selects no resource of the type. If a type lacks an attribute and the filter
// contains `or` or `not`, kindsWith returns an error.
func (h *handler) kindsWith(filter string) ([]*kind, error) {
	var kinds []*kind
	var refused error
	conjunctions := true
	for _, k := range []*kind{h.users, h.groups} {
		f, err := scim.ParseFilter(k.types, filter, h.cfg.filterLimits())
		if err != nil {
			if refused == nil {
				refused = err
			}
			continue
		}
		kinds = append(kinds, k)
		conjunctions = conjunctions && isConjunction(f)
	}
	if len(kinds) == 0 {
		return nil, refused
	}
	if refused != nil && !conjunctions {
		return nil, refusal.FilterOfOneType.New()
	}
	return kinds, nil
}

// isConjunction reports whether a filter contains neither `or` nor `not`.
func isConjunction(f scim.Filter) bool {
	switch f := f.(type) {
	case scim.And:
		return !slices.ContainsFunc(f, func(term scim.Filter) bool { return !isConjunction(term) })
	case scim.Or, scim.Not:
		return false
	case scim.Compare, scim.Element:
	}
	return true
}

// inOrder returns the resource types in the order in which a list at the root
// contains them, and reports whether the list interleaves their resources. It
// returns an error if a type lacks the attribute by which the list is sorted.
func (h *handler) inOrder(kinds []*kind, query url.Values) (in []*kind, interleaved bool, err error) {
	if len(kinds) < 2 {
		return kinds, false, nil
	}
	var by scim.Sort
	for _, k := range kinds {
		if by, err = order(k, query); err != nil {
			return nil, false, err
		}
	}
	path, _ := scim.ParseAttribute(scim.UserType(), strings.TrimSpace(query.Get("sortBy")))
	if path != typePath && !path.IsAddress() {
		return kinds, !by.IsZero(), nil
	}
	if by.Descending {
		return kinds, false, nil
	}
	return []*kind{h.groups, h.users}, false, nil // "Group" is less than "User", and "/Groups/" is less than "/Users/"
}
