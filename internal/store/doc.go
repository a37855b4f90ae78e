// Package store keeps users, groups, Workers, leaver records, tokens and the
// audit log on SQLite or PostgreSQL, with one SQL text for both.
//
// Its tables are in migrations, the engines' part is package db, lists are package
// list. Every table and every query has connection_id, except replica's.
//
// [Store.Write] is the one way to write: it runs a function with a [Tx], whose
// methods change the tables. Methods of [Store] read.
//
// A SCIM write raises the person's desired generation in the same transaction: the
// durable intent that Flex must follow. The observed generation is the one that
// Flex has.
package store
