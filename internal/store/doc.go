// Package store keeps users, groups, Workers, leaver records, tokens and the
// audit log on SQLite or PostgreSQL, with one SQL text for both.
//
// The tables are defined in migrations. Package db contains what depends on the
// engine, package list reads lists. Every table and every query has
// connection_id, except the table replica and its queries.
//
// [Store.Write] is the one way to write: it runs a function with a [Tx], whose
// methods change the tables. Methods of [Store] read.
//
// A SCIM write raises the person's desired generation in the same transaction, so
// that the intent to update Flex is durable. The observed generation is the one
// that Flex has reached.
//
// # Optimisations
//
//	decode | a JSON reader for the documents that we write: pages of 100 at 1.3 (SQLite) and 1.6 (PostgreSQL) times the rate
//
// Measured with: FLEXSCIM_PEOPLE=20000 go test -run '^$' -bench Scale ./cmd/flexscim
//
// The optimisations of package db and package list are in their doc.go.
package store
