// Package list answers list requests: filters, orders and pages of resources
// that package store keeps in tables.
//
// [Attributes] says which attribute is kept in which column. Where turns a
// filter into a [Condition] in SQL. What no column answers is left out: the
// condition then selects more than the filter, never less (it is not Exact), and
// the rest of the filter is asked of each selected resource. [Resource.Page]
// reads a page of the result in the cheapest way that its order and place allow.
package list
