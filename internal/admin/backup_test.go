package admin_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flexscim/flexscim/internal/admin"
	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/internal/queue"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
	"github.com/flexscim/flexscim/scim"
)

// installation is a closed SQLite database in a folder of its own.
type installation struct {
	t         *testing.T
	path, url string
	folder    string
}

// newInstallation returns an installation with people of these names.
func newInstallation(t *testing.T, names ...string) installation {
	t.Helper()
	url := storetest.URL(t, store.SQLite)
	path := strings.TrimPrefix(url, "sqlite:")
	i := installation{t: t, path: path, url: url, folder: filepath.Dir(path)}
	i.add(names...)
	return i
}

// change opens the store and calls fn with it.
func (i installation) change(fn func(ctx context.Context, s *store.Store)) {
	i.t.Helper()
	s, err := store.Open(i.t.Context(), store.Config{URL: i.url})
	if err != nil {
		i.t.Fatal(err)
	}
	fn(i.t.Context(), s)
	if err := s.Close(); err != nil {
		i.t.Fatal(err)
	}
}

func (i installation) add(names ...string) {
	i.t.Helper()
	i.change(func(ctx context.Context, s *store.Store) {
		for _, name := range names {
			u := scim.User{ID: scim.NewID(), Doc: scim.Document{"userName": name, "active": true}, Meta: scim.Meta{Version: 1}}
			err := s.Write(ctx, store.AnyKey, func(tx *store.Tx) error {
				if err := tx.Audit(ctx, audit.Entry{Action: audit.Actions()[0], Subject: string(u.ID)}); err != nil {
					return err
				}
				return tx.InsertUser(ctx, "c", u, store.Why{})
			})
			if err != nil {
				i.t.Fatal(err)
			}
		}
		if _, err := s.Seal(ctx, 1000); err != nil {
			i.t.Fatal(err)
		}
	})
}

// exec runs a statement.
func (i installation) exec(statement string) {
	i.t.Helper()
	i.change(func(ctx context.Context, s *store.Store) {
		if _, err := s.DB().ExecContext(ctx, statement); err != nil {
			i.t.Fatal(err)
		}
	})
}

// people returns the number of people.
func (i installation) people() (n int64) {
	i.t.Helper()
	i.change(func(ctx context.Context, s *store.Store) {
		c, err := s.Contents(ctx)
		if err != nil {
			i.t.Fatal(err)
		}
		n = c.People
	})
	return n
}

// backup makes a backup and returns its path.
func (i installation) backup() string {
	i.t.Helper()
	file := filepath.Join(i.t.TempDir(), "backup.db")
	if _, err := admin.Backup(i.t.Context(), i.url, file, false, nil); err != nil {
		i.t.Fatal(err)
	}
	return file
}

// leftovers returns the names of all files in the folder except the database and
// its lock.
func (i installation) leftovers() (names []string) {
	entries, err := os.ReadDir(i.folder)
	if err != nil {
		i.t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != filepath.Base(i.path) && e.Name() != filepath.Base(i.path)+".lock" {
			names = append(names, e.Name())
		}
	}
	return names
}

