// Package list reads pages of resources from the tables of package store, with
// filters and orders.
//
// [Attributes] maps attributes to columns. [Attributes.Where] turns a filter into a
// [Condition] in SQL. If an attribute has no column, the condition omits the
// comparison. The condition is then not Exact: it may select resources that do not
// match the filter, but it never leaves out a resource that matches. In this case, Go
// code compares each selected resource with the filter. [Resource.Page] reads a page
// in the cheapest way that its order and position allow.
//
// # Optimisations
//
// A factor is the rate with an optimisation divided by the rate without it, for a
// page (by index) of 100 users out of 20,000, with 16 concurrent requests.
//
//	far   | a page near the end is read from the end: 2.0
//	Tally | triggers count the users: 2.1 on SQLite, 2.6 on PostgreSQL
//
// Measured with: FLEXSCIM_PEOPLE=20000 go test -run '^$' -bench Scale ./cmd/flexscim
package list
