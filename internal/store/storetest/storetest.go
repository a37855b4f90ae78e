package storetest

import (
	"path/filepath"
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

// Open is a fresh store on SQLite, migrated; it is closed when the test ends.
func Open(tb testing.TB) *store.Store {
	tb.Helper()
	return OpenConfig(tb, store.Config{URL: URL(tb, store.SQLite)})
}

// OpenConfig opens and migrates a store; it is closed when the test ends.
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
	if err := s.Migrate(tb.Context()); err != nil {
		tb.Fatalf("migrate the store: %v", err)
	}
	return s
}

// URL names a fresh, empty database of an engine.
func URL(tb testing.TB, engine store.Engine) string {
	tb.Helper()
	if engine == store.PostgreSQL {
		return PostgresURL(tb)
	}
	return "sqlite:" + filepath.Join(tb.TempDir(), "flexscim.db")
}
