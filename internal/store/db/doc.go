// Package db runs SQL on SQLite or PostgreSQL. It contains nothing about SCIM;
// internal/store defines the tables.
//
// [Open] opens a [DB]. All writes go through [DB.Write], which calls a function in
// a transaction [Tx]. Reading statements run on connections of three kinds:
// [DB.SharedReader] is for look-ups, [DB.ListReader] for queries that may take
// long, and [DB.Reader] for the server's own work. So the queries of one kind never
// wait for those of another. Both engines run the same SQL text. The fragments that
// differ are in [Syntax]. Hints for the query planners are in hints.go.
//
// Waiting writes share one commit, and their owners take turns. On SQLite each write has a savepoint, so if a
// write fails, only that write is undone. On PostgreSQL, if a write fails after it
// has changed a row, the whole batch is rolled back, and each of its writes is
// executed again in its own transaction. This package uses one writer with SQLite
// and two with PostgreSQL.
//
// # Optimisations
//
// A factor is the rate with an optimisation divided by the rate without it, with 16
// concurrent requests. "1 ms away" means a PostgreSQL server to which a round trip
// takes 1 ms. The benchmarks are in cmd/flexscim.
//
//	what                          | where            | factor                            | go test -run '^$' -bench
//	writes share a commit         | package batch    | POST 2.5 (SQLite), 3.0 (PostgreSQL) | SCIMCreate
//	deferred statements           | package pipeline | POST 1.1, 1 ms away 2.3           | SCIMCreate/postgres
//	two writers, PostgreSQL       | writerOf         | POST 1.2, 1 ms away 1.6           | SCIMCreate/postgres
//	shared round trips            | package pipeline | GET 1.9, filter 2.0               | Scale/postgres
//	analyze, PostgreSQL           | analyze          | PATCH with 1,000 new members 8    | Scale/postgres
//	prepared statements, SQLite   | package prepared | GET 1.7                           | Scale/sqlite
package db
