// Package cursor encrypts and decrypts the cursors of RFC 9865. A cursor is a place
// in one list. Only a holder of the key can create or read cursors.
//
// It is a part of scimhttp, which decides what identifies a list and reads the
// page. The server stores nothing for a cursor, so that any replica can continue
// from a cursor, even after a restart, and clients can request any number of
// cursors.
//
// # What a cursor contains
//
// A cursor identifies the resource at the edge of the page: its id, its time of
// creation, and the value by which the list is sorted. With the value, a client can
// continue after the resource was changed or deleted. The value
// can be a name, so cursors are encrypted and authenticated (AES-256-GCM). A cursor
// is valid only for its list, not for another query, type or connection.
package cursor
