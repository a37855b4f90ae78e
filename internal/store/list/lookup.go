package list

import (
	"slices"
	"strings"

	"github.com/flexscim/flexscim/scim"
)

// This file decides which index can find the resources of a filter. An index helps
// only if there is a comparison that every matching resource must satisfy: the
// filter is this comparison, or is an And in which this comparison is a term.

// looksUp reports whether every resource that matches f must satisfy one comparison
// for which the function fits returns true.
func (a Attributes) looksUp(f scim.Filter, fits func(c Column, op scim.CompareOp) bool) bool {
	switch f := f.(type) {
	case scim.And:
		return slices.ContainsFunc(f, func(term scim.Filter) bool { return a.looksUp(term, fits) })
	case scim.Compare:
		c, ok := a.Columns[pathOf(f.URN, f.Attr, f.Sub)]
		return ok && isLookUp(f) && fits(c, f.Op)
	case scim.Or, scim.Not, scim.Element: // a match need not satisfy any single comparison inside the term
	}
	return false
}

// single reports whether every resource that matches f must have a given value in a
// Key column.
func (a Attributes) single(f scim.Filter) bool {
	return a.looksUp(f, func(c Column, op scim.CompareOp) bool { return c.Key && op == scim.Eq })
}

// byColumn reports whether, in every resource that matches f, a text column must
// equal a given text or begin with it.
func (a Attributes) byColumn(f scim.Filter) bool {
	return a.looksUp(f, func(c Column, op scim.CompareOp) bool { return c.Kind == Text && (op == scim.Eq || !c.Unordered) })
}

// byList reports whether every resource that matches f must have an element with a
// given value.
func (a Attributes) byList(f scim.Filter) bool {
	switch f := f.(type) {
	case scim.And:
		return slices.ContainsFunc(f, a.byList)
	case scim.Compare:
		return f.URN == "" && (f.Sub == "" || f.Sub == "value") && a.Lists[f.Attr].findsValue(f)
	case scim.Element:
		terms, several := f.Filter.(scim.And)
		if !several {
			terms = scim.And{f.Filter}
		}
		return f.URN == "" && slices.ContainsFunc(terms, func(term scim.Filter) bool {
			c, _ := term.(scim.Compare)
			return c.Attr == "value" && a.Lists[f.Attr].findsValue(c)
		})
	case scim.Or, scim.Not: // a match need not satisfy any single comparison inside the term
	}
	return false
}

// findsValue reports whether an index on values finds the rows that match a
// comparison.
func (l List) findsValue(c scim.Compare) bool {
	return l.narrows(scim.Compare{Attr: "value", Op: c.Op, Value: c.Value})
}

func isLookUp(c scim.Compare) bool {
	_, text := c.Value.(string)
	return text && (c.Op == scim.Eq || c.Op == scim.Sw)
}

// exists returns an SQL condition: the resource has a row for which the condition
// in the argument sql is true. This argument must be the condition for the value
// filter f.
func (l List) exists(f scim.Filter, sql string) string {
	if l.Each != "" && !l.narrows(f) {
		return strings.Replace(l.Each, "?", sql, 1)
	}
	return strings.Replace(l.Rows, "?", sql, 1)
}

// narrows reports whether the database can use an index to find the rows that match a
// value filter.
func (l List) narrows(f scim.Filter) bool {
	switch f := f.(type) {
	case scim.And:
		return slices.ContainsFunc(f, l.narrows)
	case scim.Or:
		return !slices.ContainsFunc(f, func(term scim.Filter) bool { return !l.narrows(term) })
	case scim.Compare:
		c, ok := l.Columns[f.Attr]
		return ok && !c.Common && isLookUp(f) && (f.Op == scim.Eq || !c.Unordered)
	case scim.Not, scim.Element: // no index finds the rows for a Not; a value filter contains no Element
	}
	return false
}

// asksForValue reports whether only elements with a value can match a value filter.
func asksForValue(f scim.Filter) bool {
	switch f := f.(type) {
	case scim.And:
		return slices.ContainsFunc(f, asksForValue)
	case scim.Or:
		return len(f) > 0 && !slices.ContainsFunc(f, func(term scim.Filter) bool { return !asksForValue(term) })
	case scim.Compare:
		return f.Attr == "value" && (f.Op == scim.Pr || f.Op != scim.Ne && f.Value != nil)
	case scim.Not, scim.Element: // an element without a value can match; a value filter contains no Element
	}
	return false
}
