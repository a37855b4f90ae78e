package storetest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/flexscim/flexscim/internal/store"
)

// Engines runs a test on each engine. The test opens new stores with the function
// open.
func Engines(t *testing.T, test func(t *testing.T, open func(testing.TB) *store.Store)) {
	t.Helper()
	for _, engine := range []store.Engine{store.SQLite, store.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			test(t, func(tb testing.TB) *store.Store {
				tb.Helper()
				return OpenConfig(tb, store.Config{URL: URL(tb, engine)})
			})
		})
	}
}

// Open opens a new store on SQLite, which is closed when the test ends.
func Open(tb testing.TB) *store.Store {
	tb.Helper()
	return OpenConfig(tb, store.Config{URL: URL(tb, store.SQLite)})
}

// OpenConfig opens a store, which is closed when the test ends, and migrates it if
// it has no schema.
func OpenConfig(tb testing.TB, c store.Config) *store.Store {
	tb.Helper()
	s, err := store.Open(tb.Context(), c)
	if err != nil {
		tb.Fatalf("open the store: %v", err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("close the store: %v", err)
		}
	})
	if have, want, err := s.SchemaVersion(tb.Context()); err == nil && have == want {
		return s
	}
	if err := s.Migrate(tb.Context()); err != nil {
		tb.Fatalf("migrate the store: %v", err)
	}
	return s
}

// URL returns the URL of a new database with flexscim's schema. It copies a
// migrated database, which is much faster than a migration.
func URL(tb testing.TB, engine store.Engine) string {
	tb.Helper()
	if engine == store.PostgreSQL {
		return postgresCopy(tb)
	}
	content, err := sqliteSchema()
	if err != nil {
		tb.Fatalf("make the schema: %v", err)
	}
	file := filepath.Join(tb.TempDir(), "flexscim.db")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		tb.Fatal(err)
	}
	return "sqlite:" + file
}

// EmptyURL returns the URL of a new, empty database.
func EmptyURL(tb testing.TB, engine store.Engine) string {
	tb.Helper()
	if engine == store.PostgreSQL {
		return PostgresURL(tb)
	}
	return "sqlite:" + filepath.Join(tb.TempDir(), "flexscim.db")
}

// sqliteSchema returns the content of a database file with the schema and no rows.
var sqliteSchema = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "flexscim-schema-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	file := filepath.Join(folder, "schema.db")
	if err := migrate("sqlite:" + file); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
})

func migrate(url string) error {
	s, err := store.Open(context.Background(), store.Config{URL: url})
	if err != nil {
		return err
	}
	err = s.Migrate(context.Background())
	if closed := s.Close(); err == nil {
		err = closed
	}
	return err
}
