package db

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Migrate brings the schema to the newest version in Config.Migrations. If several
// processes start at the same time, one migrates and the others wait. It returns an
// error if the schema is newer than that version, because this program may not know
// the rules that protect the data.
func (d *DB) Migrate(ctx context.Context) error {
	p, err := d.migrator()
	if err != nil {
		return err
	}
	if have, want, err := p.GetVersions(ctx); err == nil && have > want {
		return fmt.Errorf("the database is at version %d, newer than this program (%d)", have, want)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	return nil
}

// SchemaVersion returns the schema version of the database and the newest version in
// Config.Migrations.
func (d *DB) SchemaVersion(ctx context.Context) (have, want int64, err error) {
	p, err := d.migrator()
	if err != nil {
		return 0, 0, err
	}
	have, want, err = p.GetVersions(ctx)
	return have, want, d.failure(err)
}

func (d *DB) migrator() (*goose.Provider, error) {
	other := SQLite
	if d.engine.name == SQLite {
		other = PostgreSQL
	}
	excluded, err := fs.Glob(d.Migrations, "*."+string(other)+".sql")
	if err != nil {
		return nil, err
	}
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithExcludeNames(excluded)}
	if d.engine.name == PostgreSQL {
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300)) // seconds, times
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	return goose.NewProvider(d.engine.goose, d.writer, d.Migrations, options...)
}
