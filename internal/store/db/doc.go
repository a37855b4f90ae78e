// Package db runs SQL on SQLite or PostgreSQL. It knows nothing of SCIM: the
// tables are those of internal/store.
//
// [Open] opens a [DB]. [DB.Write] runs a function in a transaction [Tx] and is
// the one way to write; [DB.Reader] and [DB.SharedReader] run reading statements.
// One SQL text serves both engines. The fragments that differ are in [Syntax],
// what keeps a query planner on the right way is in hints.go.
//
// Waiting writes share one commit (package batch). If a write fails after it has
// written, the batch is undone and its writes run again: on SQLite each in a
// savepoint, on PostgreSQL each in its own transaction. SQLite has one writer,
// PostgreSQL has two.
package db
