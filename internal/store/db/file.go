package db

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrBusy means that another process has opened the SQLite file.
var ErrBusy = errors.New("another process has opened the database file")

// SQLitePath returns the absolute path of the file of a SQLite URL, without
// symbolic links. The result ok is false if the URL does not name a SQLite file.
func SQLitePath(url string) (path string, ok bool, err error) {
	path, ok = strings.CutPrefix(url, "sqlite:")
	if !ok || path == "" {
		return "", false, nil
	}
	if path, err = filepath.Abs(path); err != nil {
		return "", true, err
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real, true, nil
	}
	if folder, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil { // the file does not exist yet
		path = filepath.Join(folder, filepath.Base(path))
	}
	return path, true, nil
}

// SaveTo writes a copy of a SQLite database to an empty or new file. The copy contains
// every commit that was durable when SaveTo began, also those that are only in the
// write-ahead log. Other processes can write meanwhile. The copy has no write-ahead
// log.
func (d *DB) SaveTo(ctx context.Context, file string) error {
	path, ok, err := SQLitePath(d.URL)
	if err != nil || !ok {
		return errors.Join(err, errors.New("only a SQLite database can be saved to a file"))
	}
	pool, err := openFile(sqliteDSN(path, "WAL")) // on the writer's connection, the copy would make writes wait
	if err != nil {
		return err
	}
	_, err = pool.ExecContext(ctx, `vacuum into $1`, file)
	return errors.Join(err, pool.Close())
}

// CheckIntegrity reads a whole SQLite file and returns an error if it is damaged. For
// PostgreSQL it does nothing.
func (d *DB) CheckIntegrity(ctx context.Context) error {
	if d.engine.name != SQLite {
		return nil
	}
	var first string
	rows := 0
	err := d.Reader().Query(ctx, `pragma integrity_check(1)`, nil, func(r Row) error {
		rows++
		return r.Scan(&first)
	})
	switch {
	case err != nil:
		return fmt.Errorf("the file is damaged: %w", err)
	case rows != 1 || first != "ok":
		return errors.New("the file is damaged: " + first)
	}
	return nil
}

// Fold copies the write-ahead log of a SQLite file into the file, and removes the log.
// It returns ErrBusy if another process has opened the database.
func Fold(ctx context.Context, path string) error {
	pool, err := openFile(sqliteDSN(path, "delete"))
	if err != nil {
		return err
	}
	var mode string
	err = pool.QueryRowContext(ctx, `pragma journal_mode`).Scan(&mode)
	if err == nil && mode != "delete" {
		err = ErrBusy
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok && e.Code()&0xff == sqlite3.SQLITE_BUSY {
		err = ErrBusy
	}
	return errors.Join(err, pool.Close())
}
