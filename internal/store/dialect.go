package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/flexscim/flexscim/internal/store/prepared"
)

// dialect is every difference between the engines.
type dialect struct {
	engine   Engine
	goose    goose.Dialect
	lock     string         // end of a select that keeps other writers away
	micros   string         // the database's clock, in unix microseconds
	snapshot *sql.TxOptions // a transaction that sees one moment
	list     string         // gathers JSON values, in an order
	tuple    string         // makes a JSON list of its arguments
	asID     string         // behind a key: compare it as ids are compared

	// own are the migrations that the engines do not share. :: version → statements
	own map[int64][]string
}

// The versions of those migrations.
const (
	bytewise = 3 // gives the columns of keys the order that filters mean: SQLite's, and none of a language
	counted  = 7 // keeps the number of a connection's users
)

// tally keeps the number of each connection's users, which every page of them
// says: counting would cost as much as the page at 3,000 people. The database
// keeps it itself, so that it is true in each transaction. A shard has a row of
// its own, so that transactions at once do not wait for each other. A
// connection without a row is counted.
const tally = `create table tally (connection_id text not null, shard bigint not null, users bigint not null, primary key (connection_id, shard))`

// tallyAll counts those who are there already.
const tallyAll = `insert into tally (connection_id, shard, users)
	select connection_id, 0, count(*) from scim_user where deleted_at = 0 group by connection_id`

func sqliteDialect() dialect {
	return dialect{engine: SQLite, goose: goose.DialectSQLite3, list: "json_group_array", tuple: "json_array",
		micros: `cast(unixepoch('subsec') * 1000000 as bigint)`, // the one writer holds the lock of the file
		own: map[int64][]string{counted: {tally + ` without rowid`, tallyAll, // its rows are there beforehand: to look for one costs twice
			`insert into tally (connection_id, shard, users)
				select connection_id, 0, 0 from connection where connection_id not in (select connection_id from tally)`,
			`create trigger connection_opens after insert on connection begin
				insert into tally (connection_id, shard, users) select new.connection_id, 0, count(*)
				from scim_user where connection_id = new.connection_id and deleted_at = 0
				on conflict do nothing;
			end`,
			`create trigger scim_user_joins after insert on scim_user begin
				update tally set users = users + 1 where connection_id = new.connection_id and shard = 0;
			end`,

			`create trigger scim_user_leaves after update of deleted_at on scim_user when old.deleted_at = 0 and new.deleted_at <> 0 begin
				update tally set users = users - 1 where connection_id = new.connection_id and shard = 0;
			end`,
		}}}
}

func postgresDialect() dialect {
	return dialect{engine: PostgreSQL, goose: goose.DialectPostgres, lock: ` for update`, list: "json_agg", tuple: "json_build_array", asID: ` collate "default"`,
		micros:   `cast(extract(epoch from clock_timestamp()) * 1000000 as bigint)`,
		snapshot: &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
		own: map[int64][]string{bytewise: {
			`alter table scim_user alter column user_name_fold type text collate "C", alter column display_fold type text collate "C",
				alter column external_id type text collate "C", alter column manager_id type text collate "C"`,
			`alter table user_email alter column email_fold type text collate "C", alter column type_fold type text collate "C"`,
			`alter table scim_group alter column display_name_fold type text collate "C", alter column external_id type text collate "C"`,
		}, counted: {tally, tallyAll, `alter table tally set (fillfactor = 50)`,
			`create function scim_user_tally() returns trigger language plpgsql as $$ begin
				insert into tally (connection_id, shard, users) values (new.connection_id, pg_backend_pid() % 256, tg_argv[0]::bigint)
				on conflict (connection_id, shard) do update set users = tally.users + excluded.users;
				return null;
			end $$`,
			`create trigger scim_user_joins after insert on scim_user for each row when (new.deleted_at = 0)
				execute function scim_user_tally('1')`,
			`create trigger scim_user_leaves after update of deleted_at on scim_user for each row
				when (old.deleted_at = 0 and new.deleted_at <> 0) execute function scim_user_tally('-1')`,
		}}}
}

