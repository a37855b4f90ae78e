package list

import (
	"slices"
	"strconv"

	"github.com/flexscim/flexscim/scim"
)

// The database finds a page after a given place (RFC 9865) by the values at that
// place, not by counting rows, so the last page costs as much as the first. This
// file divides a result into ranges. The database can use an index to read each
// range.

// Order describes the order of a result: first by a column, if there is one, then
// by the time of creation and the id.
type Order struct {
	Column     *Column
	Descending bool // whether the column is descending
	Created    string
	ID         string
}

// Range is a part of an ordered result.
type Range struct {
	Where string // the condition for its rows, beginning with "and"; "" for none
	Args  []any  // the parameters of the query and of Where
	By    string // the order of its rows
}

// Ranges returns the ranges that follow the place of a walk, in the order of the
// walk. The argument args has the parameters of the query.
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

// way returns the text back if the walk goes backwards, and the text on otherwise.
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
		if w.order.Descending == w.walk.Back { // all rows lie before the place
			return nil
		}
		w.walk.From = scim.Place{}
		return w.valued()
	case !w.order.Column.Optional:
		return w.valued()
	case w.order.Descending == w.walk.Back: // rows without a value come last
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

// fromNoText reports whether the text of the place is empty. The text may also be
// empty because the place belongs to another resource type.
func (w *walker) fromNoText() bool {
	return w.order.Column.Kind == Text && !w.walk.From.IsZero() && w.walk.From.Key.Text() == ""
}

// equal returns the range of rows that the condition where selects and that follow
// the place in the order of creation.
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

// valued returns two ranges: rows with the value of the place, then rows whose
// values follow it.
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
