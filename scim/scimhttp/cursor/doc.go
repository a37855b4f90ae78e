// Package cursor writes and reads the cursors of RFC 9865: places in the order
// of one query, which only whoever has the key can make or read.
//
// It is a part of scimhttp, which says what a query is and asks the directory
// for the page beside the place. Nothing is kept between two requests: a cursor
// says all that there is to know, so that any replica can go on from it, also
// after a restart, and a client cannot use up anything by asking for many.
//
// # What a cursor holds
//
// The resource at the edge of the page: its id, when it was created, and the
// value by which the list is sorted. The value itself, because the walk goes
// on from where the resource stood, also when it was changed or deleted since.
// Such a value can be a name, so cursors are encrypted (AES-256-GCM, whose tag
// also shows whether anybody changed one), and bound to the query: one of
// another query, type or connection does not open.
package cursor
