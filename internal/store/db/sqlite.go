package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"

	"github.com/flexscim/flexscim/internal/store/db/prepared"
)

// connectSQLite opens a file: one connection for writes, and a pool of connections
// for each kind of Reader.
func (d *DB) connectSQLite(path string) (err error) {
	// When a context ends, a running statement continues. To interrupt it, the driver
	// would need two more goroutines, and these cost more than most statements.
	// DB.query checks ctx after each row instead.
	d.engine = engine{
		name: SQLite, goose: goose.DialectSQLite3, writers: 1, commit: (*DB).commitFile, context: context.WithoutCancel,
	}
	if path, err = filepath.Abs(path); err != nil {
		return err
	}
	if err = os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err = file.Close(); err != nil {
		return err
	}
	if err = makePrivate(path); err != nil {
		return err
	}
	dsn := sqliteDSN(path, "WAL")
	if d.writer, err = openFile(dsn + "&_txlock=immediate"); err != nil {
		return err
	}
	d.writer.SetMaxOpenConns(1)
	for _, p := range []struct {
		pool **sql.DB
		most int
	}{{&d.reader, 2}, {&d.lookUps, 4}, {&d.lists, Lists()}} {
		if *p.pool, err = openFile(dsn + "&_pragma=query_only(1)"); err != nil {
			return err
		}
		limit(*p.pool, p.most)
	}
	return nil
}

// sqliteDSN returns the data source name of a file, which is opened with a journal
// mode.
//
// The write-ahead log may grow to 8,000 pages (32 MB) before SQLite copies it into the
// database file. Fewer copies are better, because writes change the same pages again
// and again, and each copy waits for the disk. The pragma temp_store keeps the undo
// data of savepoints in memory.
func sqliteDSN(path, journal string) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?_pragma=busy_timeout(5000)&_pragma=journal_mode(" + journal +
		")&_pragma=synchronous(FULL)&_pragma=wal_autocheckpoint(8000)&_pragma=temp_store(memory)"
}

// makePrivate removes other users' access to the files of an existing database. The
// files that SQLite creates later get the permissions of the first file.
func makePrivate(path string) error {
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			err = os.Chmod(name, info.Mode().Perm()&^0o077)
		}
		if err != nil {
			return fmt.Errorf("%s must be readable by its owner only: %w", name, err)
		}
	}
	return nil
}

// openFile opens a pool whose connections keep prepared statements, as pgx does.
func openFile(dsn string) (*sql.DB, error) {
	connector, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(prepared.Connector(connector)), nil
}

// commitFile commits a batch in one transaction, with each write in a savepoint. If
// a write fails, only that write is undone.
func (d *DB) commitFile(b *writeBatch) {
	c, err := d.writer.Conn(context.Background())
	if err == nil {
		err = d.commitOn(context.Background(), c, b)
		release(c, err)
	}
	b.Err = d.failure(err)
}

// release returns the connection to the pool. After an error the pool discards
// it, because a transaction may still be open on it.
func release(c *sql.Conn, err error) {
	if err != nil {
		_ = c.Raw(func(any) error { return driver.ErrBadConn })
	}
	_ = c.Close()
}

func (d *DB) commitOn(ctx context.Context, c *sql.Conn, b *writeBatch) error {
	sqlTx, err := c.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for r := b.Next(); r != nil; r = b.Next() {
		if !r.Start() {
			continue
		}
		end := `release one`
		if _, err = sqlTx.ExecContext(ctx, `savepoint one`); err != nil {
			break
		}
		if d.run(d.newTx(sqlTx, nil), r) {
			end = `rollback to one; release one`
		}
		if _, err = sqlTx.ExecContext(ctx, end); err != nil {
			break
		}
	}
	if err != nil {
		return errors.Join(err, sqlTx.Rollback())
	}
	return sqlTx.Commit()
}
