package list

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/flexscim/flexscim/internal/store/db"
	"github.com/flexscim/flexscim/scim"
)

// scanBatch is the number of resources that one query of Resource.each reads.
const scanBatch = 500

// Resource.scan compares each selected resource with the filter and returns the
// page that the query asks for.
func (l Resource[T]) scan(ctx context.Context, from db.Reader, s Selection) (scim.Page[T], error) {
	page := scim.Page[T]{Items: []T{}}
	if err := l.bound(ctx, from, s, s.limits.Scan); err != nil {
		return page, err
	}
	if !s.query.Sort.IsZero() || s.query.Walk != nil {
		return l.scanSorted(ctx, from, s)
	}
	first := max(s.query.StartIndex, 1)
	var ids []scim.ID
	err := l.each(ctx, from, s, func(item T) {
		page.Total++
		if page.Total >= first && len(ids) < s.query.Count {
			id, _ := l.Meta(item)
			ids = append(ids, id)
		}
	})
	if err != nil {
		return page, err
	}
	page.Items, page.Cut, err = l.byID(ctx, from, s, ids)
	return page, err
}

// scanSorted sorts the matching resources. It keeps only their sort keys, because all
// documents together would take much memory. Then it reads the documents of the page.
func (l Resource[T]) scanSorted(ctx context.Context, from db.Reader, s Selection) (scim.Page[T], error) {
	var all []scim.Place
	err := l.each(ctx, from, s, func(item T) { all = append(all, l.Place(item, s.query.Sort)) })
	if err != nil {
		return scim.Page[T]{}, err
	}
	slices.SortFunc(all, s.query.Sort.ComparePlaces)
	start, end, more := s.query.Cut(all)
	page := scim.Page[T]{Total: len(all), More: more}
	ids := make([]scim.ID, 0, end-start)
	for _, k := range all[start:end] {
		ids = append(ids, k.ID)
	}
	back := s.query.Walk != nil && s.query.Walk.Back
	if back { // the page must end where the walk begins
		slices.Reverse(ids)
	}
	page.Items, page.Cut, err = l.byID(ctx, from, s, ids)
	page.More = page.More || page.Cut && s.query.Walk != nil
	if back {
		slices.Reverse(page.Items)
	}
	return page, err
}

// bound returns a *TooManyError if the condition selects more resources than the
// argument most.
func (l Resource[T]) bound(ctx context.Context, from db.Reader, s Selection, most int) error {
	var n int
	text := "select count(*) from (select 1 from " + l.Table + " where " + s.SQL + " limit " + strconv.Itoa(most+1) + ") as seen"
	if err := db.QueryOne(ctx, from, text, s.Args, &n); err != nil || n <= most {
		return err
	}
	return &TooManyError{Limit: most, Plural: l.Plural, Indexed: l.Indexed}
}

// scanSize and fewComparisons limit the rows that Resource.each may read. If the
// filter has at most fewComparisons comparisons, the rows may have scanSize bytes
// for each resource that Limits.Scan allows. If the filter has more comparisons,
// the limit is proportionally smaller.
const (
	scanSize       = 8 << 10 // bytes
	fewComparisons = 8
)

// Resource.each calls fn with every resource that matches the filter, in the order
// of creation. It returns a *TooMuchError if the resources are too large to compare
// them.
func (l Resource[T]) each(ctx context.Context, from db.Reader, s Selection, fn func(T)) error {
	n := len(s.Args)
	text := fmt.Sprintf("select %[1]s from %[2]s where %[3]s and (created_at, %[4]s) > ($%[5]d, $%[6]d) order by %[8]s limit %[7]d",
		l.Columns, l.Table, s.SQL, l.ID, n+1, n+2, scanBatch, s.Order())
	created, id := int64(-1), scim.ID("")
	left := s.limits.Scan * scanSize * fewComparisons / max(comparisons(s.query.Filter), fewComparisons) // bytes
	for {
		t := tray[T]{most: s.limits.Bytes, items: make([]T, 0, scanBatch)}
		err := t.read(ctx, from, text, append(s.Args[:n:n], created, id), l.Scan)
		if left -= t.size; err == nil && left < 0 {
			return &TooMuchError{Plural: l.Plural, Indexed: l.Indexed}
		}
		if err == nil && l.Fill != nil {
			err = l.Fill(ctx, from, t.items)
		}
		if err != nil {
			return err
		}
		for _, item := range t.items {
			if s.Exact || l.Matches(item, s.query.Filter) {
				fn(item)
			}
		}
		if !t.full && len(t.items) < scanBatch {
			return nil
		}
		last, meta := l.Meta(t.items[len(t.items)-1])
		created, id = db.Micros(meta.Created), last
	}
}
