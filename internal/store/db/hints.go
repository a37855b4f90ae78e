package db

// Hints to the query planners. Each is SQL that means the same without it; the
// comment says which planner needs it and what it does otherwise.

// KeepSubquery ends a subquery in exists (…). It keeps PostgreSQL from turning the
// subquery into a join, which it does as long as it has no statistics. The join
// reads the rows for all outer rows at once: for the members of groups, every
// membership.
const KeepSubquery = ` limit 1 offset 0`

// NoIndex returns an expression with the value of a column of numbers that no
// index can serve. Without it SQLite prefers an index that has the order of the
// result (such as the time of creation) and then reads every row, although
// another index finds the few that match; PostgreSQL without statistics prefers
// any smaller index to the primary key.
func NoIndex(column string) string { return column + ` + 0` }

// Among returns the condition that a column has one of the values of a query.
// Without the array PostgreSQL, as long as it has no statistics, runs the query
// again for each row of the outer table.
func Among(s Syntax, column, query string) string {
	if s.Engine == PostgreSQL {
		return column + ` = any (array(` + query + `))`
	}
	return column + ` in (` + query + `)`
}

// AsTuples reports whether n keys of several columns are to be compared as
// tuples, "(a, b) in (values …)", and not as "a = … and b in (…)". PostgreSQL
// joins with tuples. Otherwise, as long as it has no statistics, it estimates that
// one row has the value of a, reads all that have it and compares each with each
// value of b: emptying a group of 90,000 members took minutes.
func AsTuples(s Syntax, n int) bool {
	const few = 10
	return s.Engine == PostgreSQL && n > few
}

// InOrder joins two tables and makes the left one the outer one. With "join"
// SQLite chooses the outer table by itself, and may read all rows of the right
// one.
const InOrder = ` cross join `
