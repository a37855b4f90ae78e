// Package condition turns a filter into SQL, as far as a table can answer it.
//
// It is a part of store, in line 1, and pure: no database. A table says which attribute is kept in
// which column. What no column answers is left out of the condition, which
// then selects more than the filter does, never less: it says so (Exact), and
// the caller asks scim.User.Matches about what came. An order and a place in it
// become conditions, too: what a page that begins there has (stretch.go).
package condition
