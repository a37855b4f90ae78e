package db

import (
	"context"
	"database/sql"

	"github.com/pressly/goose/v3"
)

// Engine is the name of a database engine.
type Engine string

// The engines.
const (
	SQLite     Engine = "sqlite"
	PostgreSQL Engine = "postgres"
)

// Syntax contains the SQL fragments that differ between the engines.
type Syntax struct {
	Engine    Engine
	ForUpdate string // text to append to a select; locks its rows until the commit
	Clock     string // the database's clock, in Unix microseconds
	ListOf    string // aggregate function that makes a JSON array of JSON values
	Tuple     string // function that makes a JSON array of its arguments

	// DefaultCollation is needed to compare a column that has the collation "C" with
	// a column that has the default collation. It is the text to append to the column
	// that has the collation "C". Without this text, the database cannot use the
	// index on the other column.
	DefaultCollation string
}

var syntaxes = map[Engine]Syntax{
	SQLite: {
		Engine: SQLite,
		Clock:  `cast(unixepoch('subsec') * 1000000 as bigint)`,
		ListOf: "json_group_array",
		Tuple:  "json_array",
		// ForUpdate is "", because the only writer has locked the whole file.
	},
	PostgreSQL: {
		Engine:    PostgreSQL,
		ForUpdate: ` for update`,
		Clock:     `cast(extract(epoch from clock_timestamp()) * 1000000 as bigint)`,
		ListOf:    "json_agg",
		Tuple:     "json_build_array",

		DefaultCollation: ` collate "default"`,
	},
}

// engine holds the parts of a DB that depend on the engine.
type engine struct {
	name     Engine
	goose    goose.Dialect
	writers  int
	commit   func(*DB, *writeBatch)                // commits a batch
	snapshot *sql.TxOptions                        // options of a transaction that reads a snapshot
	context  func(context.Context) context.Context // returns the context for a statement
}
