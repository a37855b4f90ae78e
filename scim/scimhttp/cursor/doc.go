// Package cursor encrypts and decrypts the cursors of RFC 9865. A cursor is an
// encrypted position in one list. Only a process that has the key can create or
// decrypt cursors.
//
// Package scimhttp uses this package. It decides which text identifies a list, and
// reads the page that begins at a cursor. The server stores no data for a cursor.
// So any replica can return the page at a cursor, even after a restart, and clients
// can request any number of cursors.
//
// # What a cursor contains
//
// A cursor identifies the first or last resource of a page. It contains the id of
// this resource, its time of creation, and the value by which the list is sorted.
// Because it contains the value, the cursor stays valid after the resource was
// changed or deleted. The value can be a person's name, so cursors are encrypted
// and authenticated (AES-256-GCM). A cursor is valid only for its list, and not for
// another query, resource type or connection.
package cursor