func writeFile(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestBackupRefuses checks in which cases Backup refuses, and that it then leaves
// nothing behind.
func TestBackupRefuses(t *testing.T) {
	t.Parallel()
	i := newInstallation(t, "ann")
	exists := writeFile(t, filepath.Join(t.TempDir(), "exists.db"), "older")
	for _, c := range []struct {
		name, url, file string
		force           bool
		want            admin.Kind
	}{
		{"the file exists", i.url, exists, false, admin.Conflict},
		{"the file is the database", i.url, i.path, true, admin.Usage},
		{"there is no database", "sqlite:" + filepath.Join(i.folder, "none.db"), exists, true, admin.NotFound},
		{"PostgreSQL", "postgres://db/flexscim", exists, true, admin.Usage},
		{"no database of flexscim", "sqlite:" + writeFile(t, filepath.Join(t.TempDir(), "empty.db"), ""), exists, true, admin.Conflict},
		{"no folder", i.url, filepath.Join(i.folder, "none", "backup.db"), false, admin.Failed},
	} {
		if _, err := admin.Backup(t.Context(), c.url, c.file, c.force, nil); admin.KindOf(err) != c.want || err == nil {
			t.Errorf("%s: got %v (%v), want %v", c.name, err, admin.KindOf(err), c.want)
		}
	}
	if content, err := os.ReadFile(exists); err != nil || string(content) != "older" {
		t.Errorf("the existing file: got %q (%v), want its old content", content, err)
	}
	if names, err := os.ReadDir(filepath.Dir(exists)); err != nil || len(names) != 1 || len(i.leftovers()) > 0 {
		t.Errorf("left behind: %v (%v), %v", names, err, i.leftovers())
	}
	if c, err := admin.Backup(t.Context(), i.url, exists, true, nil); err != nil || c.People != 1 || !c.Chain.Holds || c.Chain.Checked != 1 {
		t.Errorf("with force: got %+v, %v, want 1 person", c, err)
	}
}

// TestRestoreRefuses checks which backups Restore refuses. The database then keeps its
// two people and gets no new files.
func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	i := newInstallation(t, "ann", "ben")
	newer := newInstallation(t, "zoe")
	newer.exec(`insert into goose_db_version (version_id, is_applied) values (9999, 1)`)
	broken := newInstallation(t, "zoe", "yan")
	broken.exec(`update audit set subject = 'changed' where seq = 1`)
	withLog := writeFile(t, filepath.Join(t.TempDir(), "copied.db"), "any")
	writeFile(t, withLog+"-wal", "log")
	for _, c := range []struct {
		name, file, text string
		want             admin.Kind
	}{
		{"a newer schema", newer.path, "newer than this program", admin.Conflict},
		{"a broken chain", broken.path, "broken at entry 1", admin.Conflict},
		{"no database", writeFile(t, filepath.Join(t.TempDir(), "text.db"), strings.Repeat("text", 4096)), "cannot be restored", admin.Conflict},
		{"an empty file", writeFile(t, filepath.Join(t.TempDir(), "empty.db"), ""), "no database of flexscim", admin.Conflict},
		{"a file with a log", withLog, "-wal contains changes", admin.Conflict},
		{"no file", filepath.Join(i.folder, "none"), "no file", admin.NotFound},
		{"a folder", i.folder, "not a file", admin.Usage},
		{"the database itself", i.path, "itself", admin.Usage},
	} {
		r := admin.RestoreRequest{Database: i.url, File: c.file, Confirm: true}
		if _, err := admin.Restore(t.Context(), r, nil); admin.KindOf(err) != c.want || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: got %v (%v), want %v with %q", c.name, err, admin.KindOf(err), c.want, c.text)
		}
	}
	r := admin.RestoreRequest{Database: "postgres://db/flexscim", File: i.path, Confirm: true}
	if _, err := admin.Restore(t.Context(), r, nil); admin.KindOf(err) != admin.Usage || !strings.Contains(err.Error(), "pg_restore") {
		t.Errorf("PostgreSQL: got %v, want advice", err)
	}
	if n := i.people(); n != 2 || len(i.leftovers()) > 0 {
		t.Errorf("got %d people and the files %v, want 2 and none", n, i.leftovers())
	}
	r = admin.RestoreRequest{Database: i.url, File: broken.path, Confirm: true, Force: true}
	if _, err := admin.Restore(t.Context(), r, nil); err != nil {
		t.Errorf("a broken chain with force: %v", err)
	}
}

