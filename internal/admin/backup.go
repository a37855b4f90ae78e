package admin

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/flexscim/flexscim/internal/store"
)

// Copy describes a backup whose file has been checked.
type Copy struct {
	store.Contents
	Schema int64 // version of the tables
	Chain  Chain // of the audit log
}

// Backup writes a copy of a SQLite database to a new file, and checks the copy. A
// server may use the database meanwhile. It replaces an existing file only if the
// argument force is true. It returns Usage if the database is on PostgreSQL. While
// it checks the audit log, it calls the function progress with the number of
// entries checked so far.
func Backup(ctx context.Context, url, file string, force bool, progress func(checked int64)) (Copy, error) {
	path, err := sqliteFile(url, "back it up with `pg_dump --format=custom --file=FILE URL`")
	if err != nil {
		return Copy{}, err
	}
	switch source, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		return Copy{}, failure(NotFound, "there is no database %s: check database.url (--config, --database-url)", path)
	case err != nil:
		return Copy{}, err
	case isSame(source, file):
		return Copy{}, failure(Usage, "%s is the database itself: name another file", file)
	}
	if _, err := os.Lstat(file); err == nil && !force {
		return Copy{}, failure(Conflict, "%s exists: name another file, or replace it with --force", file)
	}
	temp, err := newFile(file)
	if err != nil {
		return Copy{}, err
	}
	defer removeDatabase(temp)
	if err := save(ctx, url, temp); err != nil {
		return Copy{}, fmt.Errorf("copy the database: %w", err)
	}
	c, err := inspect(ctx, temp, progress)
	if err != nil {
		return c, fmt.Errorf("the copy is not usable and was removed: %w", err)
	}
	return c, install(temp, file)
}

// sqliteFile returns the path of the file of a SQLite URL. For PostgreSQL it returns
// Usage, with the advice.
func sqliteFile(url, advice string) (string, error) {
	path, ok, err := store.SQLitePath(url)
	if err == nil && !ok {
		err = failure(Usage, "the database is on PostgreSQL: %s; docs/reference/backup.md has the steps", advice)
	}
	return path, err
}

func isSame(info os.FileInfo, file string) bool {
	other, err := os.Stat(file)
	return err == nil && os.SameFile(info, other)
}

// save writes a copy of the database to a file.
func save(ctx context.Context, url, file string) error {
	s, err := store.Open(ctx, store.Config{URL: url})
	if err != nil {
		return err
	}
	return errors.Join(s.SaveTo(ctx, file), s.Close())
}

// inspect checks a SQLite file that nobody else uses, and returns what it contains.
// After that, the file has no write-ahead log.
func inspect(ctx context.Context, file string, progress func(checked int64)) (c Copy, err error) {
	s, err := store.Open(ctx, store.Config{URL: "sqlite:" + file})
	if err != nil {
		return c, err
	}
	err = c.read(ctx, s, progress)
	if err = errors.Join(err, s.Close()); err != nil {
		return c, err
	}
	return c, store.Fold(ctx, file)
}

func (c *Copy) read(ctx context.Context, s *store.Store, progress func(checked int64)) error {
	if err := s.CheckIntegrity(ctx); err != nil {
		return err
	}
	have, want, err := s.SchemaVersion(ctx)
	switch {
	case err != nil:
		return err
	case have == 0:
		return failure(Conflict, "it is no database of flexscim")
	case have > want:
		return failure(Conflict, "it is at version %d, newer than this program (%d): use the flexscim that serves", have, want)
	}
	c.Schema = have
	if c.Contents, err = s.Contents(ctx); err != nil {
		return err
	}
	c.Chain, err = verify(ctx, s, progress)
	return err
}

// newFile creates an empty file in the folder of another file. Only the owner can
// read the new file.
func newFile(beside string) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(beside), "."+filepath.Base(beside)+".*.tmp")
	if err != nil {
		return "", err
	}
	return f.Name(), f.Close()
}

// removeDatabase removes the files of a SQLite database, if they exist.
func removeDatabase(path string) {
	for _, name := range []string{path, path + "-wal", path + "-shm", path + "-journal"} {
		_ = os.Remove(name)
	}
}

// install makes sure that a file is written to the disk, and then renames it.
func install(temp, file string) error {
	f, err := os.OpenFile(temp, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close(), os.Rename(temp, file)); err != nil {
		return err
	}
	if folder, err := os.Open(filepath.Dir(file)); err == nil {
		_ = folder.Sync() // some systems cannot sync a folder
		_ = folder.Close()
	}
	return nil
}
