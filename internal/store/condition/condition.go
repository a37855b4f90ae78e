package condition

import (
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/flexscim/flexscim/scim"
)

// Table says where a resource's attributes are kept.
type Table struct {
	Columns map[string]Column // :: path, behind URN and a colon where it has one
	Lists   map[string]List   // :: name of a multi-valued attribute of the core schema
}

// Kind is what a column holds.
type Kind int

// The kinds of columns.
const (
	Text    Kind = iota // keys
	Boolean             // never null
	Time                // unix microseconds
)

// Column keeps one attribute.
type Column struct {
	SQL       string
	Kind      Kind
	CaseExact bool
	Optional  bool // '' means none
	Unordered bool // only equality counts
	Common    bool // many have the same: it leads to none of them
	Key       bool // hardly two have the same
}

// List keeps the elements of a multi-valued attribute as rows.
type List struct {
	Rows    string            // the condition that a row exists, with ? for what is true of it
	Each    string            // the same, looked for from the resource: for what no value leads to. "": Rows
	Columns map[string]Column // :: sub-attribute → column of a row
	Sparse  bool              // elements without a value have no row
}

// Condition is what a filter means to a table.
type Condition struct {
	SQL   string // never empty
	Args  []any
	Exact bool // it selects what the filter selects, and not more
	Few   bool // rows of a list lead to it: to start from them is best
	Near  bool // one value of a column leads to it: to start from that is best
	One   bool // it selects one resource, or few
}

// What selects everything, and nothing.
const (
	always = "1 = 1"
	never  = "1 = 0"
)

// Of is the condition of a filter, with args as its first parameters.
func (t Table) Of(f scim.Filter, args ...any) Condition {
	b := builder{table: t, args: args}
	sql, exact := b.filter(f, b.leaf)
	if sql == "" {
		sql = always
	}
	return Condition{SQL: sql, Args: b.args, Exact: exact, Few: t.few(f), Near: t.near(f), One: t.one(f)}
}

// looks says that a comparison that has to be true is a look-up of a column
// that fits.
func (t Table) looks(f scim.Filter, fits func(c Column, op scim.CompareOp) bool) bool {
	switch f := f.(type) {
	case scim.And:
		return slices.ContainsFunc(f, func(term scim.Filter) bool { return t.looks(term, fits) })
	case scim.Compare:
		c, ok := t.Columns[pathOf(f.URN, f.Attr, f.Sub)]
		return ok && isLookUp(f) && fits(c, f.Op)
	}
	return false
}

// one says that a comparison that has to be true is one with a key.
func (t Table) one(f scim.Filter) bool {
	return t.looks(f, func(c Column, op scim.CompareOp) bool { return c.Key && op == scim.Eq })
}

// near says that a comparison that has to be true is one of a column with a
// text, or with how it begins.
func (t Table) near(f scim.Filter) bool {
	return t.looks(f, func(c Column, op scim.CompareOp) bool { return c.Kind == Text && (op == scim.Eq || !c.Unordered) })
}

// few says that a comparison that has to be true is one of a list's value
// with a literal.
func (t Table) few(f scim.Filter) bool {
	switch f := f.(type) {
	case scim.And:
		return slices.ContainsFunc(f, t.few)
	case scim.Compare:
		list, ok := t.Lists[f.Attr]
		return ok && f.URN == "" && (f.Sub == "" || f.Sub == "value") && list.leads(f)
	case scim.Element:
		list, ok := t.Lists[f.Attr]
		terms, several := f.Filter.(scim.And)
		if !several {
			terms = scim.And{f.Filter}
		}
		return ok && f.URN == "" && slices.ContainsFunc(terms, func(term scim.Filter) bool {
			c, _ := term.(scim.Compare)
			return c.Attr == "value" && list.leads(c)
		})
	}
	return false
}

// leads says that the value with which one is compared leads to rows.
func (l List) leads(c scim.Compare) bool {
	return l.narrows(scim.Compare{Attr: "value", Op: c.Op, Value: c.Value})
}

func isLookUp(c scim.Compare) bool {
	_, text := c.Value.(string)
	return text && (c.Op == scim.Eq || c.Op == scim.Sw)
}

// builder collects parameters. Its methods answer "" where they do not know:
// then no parameter of theirs is left behind, and exact is false.
type builder struct {
	table  Table
	args   []any
	joined int // lists whose rows all have to be there
	below  int // how many or and not the builder stands under
}

// mostJoined bounds the lists of which all have to have a row: PostgreSQL makes
// a join of each, and plans 64 of them for a second. Those beyond are looked at
// one by one, in what the others leave.
const mostJoined = 8

// bind adds a parameter and says what stands for it.
func (b *builder) bind(v any) string {
	b.args = append(b.args, v)
	return "$" + strconv.Itoa(len(b.args))
}

// filter joins the conditions of the leaves.
func (b *builder) filter(f scim.Filter, leaf func(scim.Filter) (string, bool)) (sql string, exact bool) {
	bound := len(b.args)
	switch f := f.(type) {
	case nil:
		return always, true
	case scim.And:
		return b.all(f, leaf)
	case scim.Or:
		b.below++
		defer func() { b.below-- }()
		parts := make([]string, 0, len(f))
		exact = true
		for _, term := range f {
			part, same := b.filter(term, leaf)
			if part == "" {
				b.args = b.args[:bound]
				return "", false
			}
			parts = append(parts, part)
			exact = exact && same
		}
		if len(parts) == 0 {
			return never, true
		}
		return "(" + strings.Join(parts, " or ") + ")", exact
	case scim.Not:
		b.below++
		defer func() { b.below-- }()
		sql, exact = b.filter(f.Term, leaf)
		if !exact {
			b.args = b.args[:bound]
			return "", false
		}
		return "not (" + sql + ")", true
	}
	return leaf(f)
}

