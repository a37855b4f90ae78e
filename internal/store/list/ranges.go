package list

import (
	"slices"
	"strconv"

	"github.com/flexscim/flexscim/scim"
)

// With cursor pagination (RFC 9865), a page begins at a given place in the result.
// The database finds this place by the values of the resource there and does not
// count rows, so the last page costs as much as the first. For this purpose, this
// file divides a result into ranges, each of which the database can read by an index.

// Order describes the order of a result: first by a column, if Column is not nil,
// then by the time of creation and the id.
type Order struct {
	Column     *Column
	Descending bool // the column is in descending order; the time of creation and the id ascend
	Created    string
	ID         string
}

// Range is a part of an ordered result.
type Range struct {
	Where string // the condition for its rows, beginning with "and"; "" for none
	Args  []any  // the parameters of the query, then those of Where
	By    string // the order of its rows
}

// Ranges returns the ranges that a walk reads, in their order. A walk reads a result
// forwards or backwards, beginning at a place. The argument args contains the
// parameters of the query.
func (o Order) Ranges(walk scim.Walk, args []any) []Range {
	w := &walker{order: o, walk: walk, args: args}
	all := w.ranges()
	for i := range all {
		all[i].By += o.Created + w.way("", " desc") + ", " + o.ID + w.way("", " desc")
	}
	return all
}

// walker builds the ranges of a walk.
type walker struct {
	order Order
	walk  scim.Walk
	args  []any
}

// walker.way returns its second argument if the walk is backwards, otherwise its
// first argument.
func (w *walker) way(on, back string) string {
	if w.walk.Back {
		return back
	}
	return on
}

func (w *walker) ranges() []Range {
	switch {
	case w.order.Column == nil:
		return []Range{w.equal("")}
	case !w.order.Column.Optional && w.fromNoText():
		if w.order.Descending == w.walk.Back { // the walk has no rows left
			return nil
		}
		w.walk.From = scim.Place{}
		return w.valued()
	case !w.order.Column.Optional:
		return w.valued()
	case w.order.Descending == w.walk.Back: // rows without a value are at the end of the walk
		if w.fromNoValue() {
			return []Range{w.unvalued()}
		}
		return append(w.valued(), w.unvalued())
	case w.walk.From.IsZero() || w.fromNoValue():
		return append([]Range{w.unvalued()}, w.valued()...)
	}
	return w.valued()
}

// fromNoValue reports whether the walk starts at a row without a value.
func (w *walker) fromNoValue() bool { return w.order.Column.Optional && w.fromNoText() }

// fromNoText reports whether the place has an empty text. If the cursor belongs to a
// list of another resource type, the text may be empty although the column always has
// a value.
func (w *walker) fromNoText() bool {
	return w.order.Column.Kind == Text && !w.walk.From.IsZero() && w.walk.From.Key.Text() == ""
}

// walker.equal returns a range: the rows that satisfy the SQL condition in where,
// and that follow the place in the order of creation.
func (w *walker) equal(where string, args ...any) Range {
	r := Range{Where: where, Args: slices.Concat(w.args, args)}
	if !w.walk.From.IsZero() {
		n, created := len(r.Args), int64(0)
		if at := w.walk.From.Created; !at.IsZero() {
			created = at.UnixMicro()
		}
		r.Where += " and (" + w.order.Created + ", " + w.order.ID + ")" + w.way(" > ", " < ") + "($" + strconv.Itoa(n+1) + ", $" + strconv.Itoa(n+2) + ")"
		r.Args = append(r.Args, created, w.walk.From.ID)
	}
	return r
}

// unvalued returns the range of rows without a value.
func (w *walker) unvalued() Range {
	where := " and " + w.order.Column.SQL + " = ''"
	if w.fromNoValue() {
		return w.equal(where)
	}
	return Range{Where: where, Args: w.args}
}

// valued returns two ranges: the rows that have the same value as the place, then the
// rows whose values follow it. If the walk does not start at a value, it returns one
// range: all rows with a value.
func (w *walker) valued() []Range {
	c := w.order.Column.SQL
	rest := Range{Args: w.args, By: c + ", "}
	descends := w.order.Descending != w.walk.Back
	if descends {
		rest.By = c + " desc, "
	}
	if w.order.Column.Optional {
		rest.Where = " and " + c + " <> ''"
	}
	if w.walk.From.IsZero() || w.fromNoValue() {
		return []Range{rest}
	}
	value, symbol := w.order.Column.valueOf(w.walk.From.Key), " > "
	if descends {
		symbol = " < "
	}
	there, place := rest.Where, "$"+strconv.Itoa(len(w.args)+1)
	rest.Where += " and " + c + symbol + place
	rest.Args = slices.Concat(w.args, []any{value})
	return []Range{w.equal(there+" and "+c+" = "+place, value), rest}
}
