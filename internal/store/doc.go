// Package store remembers: users, groups, Workers, leavers, tokens and the
// audit log, on SQLite or PostgreSQL, with one SQL text for both.
//
// It is line 1 and the only user of database/sql; internal/queue gets the
// transaction through Tx.SQL. Every table and every query has connection_id.
//
// [Store.Write] is the one way to write. On SQLite one goroutine runs up to 64
// waiting functions, commits once and answers all (group commit; where one of
// them fails, all run again, each in a savepoint); on PostgreSQL each function
// has a transaction of its own.
//
// A SCIM write raises the person's desired generation in the same
// transaction: that is the durable intent that Flex must follow. What the
// reconciler has brought about is the observed generation.
package store