// TestRestoreWhileUsed checks that Restore refuses while another process has the lock
// of a server, or has opened the database.
func TestRestoreWhileUsed(t *testing.T) {
	t.Parallel()
	i := newInstallation(t, "ann")
	r := admin.RestoreRequest{Database: i.url, File: i.backup(), Confirm: true}
	i.add("ben")
	lock, err := queue.LockFile(i.path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Restore(t.Context(), r, nil); admin.KindOf(err) != admin.Conflict {
		t.Errorf("locked: got %v, want Conflict", err)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	i.change(func(ctx context.Context, s *store.Store) {
		if err := s.Ping(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := admin.Restore(ctx, r, nil); admin.KindOf(err) != admin.Conflict {
			t.Errorf("open: got %v, want Conflict", err)
		}
	})
	if n := i.people(); n != 2 || len(i.leftovers()) > 0 {
		t.Errorf("got %d people and the files %v, want 2 and none", n, i.leftovers())
	}
}

// TestRestoreKeeps checks what Restore keeps if the old database is complete,
// damaged, or does not exist.
func TestRestoreKeeps(t *testing.T) {
	t.Parallel()
	file := newInstallation(t, "ann").backup()
	damaged := strings.Repeat("damaged", 8192)
	for _, c := range []struct {
		name    string
		prepare func(i installation)
		keeps   string // content that the kept database must have; "" for any
	}{
		{"complete", func(installation) {}, ""},
		{"damaged", func(i installation) {
			writeFile(t, i.path, damaged)
			writeFile(t, i.path+"-shm", "index")
		}, damaged},
		{"none", func(i installation) {
			if err := os.Remove(i.path); err != nil {
				t.Fatal(err)
			}
			writeFile(t, i.path+"-wal", "log of a database that is gone")
		}, ""},
	} {
		i := newInstallation(t, "ben", "cid")
		c.prepare(i)
		dry, err := admin.Restore(t.Context(), admin.RestoreRequest{Database: i.url, File: file}, nil)
		if err != nil || dry.Done || dry.Kept != "" || dry.Plain || dry.Backup.People != 1 {
			t.Errorf("%s, without confirmation: got %+v, %v", c.name, dry, err)
		}
		done, err := admin.Restore(t.Context(), admin.RestoreRequest{Database: i.url, File: file, Confirm: true}, nil)
		if err != nil || !done.Done || (done.Kept == "") != (c.name == "none") {
			t.Errorf("%s: got %+v, %v", c.name, done, err)
		}
		if (done.Current != nil) != (c.name == "complete") || (done.Problem == "") != (c.name == "complete") {
			t.Errorf("%s: the database before: got %v, %q", c.name, done.Current, done.Problem)
		}
		if content, err := os.ReadFile(done.Kept); c.keeps != "" && (err != nil || string(content) != c.keeps) {
			t.Errorf("%s: the old database: got %d bytes (%v), want its content", c.name, len(content), err)
		}
		want := 1
		if c.name == "none" {
			want = 0
		}
		if n, got := i.people(), i.leftovers(); n != 1 || len(got) != want {
			t.Errorf("%s: got %d people and the other files %v, want 1 and %d", c.name, n, got, want)
		}
	}
}

// TestPlainCopy checks that Restore recognises a database file that another program
// has copied.
func TestPlainCopy(t *testing.T) {
	t.Parallel()
	i, from := newInstallation(t, "ann"), newInstallation(t, "ben")
	content, err := os.ReadFile(from.path)
	if err != nil {
		t.Fatal(err)
	}
	r := admin.RestoreRequest{Database: i.url, File: writeFile(t, filepath.Join(t.TempDir(), "copied.db"), string(content))}
	if res, err := admin.Restore(t.Context(), r, nil); err != nil || !res.Plain {
		t.Errorf("got %+v, %v, want Plain", res, err)
	}
}

// TestMoveRefuses checks in which cases Move refuses. TestMove of cmd/flexscim moves
// an installation.
func TestMoveRefuses(t *testing.T) {
	t.Parallel()
	i := newInstallation(t, "ann")
	used := storetest.URL(t, store.PostgreSQL)
	s := storetest.OpenConfig(t, store.Config{URL: used})
	err := s.Write(t.Context(), store.AnyKey, func(tx *store.Tx) error {
		return tx.AddServer(t.Context(), store.Server{ID: "other"})
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, from, to string
		want           admin.Kind
	}{
		{"to SQLite", i.url, "sqlite:other.db", admin.Usage},
		{"from PostgreSQL", used, used, admin.Usage},
		{"from nothing", "sqlite:" + filepath.Join(i.folder, "none.db"), used, admin.NotFound},
		{"to a database that a server has used", i.url, used, admin.Conflict},
		{"to a database that is not reachable", i.url, "postgres://flexscim:hunter2@127.0.0.1:1/none", admin.Failed},
	} {
		_, err := admin.Move(t.Context(), c.from, c.to, admin.MoveProgress{})
		if admin.KindOf(err) != c.want || err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v (%v), want %v", c.name, err, admin.KindOf(err), c.want)
		}
	}
	if c, err := s.Contents(t.Context()); err != nil || c.People != 0 {
		t.Errorf("the new database: got %+v, %v, want nobody", c, err)
	}
}

// postgresTool returns the path of a program of PostgreSQL.
func postgresTool(t *testing.T, name string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if len(found) == 0 {
		t.Skipf("SKIPPED, NOT TESTED: %s is not installed", name)
	}
	return found[len(found)-1]
}

// TestDump checks the commands that docs/reference/backup.md gives for PostgreSQL:
// the restored database has the people who existed when the dump was made, and
// works.
func TestDump(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, store.PostgreSQL)
	file := filepath.Join(t.TempDir(), "flexscim.dump")
	run := func(tool string, args ...string) {
		t.Helper()
		if out, err := exec.CommandContext(t.Context(), postgresTool(t, tool), args...).CombinedOutput(); err != nil {
			t.Fatalf("%s %v: %v\n%s", tool, args, err, out)
		}
	}
	i := installation{t: t, url: url}
	i.add("ann")
	run("pg_dump", "--format=custom", "--file="+file, url)
	i.add("ben")
	run("pg_restore", "--clean", "--if-exists", "--single-transaction", "--dbname="+url, file)
	if n := i.people(); n != 1 {
		t.Errorf("got %d people, want 1", n)
	}
	i.add("ben", "cid")
	i.change(func(ctx context.Context, s *store.Store) {
		if err := admin.CheckSchema(ctx, s); err != nil {
			t.Error(err)
		}
		checked, unsealed, problem, err := s.VerifyAudit(ctx, nil)
		if err != nil || problem != nil || checked != 3 || unsealed != 0 {
			t.Errorf("the audit log: got %d entries, %d unsealed, %v, %v", checked, unsealed, problem, err)
		}
	})
	if n := i.people(); n != 3 {
		t.Errorf("got %d people, want 3", n)
	}
}
