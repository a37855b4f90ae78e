package condition

import (
	"slices"
	"strconv"

	"github.com/flexscim/flexscim/scim"
)

// A page beside a place (RFC 9865) is found by what the place is, not by
// counting: the first costs what the last does. The order of a result is cut
// into stretches, each of which an index can answer from the place on.

// Order is how a result is ordered: by a column, if any, and equals by the time
// of creation and the id.
type Order struct {
	Column     *Column
	Descending bool // the column
	Created    string
	ID         string
}

// Stretch is a part of an order.
type Stretch struct {
	Where string // what its rows have, with "and" before it; "" for nothing more
	Args  []any  // those of the query, and those of Where
	By    string // the order of its rows
}

// Stretches are the parts of an order that a walk has before it, in the order
// of the walk. args are the query's.
func (o Order) Stretches(walk scim.Walk, args []any) []Stretch {
	w := &walker{order: o, walk: walk, args: args}
	all := w.stretches()
	for i := range all {
		all[i].By += o.Created + w.way("", " desc") + ", " + o.ID + w.way("", " desc")
	}
	return all
}

// walker makes stretches.
type walker struct {
	order Order
	walk  scim.Walk
	args  []any
}

// way is one of two words: for the order of creation, or against it.
func (w *walker) way(on, back string) string {
	if w.walk.Back {
		return back
	}
	return on
}

// stretches are what is left of the order, in the order of the walk.
func (w *walker) stretches() []Stretch {
	switch {
	case w.order.Column == nil:
		return []Stretch{w.equals("")}
	case !w.order.Column.Optional && w.isWithout():
		if w.order.Descending == w.walk.Back { // all are before it
			return nil
		}
		w.walk.From = scim.Place{}
		return w.valued()
	case !w.order.Column.Optional:
		return w.valued()
	case w.order.Descending == w.walk.Back: // whoever has no value comes last
		if w.isNone() {
			return []Stretch{w.none()}
		}
		return append(w.valued(), w.none())
	case w.walk.From.IsZero() || w.isNone():
		return append([]Stretch{w.none()}, w.valued()...)
	}
	return w.valued()
}

// isNone says that the walk begins at somebody who has no value, among others.
func (w *walker) isNone() bool { return w.order.Column.Optional && w.isWithout() }

// isWithout says that the walk begins at somebody who has no text, perhaps of
// another type.
func (w *walker) isWithout() bool {
	return w.order.Column.Kind == Text && !w.walk.From.IsZero() && w.walk.From.Key.Text() == ""
}

// equals are those whom a condition leaves, and whom the walk has not met, in
// the order of creation.
func (w *walker) equals(where string, args ...any) Stretch {
	s := Stretch{Where: where, Args: slices.Concat(w.args, args)}
	if !w.walk.From.IsZero() {
		n, created := len(s.Args), int64(0)
		if at := w.walk.From.Created; !at.IsZero() {
			created = at.UnixMicro()
		}
		s.Where += " and (" + w.order.Created + ", " + w.order.ID + ")" + w.way(" > ", " < ") + "($" + strconv.Itoa(n+1) + ", $" + strconv.Itoa(n+2) + ")"
		s.Args = append(s.Args, created, w.walk.From.ID)
	}
	return s
}

// none are those without a value.
func (w *walker) none() Stretch {
	where := " and " + w.order.Column.SQL + " = ''"
	if w.isNone() {
		return w.equals(where)
	}
	return Stretch{Where: where, Args: w.args}
}

// valued are those with the value of the place, then those beyond it.
func (w *walker) valued() []Stretch {
	c := w.order.Column.SQL
	rest := Stretch{Args: w.args, By: c + ", "}
	descends := w.order.Descending != w.walk.Back
	if descends {
		rest.By = c + " desc, "
	}
	if w.order.Column.Optional {
		rest.Where = " and " + c + " <> ''"
	}
	if w.walk.From.IsZero() || w.isNone() {
		return []Stretch{rest}
	}
	value, symbol := w.order.Column.Of(w.walk.From.Key), " > "
	if descends {
		symbol = " < "
	}
	there, place := rest.Where, "$"+strconv.Itoa(len(w.args)+1)
	rest.Where += " and " + c + symbol + place
	rest.Args = slices.Concat(w.args, []any{value})
	return []Stretch{w.equals(there+" and "+c+" = "+place, value), rest}
}
