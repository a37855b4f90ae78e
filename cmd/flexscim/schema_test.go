package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
)

// databaseAt returns the URL of a new database. This database records the schema
// version of this program plus the argument difference, which is 1 or -1.
func databaseAt(t *testing.T, engine store.Engine, difference int) string {
	t.Helper()
	url := storetest.URL(t, engine)
	s, err := store.Open(t.Context(), store.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	change := `delete from goose_db_version where version_id = (select max(version_id) from goose_db_version)`
	if difference > 0 {
		change = `insert into goose_db_version (version_id, is_applied) select max(version_id) + 1, true from goose_db_version`
	}
	if _, err := s.DB().ExecContext(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	return url
}

// versionOf returns the schema version that is recorded in a database.
func versionOf(t *testing.T, url string) int64 {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	have, _, err := s.SchemaVersion(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return have
}

// TestOtherSchema checks that only the commands migrate, serve and sandbox migrate
// a database, that every other command refuses an older schema, and that all
// commands refuse a newer schema.
func TestOtherSchema(t *testing.T) {
	t.Parallel()
	looks := []string{"token list", "token create --connection okta", "token revoke a1B2", "connection list", "connection change okta --entitlements",
		"audit list", "audit verify", "plan --all", "plan ann", "sync --all", "sync ann"}
	migrates := []string{"migrate", "serve --listen 127.0.0.1:0", "sandbox --listen 127.0.0.1:0 --flex-listen 127.0.0.1:0"}
	for _, engine := range []store.Engine{store.SQLite, store.PostgreSQL} {
		for _, row := range []struct {
			difference int
			commands   []string
			want       string
		}{
			{-1, looks, "run `flexscim migrate`"},
			{+1, looks, "newer than this program"},
			{+1, migrates, "newer than this program"},
		} {
			t.Run(string(engine)+" "+row.want+" "+row.commands[0], func(t *testing.T) {
				t.Parallel()
				url := databaseAt(t, engine, row.difference)
				before := versionOf(t, url)
				for _, line := range row.commands {
					var said bytes.Buffer
					c := command(strings.Fields(line)...)
					c.Stderr = &said
					c.Env = append(c.Env, "FLEXSCIM_DATABASE_URL="+url, "FLEXSCIM_FLEX_BASE_URL=http://127.0.0.1:1", "TWILIO_ACCOUNT_SID="+sandboxAccount, "TWILIO_AUTH_TOKEN=simulated")
					if err := c.Start(); err != nil {
						t.Fatal(err)
					}
					end := time.AfterFunc(20*time.Second, func() { _ = c.Process.Kill() }) // ends a server that runs although it must refuse the database
					err := c.Wait()
					end.Stop()
					if err == nil || c.ProcessState.ExitCode() != exitFailed || !strings.Contains(said.String(), row.want) {
						t.Errorf("%s: got %v, %q, want exit code 1 and %q", line, err, said.String(), row.want)
					}
					if after := versionOf(t, url); after != before {
						t.Errorf("%s: the database went from version %d to %d", line, before, after)
						return
					}
				}
			})
		}
	}
}
