package db

// This file contains hints for the query planners. A hint does not change the
// meaning of the SQL. The comment of each hint says which planner needs it and what
// that planner does without it.

// KeepSubquery is the text to append to a subquery in exists (…). Without it, and
// without statistics, PostgreSQL turns the subquery into a join. That join reads
// the inner rows of all outer rows, for example every membership.
const KeepSubquery = ` limit 1 offset 0`

// NoIndex returns an expression that has the value of a numeric column, but for
// which no index can be used. With the plain column, SQLite prefers an index that
// has the order of the result (such as the time of creation) and reads every row,
// although a different index finds the few matching rows. Without statistics,
// PostgreSQL prefers any index that is smaller than the primary key.
func NoIndex(column string) string { return column + ` + 0` }

// Among returns the condition that a column has one of the values that a query
// returns. Without the array, and without statistics, PostgreSQL runs the query
// again for each row of the outer table.
func Among(s Syntax, column, query string) string {
	if s.Engine == PostgreSQL {
		return column + ` = any (array(` + query + `))`
	}
	return column + ` in (` + query + `)`
}

// AsTuples reports whether to compare n keys of several columns as tuples, "(a, b)
// in (values …)", and not as "a = … and b in (…)". PostgreSQL joins tuples. With
// the other form, and without statistics, PostgreSQL expects only one row with the
// given value of the column a. It reads all rows with that value and compares each
// row with each value of the column b. For example, removing all 90,000 members of
// a group took minutes.
func AsTuples(s Syntax, n int) bool {
	const few = 10
	return s.Engine == PostgreSQL && n > few
}

// InOrder joins two tables and makes the left one the outer table. With "join"
// SQLite chooses the outer table itself, and may read all rows of the right one.
const InOrder = ` cross join `
