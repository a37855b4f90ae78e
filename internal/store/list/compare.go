package list

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/flexscim/flexscim/scim"
)

// builder.compare returns the SQL condition for a comparison of one column, or ""
// if SQL cannot express it.
func (b *builder) compare(c Column, f scim.Compare) (sql string, exact bool) {
	switch value := f.Value.(type) {
	case nil:
		sql = c.present(f.Op)
	case bool:
		if c.Kind == Boolean {
			sql = c.boolean(f.Op, value)
		}
	case string:
		switch c.Kind {
		case Text:
			if !c.CaseExact {
				value = scim.Fold(value)
			}
			sql = b.text(c, f.Op, value)
		case Time:
			sql = b.time(c, f.Op, value)
		case Boolean:
		}
	}
	return sql, sql != ""
}

// Column.present returns the condition for the operator `pr` and for a comparison
// with null.
func (c Column) present(op scim.CompareOp) string {
	switch {
	case op != scim.Pr && op != scim.Ne && op != scim.Eq:
		return ""
	case c.Optional && op == scim.Eq:
		return c.SQL + " = ''"
	case c.Optional:
		return c.SQL + " <> ''"
	case op == scim.Eq:
		return never
	}
	return always
}

// boolean returns a condition that contains the value instead of a parameter, so
// that the database can use a partial index.
func (c Column) boolean(op scim.CompareOp, value bool) string {
	switch {
	case op != scim.Eq && op != scim.Ne:
		return ""
	case value == (op == scim.Eq):
		return c.SQL + " = true"
	}
	return c.SQL + " = false"
}

// builder.text returns the condition for a comparison of text keys. Text keys are
// ordered by code points (on PostgreSQL the columns have the collation "C").
func (b *builder) text(c Column, op scim.CompareOp, literal string) string {
	there := "" // the column must have a value, because no comparison is true for a missing value
	if c.Optional {
		there = " and " + c.SQL + " <> ''"
	}
	symbol, known := symbols[op]
	switch {
	case op == scim.Ne:
		return b.different(c, literal)
	case strings.IndexByte(literal, 0) >= 0: // no value contains NUL
		return never
	case op == scim.Eq:
		return c.SQL + " = " + b.bind(scim.TextKey(literal)) + there
	case c.Unordered || !orders(literal):
		return ""
	case op == scim.Sw:
		return b.prefix(c, literal) + there
	case known:
		return c.SQL + symbol + b.bind(literal) + there
	}
	return ""
}

// different returns the condition for the operator `ne`, which is also true for a
// missing value.
func (b *builder) different(c Column, literal string) string {
	switch {
	case literal == "":
		return always
	case strings.IndexByte(literal, 0) >= 0: // Go code must compare
		return ""
	}
	return c.SQL + " <> " + b.bind(scim.TextKey(literal))
}

// symbols maps SCIM operators to SQL operators.
var symbols = map[scim.CompareOp]string{scim.Gt: " > ", scim.Ge: " >= ", scim.Lt: " < ", scim.Le: " <= "}

// prefix returns the condition for the operator `sw` as a range, so that the database
// can use an index.
func (b *builder) prefix(c Column, literal string) string {
	sql := c.SQL + " >= " + b.bind(literal)
	if end, ok := textAfter(literal); ok {
		sql += " and " + c.SQL + " < " + b.bind(end)
	}
	return sql
}

// builder.time returns the condition that compares a column of whole microseconds
// with a literal. The literal may have more than six decimals.
func (b *builder) time(c Column, op scim.CompareOp, literal string) string {
	at, err := time.Parse(time.RFC3339Nano, literal)
	if err != nil {
		return ""
	}
	floor := at.UnixMicro()
	whole := at.Equal(time.UnixMicro(floor))
	symbol, known := symbols[op]
	switch {
	case op == scim.Eq && whole:
		symbol = " = "
	case op == scim.Ne && whole:
		symbol = " <> "
	case op == scim.Eq:
		return never
	case op == scim.Ne:
		return always
	case !known:
		return ""
	case !whole && (op == scim.Ge || op == scim.Lt):
		floor++ // the next whole one
	}
	return c.SQL + symbol + b.bind(floor)
}

// Sorted returns the column to sort by, or false if the attribute has no column.
func (a Attributes) Sorted(s scim.Sort) (Column, bool) {
	c, ok := a.Columns[pathOf(s.By.URN, s.By.Attr, s.By.Sub)]
	return c, ok
}

// valueOf converts a sort key to the value that the column stores.
func (c Column) valueOf(k scim.SortKey) any {
	switch c.Kind {
	case Boolean:
		return k.Bool()
	case Time:
		return k.Time().UnixMicro()
	default:
		return k.Text()
	}
}

// Order returns the terms of "order by" for the column. It does not add the terms for
// the order of creation.
func (c Column) Order(descending bool) string {
	terms := []string{c.SQL}
	if c.Optional {
		terms = []string{c.SQL + " = ''", c.SQL} // no value: last
	}
	if descending {
		return strings.Join(terms, " desc, ") + " desc"
	}
	return strings.Join(terms, ", ")
}

// maxRange is the length in bytes of the longest literal for which the function
// orders returns true.
const maxRange = scim.MaxKeyPrefix - utf8.UTFMax

// The function orders reports whether a comparison of the literal with a text key
// always has the same result as a comparison with the full value. Only short literals
// qualify, because the keys of long values are shortened.
func orders(literal string) bool { return len(literal) <= maxRange && scim.TextKey(literal) == literal }

// textAfter returns the smallest text that is greater than all texts beginning with
// prefix, or false if there is none.
func textAfter(prefix string) (string, bool) {
	for prefix != "" {
		r, size := utf8.DecodeLastRuneInString(prefix)
		prefix = prefix[:len(prefix)-size]
		switch r {
		case utf8.MaxRune:
			continue
		case 0xD7FF: // the next code points are surrogates, which are not allowed in text
			r = 0xDFFF
		}
		return prefix + string(r+1), true
	}
	return "", false
}
