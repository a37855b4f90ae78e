package store

import (
	"context"
	"slices"
	"strconv"

	"github.com/flexscim/flexscim/internal/store/condition"
	"github.com/flexscim/flexscim/scim"
)

// A page beside a place (RFC 9865) is found by what the place is, not by
// counting: the first costs what the last does. The order of a query is cut
// into stretches, each of which an index can answer from the place on.

// stretch is a part of an order.
type stretch struct {
	where string // what it has, with "and" before it; "" for all
	args  []any  // of the query and of where
	by    string // columns that come before the time of creation, with a comma
}

// walker makes the stretches that come after a place, or before it.
type walker struct {
	found

	walk   scim.Walk
	id     string
	column *condition.Column // that the sort is by; nil: there is none
}

// walked reads the page beside a place.
func (l listing[T]) walked(ctx context.Context, from conn, f found, column *condition.Column) (scim.Page[T], error) {
	page := scim.Page[T]{Items: []T{}}
	if err := l.count(ctx, from, f, &page.Total); err != nil || f.query.Count <= 0 {
		return page, err
	}
	w := &walker{found: f, walk: *f.query.Walk, id: l.id, column: column}
	read := l.whole
	if column != nil {
		read = l.byID // without documents, which the database would sort, too
	}
	for _, s := range w.stretches() {
		more, err := read(ctx, from, w, s, f.query.Count+1-len(page.Items))
		if err != nil {
			return page, err
		}
		if page.Items = append(page.Items, more...); len(page.Items) > f.query.Count {
			page.Items, page.More = page.Items[:f.query.Count], true
			break
		}
	}
	if w.walk.Back {
		slices.Reverse(page.Items)
	}
	return page, nil
}

// whole reads the first resources of a stretch.
func (l listing[T]) whole(ctx context.Context, from conn, w *walker, s stretch, most int) (items []T, err error) {
	text, args := w.first(l.columns, l.table, s, most)
	err = from.each(ctx, text, args, func(r row) error {
		item, err := l.scan(r)
		items = append(items, item)
		return err
	})
	return items, err
}

// byID finds the first resources of a stretch, then reads them.
func (l listing[T]) byID(ctx context.Context, from conn, w *walker, s stretch, most int) ([]T, error) {
	text, args := w.first(l.id, l.table, s, most)
	var ids []scim.ID
	if err := from.each(ctx, text, args, collect(&ids)); err != nil || len(ids) == 0 {
		return nil, err
	}
	return l.read(ctx, from, w.found, ids)
}

// first is the query for the first rows of a stretch.
func (w *walker) first(columns, table string, s stretch, most int) (string, []any) {
	args := slices.Concat(s.args, []any{most})
	way := w.way("", " desc")
	return "select " + columns + " from " + table + " where " + w.SQL + s.where +
		" order by " + s.by + w.created + way + ", " + w.id + way + " limit $" + strconv.Itoa(len(args)), args
}

// way is one of two words: for the order of creation, or against it.
func (w *walker) way(on, back string) string {
	if w.walk.Back {
		return back
	}
	return on
}

// stretches are what is left of the order, in the order of the walk.
func (w *walker) stretches() []stretch {
	switch {
	case w.column == nil:
		return []stretch{w.equals("")}
	case !w.column.Optional:
		return w.valued()
	case w.query.Sort.Descending == w.walk.Back: // whoever has no value comes last
		if w.isNone() {
			return []stretch{w.none()}
		}
		return append(w.valued(), w.none())
	case w.walk.From.IsZero() || w.isNone():
		return append([]stretch{w.none()}, w.valued()...)
	}
	return w.valued()
}

// isNone says that the walk begins at somebody who has no value.
func (w *walker) isNone() bool {
	return w.column.Optional && !w.walk.From.IsZero() && w.walk.From.Key.Text() == ""
}

// equals are those whom a condition leaves, and whom the walk has not met, in
// the order of creation.
func (w *walker) equals(where string, args ...any) stretch {
	s := stretch{where: where, args: slices.Concat(w.Args, args)}
	if !w.walk.From.IsZero() {
		n := len(s.args)
		s.where += " and (" + w.created + ", " + w.id + ")" + w.way(" > ", " < ") + "($" + strconv.Itoa(n+1) + ", $" + strconv.Itoa(n+2) + ")"
		s.args = append(s.args, micros(w.walk.From.Created), w.walk.From.ID)
	}
	return s
}

// none are those without a value.
func (w *walker) none() stretch {
	where := " and " + w.column.SQL + " = ''"
	if w.isNone() {
		return w.equals(where)
	}
	return stretch{where: where, args: w.Args}
}

// valued are those with the value of the place, then those beyond it.
func (w *walker) valued() []stretch {
	c := w.column.SQL
	rest := stretch{args: w.Args, by: c + ", "}
	descends := w.query.Sort.Descending != w.walk.Back
	if descends {
		rest.by = c + " desc, "
	}
	if w.column.Optional {
		rest.where = " and " + c + " <> ''"
	}
	if w.walk.From.IsZero() || w.isNone() {
		return []stretch{rest}
	}
	value, symbol := w.column.Of(w.walk.From.Key), " > "
	if descends {
		symbol = " < "
	}
	there, place := rest.where, "$"+strconv.Itoa(len(w.Args)+1)
	rest.where += " and " + c + symbol + place
	rest.args = slices.Concat(w.Args, []any{value})
	return []stretch{w.equals(there+" and "+c+" = "+place, value), rest}
}
