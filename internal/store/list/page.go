package list

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/flexscim/flexscim/internal/store/db"
	"github.com/flexscim/flexscim/scim"
)

// If at least farPage resources must be skipped, Resource.far reads the page. From
// this number on, skipping whole rows costs more than the second query of
// Resource.far.
const farPage = 500

// inOrder reads a page in the order of creation.
func (l Resource[T]) inOrder(ctx context.Context, from db.Reader, s Selection) (scim.Page[T], error) {
	skip := max(s.query.StartIndex-1, 0)
	page := scim.Page[T]{Items: []T{}}
	if skip >= farPage && s.query.Count > 0 {
		err := from.Snapshot(ctx, func(from db.Reader) (err error) { // in a snapshot, because a new resource would move the end of the list
			page, err = l.far(ctx, from, s, skip)
			return err
		})
		return page, err
	}
	if s.query.Count > 0 {
		n := len(s.Args)
		text := "select " + l.Shown + " from " + l.Table + " where " + s.SQL + " order by " + s.Order() +
			" limit $" + strconv.Itoa(n+1) + " offset $" + strconv.Itoa(n+2)
		t := tray[T]{most: s.limits.Bytes}
		if err := t.read(ctx, from, text, append(s.Args[:n:n], s.query.Count, skip), l.Show); err != nil {
			return page, err
		}
		page.Items, page.Cut = append(page.Items, t.items...), t.full
		if got := len(page.Items); !t.full && got < s.query.Count && (got > 0 || skip == 0) {
			page.Total = skip + got
			return page, nil
		}
	}
	return page, l.count(ctx, from, s, &page.Total)
}

// Resource.far reads a page that is far from the start of the list. If the end of
// the list is nearer, it skips resources from the end. It first reads only the ids,
// because for these the database needs only the index and not the table.
func (l Resource[T]) far(ctx context.Context, from db.Reader, s Selection, skip int) (scim.Page[T], error) {
	page := scim.Page[T]{Items: []T{}}
	if err := l.count(ctx, from, s, &page.Total); err != nil || skip >= page.Total {
		return page, err
	}
	count, way := min(s.query.Count, page.Total-skip), ""
	behind := page.Total - skip - count
	if behind < skip {
		skip, way = behind, " desc"
	}
	n := len(s.Args)
	text := fmt.Sprintf("select %[1]s from %[2]s where %[3]s order by %[4]s%[5]s, %[1]s%[5]s limit $%[6]d offset $%[7]d",
		l.ID, l.Table, s.SQL, s.created, way, n+1, n+2)
	var ids []scim.ID
	if err := from.Query(ctx, text, append(s.Args[:n:n], count, skip), db.Collect(&ids)); err != nil {
		return page, err
	}
	if way != "" {
		slices.Reverse(ids)
	}
	var err error
	page.Items, page.Cut, err = l.byID(ctx, from, s, ids)
	return page, err
}

// Resource.sorted reads a page in the order of a column.
func (l Resource[T]) sorted(ctx context.Context, from db.Reader, s Selection, order string) (scim.Page[T], error) {
	page := scim.Page[T]{Items: []T{}}
	if err := l.count(ctx, from, s, &page.Total); err != nil || s.query.Count <= 0 {
		return page, err
	}
	n := len(s.Args)
	text := fmt.Sprintf("select %[1]s from %[2]s where %[3]s order by %[4]s, created_at, %[1]s limit $%[5]d offset $%[6]d",
		l.ID, l.Table, s.SQL, order, n+1, n+2)
	var ids []scim.ID // without the documents, which the database would have to sort, too
	err := from.Query(ctx, text, append(s.Args[:n:n], s.query.Count, max(s.query.StartIndex-1, 0)), db.Collect(&ids))
	if err != nil {
		return page, err
	}
	page.Items, page.Cut, err = l.byID(ctx, from, s, ids)
	return page, err
}

// Resource.walk reads the page before or after a given place in the result (cursor
// pagination, RFC 9865).
func (l Resource[T]) walk(ctx context.Context, from db.Reader, s Selection, column *Column) (scim.Page[T], error) {
	page := scim.Page[T]{Items: []T{}}
	if err := l.count(ctx, from, s, &page.Total); err != nil || s.query.Count <= 0 {
		return page, err
	}
	order := Order{Column: column, Descending: s.query.Sort.Descending, Created: s.created, ID: l.ID}
	t := tray[T]{most: s.limits.Bytes}
	for _, r := range order.Ranges(*s.query.Walk, s.Args) {
		if err := l.addFirst(ctx, from, s, r, &t); err != nil {
			return page, err
		}
		if page.More = t.full || len(t.items) > s.query.Count; page.More {
			break
		}
	}
	page.Items, page.Cut = append(page.Items, t.items[:min(len(t.items), s.query.Count)]...), t.full
	if s.query.Walk.Back {
		slices.Reverse(page.Items)
	}
	return page, nil
}

// addFirst adds the first resources of a range to a tray, until the tray has one
// resource more than the page can have.
func (l Resource[T]) addFirst(ctx context.Context, from db.Reader, s Selection, r Range, t *tray[T]) error {
	args := slices.Concat(r.Args, []any{s.query.Count + 1 - len(t.items)})
	text := " from " + l.Table + " where " + s.SQL + r.Where + " order by " + r.By + " limit $" + strconv.Itoa(len(args))
	if s.query.Sort.IsZero() {
		return t.read(ctx, from, "select "+l.Shown+text, args, l.Show)
	}
	var ids []scim.ID // without the documents, which the database would have to sort, too
	if err := from.Query(ctx, "select "+l.ID+text, args, db.Collect(&ids)); err != nil {
		return err
	}
	items, cut, err := l.byID(ctx, from, s, ids)
	t.items, t.full = append(t.items, items...), cut
	return err
}
