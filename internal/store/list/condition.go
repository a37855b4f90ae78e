package list

import (
	"iter"
	"strconv"
	"strings"

	"github.com/flexscim/flexscim/scim"
)

// Condition is the SQL condition for a filter.
type Condition struct {
	SQL   string // never empty
	Args  []any
	Exact bool // the condition selects exactly the resources that match the filter

	// These fields say by which index the database should find the resources.
	ByList   bool // by the index on a List
	ByColumn bool // by the index on a column
	Single   bool // by a Key column; each of its values selects only a few resources
}

// The condition "1 = 1" selects every resource, and the condition "1 = 0" selects no
// resource.
const (
	always = "1 = 1"
	never  = "1 = 0"
)

// Where converts a filter to a condition. The first parameters of the condition are
// args.
func (a Attributes) Where(f scim.Filter, args ...any) Condition {
	b := builder{attributes: a, args: args}
	sql, exact := b.filter(f, b.leaf)
	if sql == "" {
		sql = always
	}
	return Condition{SQL: sql, Args: b.args, Exact: exact, ByList: a.byList(f), ByColumn: a.byColumn(f), Single: a.single(f)}
}

// builder builds a condition and collects its parameters. If an attribute of the
// filter has no column, the methods return "" and false and add no parameter.
type builder struct {
	attributes Attributes
	args       []any
	joined     int // number of conditions on rows of lists, joined by `and`
	depth      int // number of `or` and `not` operators around the current term
}

// maxJoined is the maximum number of conditions on rows of lists that are joined by
// `and`. PostgreSQL converts each of these conditions into a join, and takes a
// second to plan 64 joins. Go code checks any further conditions for each selected
// resource.
const maxJoined = 8

// bind adds a parameter and returns its placeholder.
func (b *builder) bind(v any) string {
	b.args = append(b.args, v)
	return "$" + strconv.Itoa(len(b.args))
}

// filter builds the condition for f. It calls the function leaf for each comparison
// and each value filter in f.
func (b *builder) filter(f scim.Filter, leaf func(scim.Filter) (string, bool)) (sql string, exact bool) {
	bound := len(b.args)
	switch f := f.(type) {
	case nil:
		return always, true
	case scim.And:
		return b.all(f, leaf)
	case scim.Or:
		b.depth++
		defer func() { b.depth-- }()
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
		b.depth++
		defer func() { b.depth-- }()
		sql, exact = b.filter(f.Term, leaf)
		if !exact {
			b.args = b.args[:bound]
			return "", false
		}
		return "not (" + sql + ")", true
	case scim.Compare, scim.Element:
	}
	return leaf(f)
}

// builder.all builds the condition for an And. It omits the terms without a column;
// the condition then selects more resources than the filter.
func (b *builder) all(terms scim.And, leaf func(scim.Filter) (string, bool)) (sql string, exact bool) {
	if len(terms) == 1 {
		return b.filter(terms[0], leaf)
	}
	parts := make([]string, 0, len(terms))
	exact = true
	for _, term := range terms {
		if b.joins(term) && b.joined > maxJoined {
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

// joins reports whether a term needs a row of a List, and counts the terms that do.
func (b *builder) joins(term scim.Filter) bool {
	attr := ""
	switch term := term.(type) {
	case scim.Compare:
		if term.Op != scim.Ne { // the operator `ne` is true even without rows
			attr = term.Attr
		}
	case scim.Element:
		attr = term.Attr
	case scim.And, scim.Or, scim.Not: // this term needs no row itself; builder.filter calls builder.joins for the terms inside
	}
	if _, list := b.attributes.Lists[attr]; !list || b.depth > 0 {
		return false
	}
	b.joined++
	return true
}

func (b *builder) leaf(f scim.Filter) (sql string, exact bool) {
	switch f := f.(type) {
	case scim.Compare:
		if list, ok := b.attributes.Lists[f.Attr]; ok && f.URN == "" {
			return b.anyElement(list, f)
		}
		c, ok := b.attributes.Columns[pathOf(f.URN, f.Attr, f.Sub)]
		if !ok {
			return "", false
		}
		return b.compare(c, f)
	case scim.Element:
		if list, ok := b.attributes.Lists[f.Attr]; ok && f.URN == "" {
			return b.element(list, f.Filter)
		}
	case scim.And, scim.Or, scim.Not: // not leaves
	}
	return "", false
}

// pathOf returns the key of an attribute in the map Attributes.Columns.
func pathOf(urn, attr, sub string) string {
	if urn != "" {
		attr = urn + ":" + attr
	}
	if sub != "" {
		attr += "." + sub
	}
	return attr
}

// builder.element returns the condition that at least one row of the List matches
// the whole value filter.
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

// anyElement returns the condition for a comparison that at least one element must
// match. With the operator `ne`, a resource without elements matches for every
// value.
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

// Leaves returns the comparisons and value filters of a filter, from left to
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
