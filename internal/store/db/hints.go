package db

// This file contains hints for the query planners. A hint does not change the
// meaning of the SQL. The comment of each hint says which planner needs it and what
// that planner does without it.

// KeepSubquery is the text to append to a subquery in exists (…). Without this
// text, PostgreSQL turns the subquery into a join if it has no statistics. To make
// the join, PostgreSQL reads everything that the subquery could match for any row of
// the outer query, for example every membership.
const KeepSubquery = ` limit 1 offset 0`

// NoIndex returns an expression that has the value of a numeric column, but for which
// no index can be used. With the plain column, SQLite prefers an index in the order
// of the result, such as the index on the time of creation, and reads every row,
// although another index finds the few matching rows. PostgreSQL, if it has no
// statistics, prefers any index that is smaller than the primary key.
func NoIndex(column string) string { return column + ` + 0` }

// Among returns the condition that a column has one of the values that a query
// returns. On PostgreSQL the condition puts these values into an array. Without the
// array, PostgreSQL runs the query again for each row of the outer table if it has
// no statistics.
func Among(s Syntax, column, query string) string {
	if s.Engine == PostgreSQL {
		return column + ` = any (array(` + query + `))`
	}
	return column + ` in (` + query + `)`
}

// AsTuples reports whether to compare n keys of several columns as tuples, "(a, b)
// in (values …)", and not as "a = … and b in (…)". PostgreSQL joins tuples. With
// the other form, if PostgreSQL has no statistics, it expects only one row with the
// given value of the column a. It then reads all rows with that value and compares
// each of them with each value of the column b. For example, removing all 90,000
// members of a group took minutes with the other form.
func AsTuples(s Syntax, n int) bool {
	const few = 10
	return s.Engine == PostgreSQL && n > few
}

// InOrder joins two tables and makes the left table the outer table. With the plain
// keyword "join", SQLite chooses the outer table itself, and may read all rows of the
// right table.
const InOrder = ` cross join `
