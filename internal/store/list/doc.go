// Package list answers list requests: filters, orders and pages of resources
// that package store keeps in tables.
//
// [Attributes] says which attribute is kept in which column. Where turns a
// filter into a [Condition] in SQL. What no column answers is left out: the
// condition then selects more than the filter, never less (it is not Exact), and
// the rest of the filter is asked of each selected resource. [Resource.Page]
// reads a page of the result in the cheapest way that its order and place allow.
//
// # Optimisations
//
// Factors are for a page of 100 of 20,000 users by index, 16 requests at a time:
// the rate with an optimisation divided by the rate without it.
//
//	far   | a page near the end is read from the end: 2.0
//	Tally | triggers keep the number of users: 2.1 on SQLite, 2.6 on PostgreSQL
//
// Measured with: FLEXSCIM_PEOPLE=20000 go test -run '^$' -bench Scale ./cmd/flexscim
package list