// migrations are those that the engines do not share.
func (d dialect) migrations() []*goose.Migration {
	var all []*goose.Migration
	for _, version := range []int64{bytewise, counted} {
		all = append(all, goose.NewGoMigration(version, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
			for _, statement := range d.own[version] {
				if _, err := tx.ExecContext(ctx, statement); err != nil {
					return err
				}
			}
			return nil
		}}, nil))
	}
	return all
}

// among is the condition that a column is one of a query's. PostgreSQL, as long
// as it knows nothing of the sizes of tables, runs the query again for every
// row of the table around it; as an array it is made once.
func (d dialect) among(column, query string) string {
	if d.engine == PostgreSQL {
		return column + ` = any (array(` + query + `))`
	}
	return column + ` in (` + query + `)`
}

// openSQLite opens a file twice: for the one writer, and for the readers.
func openSQLite(path string) (writer, reader *sql.DB, err error) {
	if path, err = filepath.Abs(path); err != nil {
		return nil, nil, err
	}
	if err = os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, nil, err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, nil, err
	}
	if err = file.Close(); err != nil {
		return nil, nil, err
	}
	// A log of 8,000 pages (32 MB) before it is copied into the file: the same
	// pages are written over and over, and each copy waits for the disk. What a
	// savepoint may have to undo is kept in memory, not in a file.
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() +
		"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=wal_autocheckpoint(8000)&_pragma=temp_store(memory)"
	if writer, err = openFile(dsn + "&_txlock=immediate"); err != nil {
		return nil, nil, err
	}
	if reader, err = openFile(dsn + "&_pragma=query_only(1)"); err != nil {
		return nil, nil, err
	}
	const readers = 4
	writer.SetMaxOpenConns(1)
	reader.SetMaxOpenConns(readers)
	reader.SetMaxIdleConns(readers)
	return writer, reader, nil
}

// openFile opens a pool whose connections keep their statements, as pgx's do
// by themselves.
func openFile(dsn string) (*sql.DB, error) {
	connector, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(prepared.Connector(connector)), nil
}

func openPostgres(dsn string, pool int) (*sql.DB, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "flexscim"
	}
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(pool)
	db.SetMaxIdleConns(pool)
	return db, nil
}

// violated names the unique index that a statement broke, or its columns;
// both contain the name of the column that tells.
func violated(err error) (hint string, ok bool) {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.ConstraintName, e.Code == "23505"
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return strings.ReplaceAll(e.Error(), ".", "_"), e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	return "", false
}

// isConflict says that a transaction lost against another one and may be
// tried again: serialization failure or deadlock.
func isConflict(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (e.Code == "40001" || e.Code == "40P01")
}

// isLocked says that a transaction waited for a lock longer than lockWait.
func isLocked(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && e.Code == "55P03"
}

// isUnreachable says that the server gave no answer at all.
func isUnreachable(err error) bool {
	_, answered := errors.AsType[*pgconn.PgError](err)
	_, unavailable := errors.AsType[*UnavailableError](err)
	return unavailable && !answered
}

func isTaken(err error) bool {
	_, taken := errors.AsType[*TakenError](err)
	return taken
}

// isLost says that a connection from the pool was lost before the statement
// reached the server; whoever cancels a statement costs a connection.
func isLost(err error) bool { return errors.Is(err, driver.ErrBadConn) }

// members is the condition that names the same members as memberships. Of a group that it has not counted yet, PostgreSQL
// thinks that it has one member, reads all of them, and compares each with each
// that is named: to empty a group of 90,000 took minutes. Whole keys it joins.
func (d dialect) members(n int) string {
	const few = 10
	if d.engine == SQLite || n <= few {
		return `connection_id = $1 and group_id = $2 and member_id in (` + places(3, n) + `)`
	}
	return `(connection_id, group_id, member_id) in (values ` + memberships(n) + `)`
}
