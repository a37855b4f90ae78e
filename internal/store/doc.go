// Package store remembers: users, groups, Workers, leavers, tokens and the
// audit log, on SQLite or PostgreSQL, with one SQL text for both.
//
// It is line 1 and the only user of database/sql; internal/queue gets the
// transaction through Tx.SQL. Every table and every query has connection_id.
//
// [Store.Write] is the one way to write. Up to 64 waiting functions run one after another in one transaction, which is committed once,
// and all are answered (group commit). Where one of them fails after it had
// written, all run again: on SQLite each in a savepoint, on PostgreSQL each in
// a transaction of its own. SQLite has one such writer, PostgreSQL two, and a
// person's writes always go through the same one.
//
// A SCIM write raises the person's desired generation in the same
// transaction: that is the durable intent that Flex must follow. What the
// reconciler has brought about is the observed generation.
package store
