package list

import (
	"context"
	"errors"

	"github.com/flexscim/flexscim/internal/store/db"
	"github.com/flexscim/flexscim/scim"
)

// Resource says how the resources of one type are listed. T is the type.
type Resource[T any] struct {
	Plural     string // for error texts
	Table      string // of the database
	ID         string // column
	Columns    string // what Scan reads
	Shown      string // what Show reads
	Tally      string // the query for the number of all resources, "" for none
	Alive      string // a column that is 0 for existing resources, "" for none
	Attributes Attributes
	Indexed    string // the attributes that an index serves, for error texts

	Scan    func(db.Row) (T, error) // reads a resource for a filter
	Show    func(db.Row) (T, error) // reads a resource for a page
	Matches func(T, scim.Filter) bool
	Place   func(T, scim.Sort) scim.Place
	Meta    func(T) (scim.ID, scim.Meta)

	// Fill reads what a filter or an order needs beside Columns, into resources
	// that were just read. Nil: nothing.
	Fill func(ctx context.Context, from db.Querier, some []T) error
	// Complete reads what a page shows beside Shown, in the same snapshot as the
	// page. Nil: nothing.
	Complete func(ctx context.Context, from db.Querier, page []T) error
}

// Selection is the resources that a query selects.
type Selection struct {
	Condition // begins with the connection

	query   scim.Query
	id      string // column
	created string // the time of creation, which never changes
}

// Order is the SQL order of creation.
func (s Selection) Order() string { return s.created + ", " + s.id }

// Select returns what a query selects in a connection. If an index finds the
// filter's value, Select hides the index for the order of creation, because
// SQLite would prefer it.
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

// Page reads a page of a selection. If the condition is not exact, it compares up
// to most of the selected resources with the filter. *TooManyError,
// *TooLongError.
func (l Resource[T]) Page(ctx context.Context, d *db.DB, s Selection, most int) (scim.Page[T], error) {
	if n := comparisons(s.query.Filter); n > scim.MaxFilterTerms {
		return scim.Page[T]{}, &TooLongError{Limit: scim.MaxFilterTerms}
	}
	if s.Exact && s.query.Sort.IsZero() && l.Complete == nil {
		from := d.Reader()
		if s.Single {
			from = d.SharedReader()
		}
		return l.read(ctx, from, s, most)
	}
	var page scim.Page[T]
	err := d.Reader().Snapshot(ctx, func(from db.Reader) (err error) {
		page, err = l.read(ctx, from, s, most)
		if err == nil && l.Complete != nil {
			err = l.Complete(ctx, from, page.Items)
		}
		return err
	})
	return page, err
}

// read reads a page in the way that suits its order and place.
func (l Resource[T]) read(ctx context.Context, from db.Reader, s Selection, most int) (scim.Page[T], error) {
	column, sortable := l.Attributes.Sorted(s.query.Sort)
	unsorted, walks := s.query.Sort.IsZero(), s.query.Walk != nil
	switch {
	case !s.Exact || !sortable && !unsorted:
		return l.scan(ctx, from, s, most)
	case walks && unsorted:
		return l.walk(ctx, from, s, nil)
	case walks:
		return l.walk(ctx, from, s, &column)
	case unsorted:
		return l.inOrder(ctx, from, s)
	}
	return l.sorted(ctx, from, s, column.Order(s.query.Sort.Descending))
}

// count counts the selected resources. Some types keep the number of all.
func (l Resource[T]) count(ctx context.Context, from db.Reader, s Selection, into *int) error {
	if s.query.Filter == nil && l.Tally != "" {
		if err := db.QueryOne(ctx, from, l.Tally, s.Args, into); !errors.Is(err, db.ErrNotFound) {
			return err
		}
	}
	return db.QueryOne(ctx, from, "select count(*) from "+l.Table+" where "+s.SQL, s.Args, into)
}

// comparisons counts the comparisons of a filter, also those in value filters.
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
		case scim.And, scim.Or, scim.Not: // are no leaves
		}
	}
	return q.Sort.By.URN == "" && q.Sort.By.Attr == attr
}
