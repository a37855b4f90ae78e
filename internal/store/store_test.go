package store_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
)

func TestMigrate(t *testing.T) {
	t.Parallel()
	for _, engine := range []store.Engine{store.SQLite, store.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			s, err := store.Open(ctx, store.Config{URL: storetest.EmptyURL(t, engine)})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			if s.Engine() != engine {
				t.Errorf("engine %s, want %s", s.Engine(), engine)
			}
			if err := s.Ping(ctx); err != nil {
				t.Error(err)
			}
			have, want, err := s.SchemaVersion(ctx)
			if err != nil || have != 0 || want < 1 {
				t.Errorf("fresh: version %d of %d, %v", have, want, err)
			}
			var group sync.WaitGroup
			for range 3 { // replicas that start at the same time
				group.Go(func() {
					if err := s.Migrate(ctx); err != nil {
						t.Error(err)
					}
				})
			}
			group.Wait()
			if have, want, err = s.SchemaVersion(ctx); err != nil || have != want {
				t.Errorf("migrated: version %d of %d, %v", have, want, err)
			}
		})
	}
}

// TestFilesArePrivate checks that, once a database is opened, other users of the
// machine cannot read its files, even if they could before.
func TestFilesArePrivate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "flexscim.db")
	storetest.OpenConfig(t, store.Config{URL: "sqlite:" + path}) // the database stays open, so its log file exists
	files := []string{path, path + "-wal", path + "-shm"}
	for _, file := range files {
		if err := os.Chmod(file, 0o664); err != nil {
			t.Fatal(err)
		}
	}
	storetest.OpenConfig(t, store.Config{URL: "sqlite:" + path})
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v; want mode 0600", file, info, err)
		}
	}
}

// TestReopen checks that a closed and reopened database file contains everything
// that was committed.
func TestReopen(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "a ?#%20ü", "deep")
	path := filepath.Join(folder, "flex scim?x=1.db")
	s := storetest.OpenConfig(t, store.Config{URL: "sqlite:" + path})
	u := addUser(t, s, named("ann"))
	for _, file := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(file)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v; want mode 0600", file, info, err)
		}
	}
	if info, err := os.Stat(folder); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("folder: %v, %v; want mode 0700", info, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = storetest.OpenConfig(t, store.Config{URL: "sqlite:" + path})
	if got := person(t, s, u.ID); got.User.Doc.UserName() != "ann" {
		t.Errorf("after reopening: %+v", got)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "text.db"), []byte(strings.Repeat("no database. ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, url := range []string{
		"", "sqlite:", "mysql://x", "sqlite:" + folder, "sqlite:" + filepath.Join(folder, "text.db"), "sqlite:/dev/null/x.db",
		"postgres://user:verysecret@127.0.0.1:1/x?connect_timeout=1", "postgres://user:verysecret@[::1",
	} {
		s, err := store.Open(t.Context(), store.Config{URL: url})
		if err == nil {
			_ = s.Close()
			t.Errorf("%q opens", url)
		} else if strings.Contains(err.Error(), "verysecret") {
			t.Errorf("%q: the error shows the password: %v", url, err)
		}
	}
}

// TestDurable checks the settings with which SQLite keeps committed data when the
// machine crashes.
func TestDurable(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t)
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2"} {
		var got string
		if err := s.DB().QueryRowContext(t.Context(), "pragma "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s = %s, %v; want %s", pragma, got, err, want)
		}
	}
}

// TestIndexes checks that these statements use an index, and read neither a whole
// table nor all rows of a connection. TestFilterPlans checks the statements of
// lists.
func TestIndexes(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t)
	addUsers(t, s, 3)
	for name, query := range map[string]string{
		"former":      `select user_id from scim_user where connection_id = $1 and external_id = $2 and external_id <> '' and deleted_at <> 0 order by deleted_at desc limit 1`,
		"behind":      `select user_id from scim_user where connection_id = $1 and observed_gen < desired_gen and next_at <= $2 order by urgency, next_at limit $3`,
		"states":      `select state, count(*) from scim_user where (deleted_at = 0 or state <> 'settled') group by state`,
		"unsealed":    `select entry_id from audit where seq = 0 order by at, entry_id limit 1`,
		"memberships": `select group_id from membership where connection_id = $1 and member_id = $2`,
		"audit":       `select entry_id from audit where at >= $1 and connection_id in ($2) and subject in ($3) order by at desc`,
		"address": `select count(*) from scim_user where connection_id = $1 and deleted_at + 0 = 0 and user_id in (
			select e.user_id from user_email e where e.connection_id = $1 and e.email_fold = $2)`,
		"member": `select count(*) from scim_group where connection_id = $1 and group_id in (select m.group_id from membership m
			left join scim_user u on u.connection_id = m.connection_id and u.user_id = m.member_id and u.deleted_at + 0 = 0
			left join scim_group n on n.connection_id = m.connection_id and n.group_id = m.member_id and n.is_member = true
			where m.connection_id = $1 and (u.user_id is not null or n.group_id is not null) and m.member_id = $2)`,
		"groups in a group": `select n.group_id from membership m cross join scim_group n where m.connection_id = $1 and m.is_group = true
			and m.group_id = $2 and n.connection_id = $1 and n.group_id = m.member_id limit 1`,
	} {
		plan := explain(t, s.DB(), query)
		whole := strings.Contains(plan, "(connection_id=?)") && !strings.Contains(query, " limit ") // the plan reads all rows of a connection
		if strings.Contains(plan, "TEMP B-TREE") || strings.Contains(plan, "SCAN") && !strings.Contains(plan, "INDEX") || whole {
			t.Errorf("%s: %s", name, plan)
		}
	}
}

func explain(t *testing.T, db *sql.DB, query string) (plan string) {
	t.Helper()
	args := []any{"a", "b", "c"}[:strings.Count(query, "$")]
	rows, err := db.QueryContext(t.Context(), "explain query plan "+query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan += detail + "; "
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan
}

// TestOurTypesOnly checks that the schema uses only types that both engines have:
// text, bigint and boolean.
func TestOurTypesOnly(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t)
	rows, err := s.DB().QueryContext(t.Context(), `select m.name, c.name, c.type from sqlite_schema m join pragma_table_info(m.name) c
		where m.type = 'table' and m.name not like 'goose%' and m.name not like 'sqlite%'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	connections := map[string]bool{"replica": true, "server": true} // belong to no connection
	tables := map[string]bool{}
	for rows.Next() {
		var table, column, kind string
		if err := rows.Scan(&table, &column, &kind); err != nil {
			t.Fatal(err)
		}
		tables[table] = true
		connections[table] = connections[table] || column == "connection_id"
		if kind != "TEXT" && kind != "bigint" && kind != "boolean" && kind != "text" {
			t.Errorf("%s.%s is %s", table, column, kind)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	for table := range tables {
		if !connections[table] {
			t.Errorf("%s has no connection_id", table)
		}
	}
	if len(tables) < 10 {
		t.Errorf("%d tables", len(tables))
	}
}