// all leaves out what it does not know: the others select more.
func (b *builder) all(terms scim.And, leaf func(scim.Filter) (string, bool)) (sql string, exact bool) {
	if len(terms) == 1 {
		return b.filter(terms[0], leaf)
	}
	parts := make([]string, 0, len(terms))
	exact = true
	for _, term := range terms {
		if b.joins(term) && b.joined > mostJoined {
			exact = false
			continue
		}
		part, same := b.filter(term, leaf)
		exact = exact && same
		if part != "" {
			parts = append(parts, part)
		}
	}
	switch {
	case len(parts) > 0:
		return "(" + strings.Join(parts, " and ") + ")", exact
	case len(terms) == 0:
		return always, true
	}
	return "", false
}

// joins counts the terms that are about the rows of a list.
func (b *builder) joins(term scim.Filter) bool {
	attr := ""
	switch term := term.(type) {
	case scim.Compare:
		if term.Op != scim.Ne { // no row may be there
			attr = term.Attr
		}
	case scim.Element:
		attr = term.Attr
	}
	if _, list := b.table.Lists[attr]; !list || b.below > 0 {
		return false
	}
	b.joined++
	return true
}

func (b *builder) leaf(f scim.Filter) (sql string, exact bool) {
	switch f := f.(type) {
	case scim.Compare:
		if list, ok := b.table.Lists[f.Attr]; ok && f.URN == "" {
			return b.anyElement(list, f)
		}
		c, ok := b.table.Columns[pathOf(f.URN, f.Attr, f.Sub)]
		if !ok {
			return "", false
		}
		return b.compare(c, f)
	case scim.Element:
		if list, ok := b.table.Lists[f.Attr]; ok && f.URN == "" {
			return b.element(list, f.Filter)
		}
	}
	return "", false
}

// pathOf is the key of Table.Columns. A complex attribute means its value.
func pathOf(urn, attr, sub string) string {
	if urn != "" {
		attr = urn + ":" + attr
	}
	if sub != "" {
		attr += "." + sub
	}
	return attr
}

// element is a value filter: one row has to make all of it true.
func (b *builder) element(list List, f scim.Filter) (sql string, exact bool) {
	if list.Sparse && !asksForValue(f) {
		return "", false
	}
	sql, exact = b.filter(f, func(leaf scim.Filter) (string, bool) {
		c, _ := leaf.(scim.Compare)
		column, ok := list.Columns[c.Attr]
		if !ok {
			return "", false
		}
		return b.compare(column, c)
	})
	if sql == "" {
		return "", false
	}
	return list.exists(f, sql), exact
}

// exists is the condition that a row exists, of which a value filter's
// translation is true.
func (l List) exists(f scim.Filter, sql string) string {
	if l.Each != "" && !l.narrows(f) {
		return strings.Replace(l.Each, "?", sql, 1)
	}
	return strings.Replace(l.Rows, "?", sql, 1)
}

// narrows says that an index finds the rows that can make a value filter true.
func (l List) narrows(f scim.Filter) bool {
	switch f := f.(type) {
	case scim.And:
		return slices.ContainsFunc(f, l.narrows)
	case scim.Or:
		return !slices.ContainsFunc(f, func(term scim.Filter) bool { return !l.narrows(term) })
	case scim.Compare:
		c, ok := l.Columns[f.Attr]
		return ok && !c.Common && isLookUp(f) && (f.Op == scim.Eq || !c.Unordered)
	}
	return false
}

// asksForValue says that no element without a value makes a filter true.
func asksForValue(f scim.Filter) bool {
	switch f := f.(type) {
	case scim.And:
		for _, term := range f {
			if asksForValue(term) {
				return true
			}
		}
	case scim.Or:
		for _, term := range f {
			if !asksForValue(term) {
				return false
			}
		}
		return len(f) > 0
	case scim.Compare:
		return f.Attr == "value" && (f.Op == scim.Pr || f.Op != scim.Ne && f.Value != nil)
	}
	return false
}

// anyElement is a comparison that one of the elements has to make true. No
// element is not equal to anything.
func (b *builder) anyElement(list List, f scim.Compare) (sql string, exact bool) {
	if f.Sub == "" {
		f.Sub = "value"
	}
	c, ok := list.Columns[f.Sub]
	if !ok || list.Sparse && f.Sub != "value" {
		return "", false
	}
	rows := func(condition string) string {
		return list.exists(scim.Compare{Attr: f.Sub, Op: f.Op, Value: f.Value}, condition)
	}
	there := always
	if c.Optional {
		there = c.SQL + " <> ''"
	}
	switch {
	case f.Op == scim.Pr, f.Op == scim.Ne && f.Value == nil:
		return rows(there), true
	case f.Op == scim.Eq && f.Value == nil:
		return "not " + rows(there), true
	}
	if sql, exact = b.compare(c, f); sql == "" {
		return "", false
	}
	if f.Op == scim.Ne {
		return "(not " + rows(there) + " or " + rows(there+" and "+sql) + ")", exact
	}
	return rows(sql), exact
}

// Leaves are the comparisons and value filters of a filter, from left to
// right.
func Leaves(f scim.Filter) iter.Seq[scim.Filter] {
	return func(yield func(scim.Filter) bool) { walk(f, yield) }
}

func walk(f scim.Filter, yield func(scim.Filter) bool) bool {
	var terms []scim.Filter
	switch f := f.(type) {
	case nil:
		return true
	case scim.And:
		terms = f
	case scim.Or:
		terms = f
	case scim.Not:
		return walk(f.Term, yield)
	default:
		return yield(f)
	}
	for _, term := range terms {
		if !walk(term, yield) {
			return false
		}
	}
	return true
}
