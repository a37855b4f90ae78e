package storetest

import (
	"net/url"
	"strings"
	"testing"

	"github.com/flexscim/flexscim/internal/store"
)

// SkewedURL returns the URL of a migrated PostgreSQL database whose clock differs
// from the clock of this machine, such as by "-1 hour". It creates a schema
// "skewed" with functions that return the time plus the difference. The search path
// has this schema before PostgreSQL's own functions. CURRENT_TIMESTAMP does not
// change.
func SkewedURL(tb testing.TB, difference string) string {
	tb.Helper()
	base := URL(tb, store.PostgreSQL)
	s := OpenConfig(tb, store.Config{URL: base})
	for _, statement := range []string{
		`CREATE SCHEMA skewed`,
		`CREATE FUNCTION skewed.now() RETURNS timestamptz LANGUAGE sql STABLE AS $$ SELECT pg_catalog.now() + interval '` + difference + `' $$`,
		`CREATE FUNCTION skewed.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
			$$ SELECT pg_catalog.clock_timestamp() + interval '` + difference + `' $$`,
	} {
		if _, err := s.DB().ExecContext(tb.Context(), statement); err != nil {
			tb.Fatal(err)
		}
	}
	mark := "?"
	if strings.Contains(base, "?") {
		mark = "&"
	}
	return base + mark + "search_path=" + url.QueryEscape("public,skewed,pg_catalog")
}
