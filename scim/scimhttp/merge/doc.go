// Package merge reads one list of two that are each in one order, for the root
// of scimhttp, and pure.
//
// What must never happen here: that a page needs more of the lists than itself.
package merge
