// Package db runs SQL on SQLite or PostgreSQL. It knows nothing of SCIM: the
// tables are those of internal/store.
//
// [Open] opens a [DB]. [DB.Write] runs a function in a transaction [Tx] and is
// the one way to write; [DB.Reader] and [DB.SharedReader] run reading statements.
// One SQL text serves both engines. The fragments that differ are in [Syntax],
// and hints.go has what keeps a query planner on the right way.
//
// Waiting writes share one commit. On SQLite each write has a savepoint, so one
// that fails is undone alone. On PostgreSQL a batch in which a write fails after
// it has written is undone, and its writes run again, each in its own
// transaction. SQLite has one writer, PostgreSQL has two.
//
// # Optimisations
//
// Factors are the rate with an optimisation divided by the rate without it, at 16
// requests at a time. "1 ms away" is a PostgreSQL with a round trip of 1 ms. The
// benchmarks are those of cmd/flexscim.
//
//	what                          | where            | brings                            | go test -run '^$' -bench
//	writes share a commit         | package batch    | POST 2.5 (SQLite), 3.0 (PostgreSQL) | SCIMCreate
//	deferred statements           | package pipeline | POST 1.1, 1 ms away 2.3           | SCIMCreate/postgres
//	two writers, PostgreSQL       | writerOf         | POST 1.2, 1 ms away 1.6           | SCIMCreate/postgres
//	shared round trips            | package pipeline | GET 1.9, filter 2.0               | Scale/postgres
//	analyze, PostgreSQL           | analyze          | PATCH with 1,000 new members 8    | Scale/postgres
//	prepared statements, SQLite   | package prepared | GET 1.7                           | Scale/sqlite
package db
