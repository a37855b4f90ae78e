// Package store keeps users, groups, Workers, leaver records, tokens and the audit
// log on SQLite or PostgreSQL, with the same SQL text for both.
//
// The migrations define the tables. Package db contains everything that depends on
// the engine, and package list reads pages of resources. Every table and every
// query contains the column connection_id, except the table replica and its
// queries.
//
// All writes use [Store.Write], which calls a function with a [Tx]; the methods of Tx
// change the tables. The other methods of [Store] read the tables.
//
// A SCIM write raises the person's desired generation in the same transaction, so
// that the database always knows that Flex must be updated. The observed generation
// is the desired generation that Flex matches.
//
// # Optimisations
//
//	decode | a JSON reader for the documents that we write: lists in pages of 100 are 1.3 (SQLite) and 1.6 (PostgreSQL) times as fast
//
// Measured with: FLEXSCIM_PEOPLE=20000 go test -run '^$' -bench Scale ./cmd/flexscim
//
// Packages db and list document their own optimisations.
package store
