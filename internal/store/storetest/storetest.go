package storetest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/flexscim/flexscim/internal/store"
)

// Engines runs a test on each engine, with open to make fresh stores.
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

// Open is a fresh store on SQLite; it is closed when the test ends.
func Open(tb testing.TB) *store.Store {
	tb.Helper()
	return OpenConfig(tb, store.Config{URL: URL(tb, store.SQLite)})
}

// OpenConfig opens a store and gives it the schema where it has none; it is
// closed when the test ends.
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

// URL names a fresh database of an engine that has the schema already: a copy
// of one that was migrated, which takes a fraction of the time.
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

// EmptyURL names a fresh, empty database of an engine.
func EmptyURL(tb testing.TB, engine store.Engine) string {
	tb.Helper()
	if engine == store.PostgreSQL {
		return PostgresURL(tb)
	}
	return "sqlite:" + filepath.Join(tb.TempDir(), "flexscim.db")
}

// sqliteSchema is a file with the schema and nothing else.
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

// migrate brings the schema into a database.
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
