package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/flexscim/flexscim/internal/queue"
	"github.com/flexscim/flexscim/internal/store"
)

// RestoreRequest describes what Restore does.
type RestoreRequest struct {
	Database string // URL
	File     string // the backup
	Confirm  bool   // false: Restore only checks
	Force    bool   // restore a backup although the chain of its audit log is broken
}

// Restored is the result of Restore.
type Restored struct {
	Path    string // of the database
	Backup  Copy
	Written time.Time // when the file of the backup was last written
	Plain   bool      // the backup is a copy of a database file, without the write-ahead log
	Done    bool      // false: nothing was changed

	Current *store.Contents // what the old database contained; nil if it cannot be read
	Problem string          // why the old database cannot be read
	Kept    string          // present path of the old database; "" if there was none
}

// Restore replaces a SQLite database by a backup, after it has checked the backup.
// It keeps the old database under another name. It returns Conflict if a process
// uses the database or if the backup cannot be used, and Usage if the database is
// on PostgreSQL. If it returns an error, the database has not changed.
func Restore(ctx context.Context, r RestoreRequest, progress func(checked int64)) (Restored, error) {
	path, err := sqliteFile(r.Database, "restore it with `pg_restore --clean --if-exists --single-transaction --dbname=URL FILE` while no server runs")
	if err != nil {
		return Restored{}, err
	}
	res := Restored{Path: path}
	if err := res.checkFile(r.File); err != nil {
		return res, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return res, err
	}
	if r.Confirm {
		lock, err := lockFile(path)
		if err != nil {
			return res, err
		}
		defer lock.Close() //nolint:errcheck // the end of the process also ends it
	}
	temp, err := copyBeside(r.File, path)
	if err != nil {
		return res, fmt.Errorf("copy the backup: %w", err)
	}
	defer removeDatabase(temp)
	if res.Backup, err = inspect(ctx, temp, progress); err != nil {
		return res, failure(Conflict, "%s cannot be restored, and nothing was changed: %w", r.File, err)
	}
	if p := res.Backup.Chain.Problem; p != nil && !r.Force {
		return res, failure(Conflict, "%s: the chain of its audit log is broken at entry %d (%s): use another backup, or --force", r.File, p.Seq, p.Reason)
	}
	res.readCurrent(ctx)
	if !r.Confirm {
		return res, nil
	}
	res.Kept, err = replaceDatabase(ctx, temp, path)
	res.Done = err == nil
	return res, err
}

// lockFile locks a SQLite database against servers.
func lockFile(path string) (io.Closer, error) {
	lock, err := queue.LockFile(path)
	if errors.Is(err, queue.ErrInUse) {
		return nil, failure(Conflict, "%w: stop it first", err)
	}
	return lock, err
}

// checkFile checks that the file of a backup exists and is complete.
func (r *Restored) checkFile(file string) error {
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return failure(NotFound, "there is no file %s", file)
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return failure(Usage, "%s is not a file", file)
	case isSame(info, r.Path):
		return failure(Usage, "%s is the database itself: name a backup", file)
	}
	if log, err := os.Stat(file + "-wal"); err == nil && log.Size() > 0 {
		return failure(Conflict, "%s-wal contains changes that %s lacks: write a complete file with `flexscim backup NEW --database-url sqlite:%s`, and restore NEW", file, file, file)
	}
	r.Written = info.ModTime()
	r.Plain, err = isPlainCopy(file)
	return err
}

// isPlainCopy reports whether a file is the main file of a SQLite database that has a
// write-ahead log. The backups of flexscim have none. The 19th byte of the file says
// so: https://sqlite.org/fileformat.html#file_format_version_numbers
func isPlainCopy(file string) (bool, error) {
	f, err := os.Open(file)
	if err != nil {
		return false, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	version := make([]byte, 1)
	if _, err := f.ReadAt(version, 18); err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	return version[0] == 2, nil
}

// copyBeside copies the backup to a new file beside the database.
func copyBeside(file, database string) (temp string, err error) {
	from, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer from.Close() //nolint:errcheck // it was only read
	if temp, err = newFile(database); err != nil {
		return "", err
	}
	to, err := os.OpenFile(temp, os.O_WRONLY, 0)
	if err == nil {
		_, err = io.Copy(to, from)
		err = errors.Join(err, to.Close())
	}
	if err != nil {
		removeDatabase(temp)
	}
	return temp, err
}

// readCurrent reads what the database contains before the restore.
func (r *Restored) readCurrent(ctx context.Context) {
	if _, err := os.Stat(r.Path); errors.Is(err, fs.ErrNotExist) {
		r.Problem = "there is no database yet"
		return
	}
	s, err := store.Open(ctx, store.Config{URL: "sqlite:" + r.Path})
	if err == nil {
		var c store.Contents
		if c, err = s.Contents(ctx); err == nil {
			r.Current = &c
		}
		_ = s.Close() // the database is replaced
	}
	if err != nil {
		r.Problem = err.Error()
	}
}

// replaceDatabase replaces a database by the file temp, and returns the new name of
// the old database. The old database is complete under its new name before the first
// of its files is removed.
func replaceDatabase(ctx context.Context, temp, path string) (kept string, err error) {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		removeDatabase(path) // files of a database that is gone: SQLite would apply them to the backup
		return "", install(temp, path)
	}
	// If the database is damaged, Fold returns another error; its log is kept, too.
	if err := store.Fold(ctx, path); errors.Is(err, store.ErrBusy) {
		return "", failure(Conflict, "%w: stop it first", err)
	}
	kept = path + time.Now().UTC().Format(".before-restore-20060102T150405.000Z")
	for _, suffix := range []string{"", "-wal"} {
		if err := os.Link(path+suffix, kept+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("keep the database: %w", err)
		}
	}
	for _, suffix := range []string{"-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("remove the log of the database: %w", err)
		}
	}
	return kept, install(temp, path)
}
