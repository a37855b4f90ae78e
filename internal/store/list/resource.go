package list

import (
	"context"
	"errors"
	"slices"

	"github.com/flexscim/flexscim/internal/store/db"
	"github.com/flexscim/flexscim/scim"
)

// Resource describes how to list the resources of type T.
type Resource[T any] struct {
	Plural     string // for error texts
	Table      string
	ID         string // the column of the id
	Columns    string // the columns that Scan reads
	Shown      string // the columns that Show reads
	Tally      string // a query for the number of all resources; "" if there is none
	Alive      string // a column that is 0 for existing resources; "" if there is none
	Attributes Attributes
	Indexed    string // the attributes that an index serves, for error texts

	Scan    Read[T] // reads the part of a resource that filters and orders need
	Show    Read[T] // reads the part of a resource that a page shows
	Matches func(T, scim.Filter) bool
	Place   func(T, scim.Sort) scim.Place
	Meta    func(T) (scim.ID, scim.Meta)

	// Fill completes resources that Scan has read. It adds data that a filter or an
	// order needs, but that is not in Columns. Fill is nil if there is nothing to
	// add.
	Fill func(ctx context.Context, from db.Querier, some []T) error
	// Complete adds data that a page shows, but that is not in Shown. It uses the
	// same snapshot as the page. If the page would become too large, Complete returns
	// the number of resources that the page can keep, counted from the first one.
	// Complete is nil if there is nothing to add.
	Complete func(ctx context.Context, from db.Querier, page []T) (kept int, err error)
}

// Read reads a resource from a row. It also returns the size of the row in bytes.
type Read[T any] func(db.Row) (item T, size int, err error)

// Limits limits the work of one query.
type Limits struct {
	Scan  int // maximum number of resources that are compared one by one
	Bytes int // maximum size of the rows on one page; a page has at least one resource
}

// Selection selects the resources of a query.
type Selection struct {
	Condition // its first parameter is the connection

	query   scim.Query
	limits  Limits
	id      string // the column of the id
	created string // an expression with the time of creation
}

// Order returns the terms of "order by" for the order of creation.
func (s Selection) Order() string { return s.created + ", " + s.id }

// Select returns the selection for a query in a connection. If an index can find the
// value that the filter asks for, Select prevents SQLite from using the index on the
// time of creation instead.
func (l Resource[T]) Select(connection string, q scim.Query) Selection {
	s := Selection{Condition: l.Attributes.Where(q.Filter, connection), query: q, id: l.ID, created: "created_at"}
	alive := ""
	if l.Alive != "" {
		column := l.Alive
		if s.ByList {
			column = db.NoIndex(column)
		}
		alive = " and " + column + " = 0"
	}
	if s.ByList || s.ByColumn {
		s.created = db.NoIndex(s.created)
	}
	s.SQL = "connection_id = $1" + alive + " and " + s.SQL
	return s
}

// Page reads a page of a selection. If the condition is not exact, Page compares
// each selected resource with the filter. If there are too many of these resources,
// it returns a *TooManyError; if they are too large, a *TooMuchError. It returns a
// *TooLongError if the filter has too many comparisons.
func (l Resource[T]) Page(ctx context.Context, from db.Reader, s Selection, limits Limits) (scim.Page[T], error) {
	if n := comparisons(s.query.Filter); n > scim.MaxFilterTerms {
		return scim.Page[T]{}, &TooLongError{Limit: scim.MaxFilterTerms}
	}
	s.limits = limits
	if s.Exact && s.query.Sort.IsZero() && l.Complete == nil {
		return l.read(ctx, from, s)
	}
	var page scim.Page[T]
	err := from.Snapshot(ctx, func(from db.Reader) (err error) {
		if page, err = l.read(ctx, from, s); err == nil && l.Complete != nil {
			err = Shorten(&page, s.query, func(items []T) (int, error) { return l.Complete(ctx, from, items) })
		}
		return err
	})
	return page, err
}

// IsLookUp reports whether an index finds the page of a selection by a value that
// is unique, or that few resources have. Such a query takes less than a
// millisecond.
func (l Resource[T]) IsLookUp(s Selection) bool {
	return s.Exact && s.Single && s.query.Sort.IsZero() && l.Complete == nil
}

// Shorten calls the function complete with the resources of a page, and keeps as
// many of them as the function returns. In a walk backwards, these are the last
// ones, because the page must end where the walk begins.
func Shorten[T any](page *scim.Page[T], q scim.Query, complete func(items []T) (kept int, err error)) error {
	back := q.Walk != nil && q.Walk.Back
	if back {
		slices.Reverse(page.Items)
	}
	kept, err := complete(page.Items)
	if kept < len(page.Items) {
		page.Items = page.Items[:kept]
		page.Cut, page.More = true, q.Walk != nil
	}
	if back {
		slices.Reverse(page.Items)
	}
	return err
}

// Resource.read reads a page in the way that suits the order and the position of
// the page.
func (l Resource[T]) read(ctx context.Context, from db.Reader, s Selection) (scim.Page[T], error) {
	column, sortable := l.Attributes.Sorted(s.query.Sort)
	unsorted, walks := s.query.Sort.IsZero(), s.query.Walk != nil
	switch {
	case !s.Exact || !sortable && !unsorted:
		return l.scan(ctx, from, s)
	case walks && unsorted:
		return l.walk(ctx, from, s, nil)
	case walks:
		return l.walk(ctx, from, s, &column)
	case unsorted:
		return l.inOrder(ctx, from, s)
	}
	return l.sorted(ctx, from, s, column.Order(s.query.Sort.Descending))
}

// count counts the selected resources. If there is no filter, it runs the query in
// the field Tally.
func (l Resource[T]) count(ctx context.Context, from db.Reader, s Selection, into *int) error {
	if s.query.Filter == nil && l.Tally != "" {
		if err := db.QueryOne(ctx, from, l.Tally, s.Args, into); !errors.Is(err, db.ErrNotFound) {
			return err
		}
	}
	return db.QueryOne(ctx, from, "select count(*) from "+l.Table+" where "+s.SQL, s.Args, into)
}

// comparisons counts the comparisons of a filter, including those in value filters.
func comparisons(f scim.Filter) (n int) {
	for leaf := range Leaves(f) {
		n++
		if e, ok := leaf.(scim.Element); ok {
			n += comparisons(e.Filter) - 1
		}
	}
	return n
}

// Uses reports whether the filter or the order of a query uses an attribute of
// the core schema.
func Uses(q scim.Query, attr string) bool {
	for leaf := range Leaves(q.Filter) {
		switch leaf := leaf.(type) {
		case scim.Compare:
			if leaf.URN == "" && leaf.Attr == attr {
				return true
			}
		case scim.Element:
			if leaf.URN == "" && leaf.Attr == attr {
				return true
			}
		case scim.And, scim.Or, scim.Not: // not leaves
		}
	}
	return q.Sort.By.URN == "" && q.Sort.By.Attr == attr
}
