package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/flexscim/flexscim/internal/store/storetest"
)

// program runs the real program, checks its exit code, and returns its output.
func program(t *testing.T, want int, args ...string) string {
	t.Helper()
	c := command(args...)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	err := c.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		t.Fatal(err)
	}
	if got := c.ProcessState.ExitCode(); got != want {
		t.Fatalf("flexscim %v: got exit code %d, want %d\n%s", args, got, want, &out)
	}
	return out.String()
}

// joiners creates people until its method stop is called. This method returns the ids
// of the people whom the server acknowledged.
type joiners struct {
	*load
	ids   []string // under mu
	mu    sync.Mutex
	ends  atomic.Bool
	ended sync.WaitGroup
}

func startJoiners(t *testing.T, l *load) *joiners {
	t.Helper()
	j := &joiners{load: l}
	for w := range 4 {
		j.ended.Go(func() {
			for i := 0; !j.ends.Load(); i++ {
				id, err := l.create(fmt.Sprintf("joiner%d.%d@example.com", w, i))
				if err != nil {
					t.Error(err)
					return
				}
				j.mu.Lock()
				j.ids = append(j.ids, id)
				j.mu.Unlock()
			}
		})
	}
	t.Cleanup(func() { j.stop() })
	return j
}

func (j *joiners) stop() []string {
	j.ends.Store(true)
	j.ended.Wait()
	return j.acknowledged()
}

func (j *joiners) acknowledged() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]string(nil), j.ids...)
}

// awaitMore waits until the server has acknowledged more people than n.
func (j *joiners) awaitMore(t *testing.T, n int) {
	t.Helper()
	await(t, "acknowledged writes", func() error {
		if got := len(j.acknowledged()); got <= n {
			return fmt.Errorf("got %d, want more than %d", got, n)
		}
		return nil
	})
}

// wantPeople checks that the server has all people with these ids.
func wantPeople(t *testing.T, l *load, ids []string) {
	t.Helper()
	if len(ids) == 0 {
		t.Fatal("no ids to check")
	}
	for _, id := range ids {
		if _, err := l.send("GET", "/Users/"+id, "", http.StatusOK); err != nil {
			t.Fatal(err)
		}
	}
}

// TestBackup makes a backup while the server runs and writes go on. It checks that
// the backup has everybody whom the server acknowledged before the backup began, even
// people who are only in the write-ahead log. It checks that a restore is refused
// while the server runs, and that a damaged backup is refused and changes nothing.
// After the restore, it checks that the server has the people of the backup, and that
// the old database is complete.
func TestBackup(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	database, backup := filepath.Join(folder, "flexscim.db"), filepath.Join(folder, "backup.db")
	url := "--database-url=sqlite:" + database
	v := newVictim(t, "sqlite:"+database, startSimulator(t))
	v.start()
	l := newLoad("http://" + v.address + "/scim/v2")
	j := startJoiners(t, l)
	j.awaitMore(t, 50)
	before := j.acknowledged()
	if log, err := os.Stat(database + "-wal"); err != nil || log.Size() == 0 {
		t.Fatalf("the write-ahead log: got %v (%v), want one with content", log, err)
	}
	out := program(t, 0, "backup", backup, url)
	if want := regexp.MustCompile(`contains \d\d+ people, 0 groups, 1 tokens; .*\nthe chain is unbroken: `); !want.MatchString(out) {
		t.Errorf("backup: got %s", out)
	}
	j.awaitMore(t, len(j.acknowledged())) // writes go on
	if info, err := os.Stat(backup); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup: got %v (%v), want mode 0600", info, err)
	}
	if out := program(t, exitFailed, "restore", backup, url, "--confirm"); !strings.Contains(out, "another flexscim uses this database file: stop it first") {
		t.Errorf("restore while the server runs: got %s", out)
	}
	if out := program(t, 0, "restore", backup, url); !strings.Contains(out, "nothing was changed") {
		t.Errorf("restore without --confirm: got %s", out)
	}
	all := j.stop()
	v.kill()

	damaged := filepath.Join(folder, "damaged.db")
	damage(t, backup, damaged)
	if out := program(t, exitFailed, "restore", damaged, url, "--confirm"); !strings.Contains(out, "nothing was changed") {
		t.Errorf("restore of a damaged file: got %s", out)
	}
	v.start()
	wantPeople(t, l, all)
	v.kill()

	out = program(t, 0, "restore", backup, url, "--confirm")
	kept := regexp.MustCompile(`the old database is now (\S+)`).FindStringSubmatch(out)
	if kept == nil {
		t.Fatalf("restore: got %s, want the name of the old database", out)
	}
	v.start()
	wantPeople(t, l, before)
	v.kill()
	program(t, 0, "audit", "verify", url)
	program(t, 0, "restore", kept[1], url, "--confirm")
	v.start()
	wantPeople(t, l, all)
}

// damage copies a file and fills the second half of the copy with zeros.
func damage(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	clear(content[len(content)/2:])
	if err := os.WriteFile(to, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// cursors matches the cursors in a response, which are different each time.
var cursors = regexp.MustCompile(`"(next|previous)Cursor":"[^"]*",?`)

// answers returns the server's responses that must not change when the database moves.
func answers(t *testing.T, l *load, cursor string) (bodies []string) {
	t.Helper()
	for _, path := range []string{"/Users?count=100&sortBy=userName", "/Groups?count=100", "/Users?count=10&cursor=" + cursor,
		"/Users?filter=" + "active%20eq%20false", "/Groups?filter=displayName%20eq%20%22Flex%20Supervisors%22"} {
		body, err := l.send("GET", path, "", http.StatusOK)
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, cursors.ReplaceAllString(string(body), ""))
	}
	return bodies
}

// fill creates people and a group, deletes one person and deactivates another one. It
// returns a cursor for the second page of people.
func fill(t *testing.T, l *load) (cursor string) {
	t.Helper()
	var ids []string
	for i := range 30 {
		id, err := l.create(fmt.Sprintf("person%d@example.com", i))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	for _, r := range []struct {
		method, path, body string
		want               int
	}{
		{"POST", "/Groups", `{"displayName":"Flex Supervisors","members":[{"value":"` + ids[2] + `"},{"value":"` + ids[3] + `"}]}`, http.StatusCreated},
		{"DELETE", "/Users/" + ids[0], "", http.StatusNoContent},
		{"PATCH", "/Users/" + ids[1], `{"Operations":[{"op":"replace","path":"active","value":false}]}`, http.StatusOK},
	} {
		if _, err := l.send(r.method, r.path, r.body, r.want); err != nil {
			t.Fatal(err)
		}
	}
	body, err := l.send("GET", "/Users?count=10&cursor", "", http.StatusOK)
	var page struct{ NextCursor string }
	if err = errors.Join(err, json.Unmarshal(body, &page)); err != nil || page.NextCursor == "" {
		t.Fatalf("got %s (%v), want a cursor", body, err)
	}
	return page.NextCursor
}

// TestMove moves an installation from SQLite to PostgreSQL after a kill, while Twilio
// is down and changes are outstanding. It checks that the server responds on
// PostgreSQL as it did on SQLite, also to a cursor of the old server, that the audit
// log is intact, that the outstanding changes are made, and that triggers still count
// new people.
func TestMove(t *testing.T) {
	t.Parallel()
	flexURL, database := startSimulator(t), storetest.PostgresURL(t)
	old := newVictim(t, sqliteURL(t), flexURL)
	old.start()
	l := newLoad("http://" + old.address + "/scim/v2")
	control(t, flexURL, "POST", "/_sim/faults", `{"kind":"503"}`)
	cursor := fill(t, l)
	before := answers(t, l, cursor)
	from := "--database-url=" + old.database()
	if out := program(t, exitFailed, "move", from, "--to", database); !strings.Contains(out, "stop it first") {
		t.Errorf("move while the server runs: got %s", out)
	}
	old.kill()
	if out := program(t, 0, "move", from, "--to", database); !strings.Contains(out, "contains 29 people, 1 groups, 1 tokens") {
		t.Errorf("move: got %s", out)
	}
	if out := program(t, exitFailed, "move", from, "--to-file", writeURL(t, database)); !strings.Contains(out, "must be empty") {
		t.Errorf("move to a database with rows: got %s", out)
	}
	program(t, 0, "audit", "verify", "--database-url="+database)

	moved := newVictim(t, database, flexURL)
	moved.address, moved.args[len(moved.args)-3] = old.address, old.address
	moved.start()
	for i, got := range answers(t, l, cursor) {
		if got != before[i] {
			t.Errorf("response %d: got %s, want %s", i, got, before[i])
		}
	}
	control(t, flexURL, "DELETE", "/_sim/faults", "")
	if _, err := l.create("after@example.com"); err != nil {
		t.Fatal(err)
	}
	await(t, "Workers", func() error {
		have, err := listWorkers(flexURL)
		if err == nil && (len(have) != 29 || have["person2@example.com"].Roles[0] != "supervisor") {
			err = fmt.Errorf("got %d Workers, want 29 and a supervisor", len(have))
		}
		return err
	})
	body, err := l.send("GET", "/Users?count=0", "", http.StatusOK)
	if err != nil || !strings.Contains(string(body), `"totalResults":30`) {
		t.Errorf("got %s (%v), want 30 people", body, err)
	}
	moved.kill()
	program(t, 0, "audit", "verify", "--database-url="+database)
}

// database returns the URL of the victim's database.
func (v *victim) database() string {
	for i, arg := range v.args {
		if arg == "--database-url" {
			return v.args[i+1]
		}
	}
	return ""
}

func writeURL(t *testing.T, url string) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "url")
	if err := os.WriteFile(file, []byte(url+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestMoveHidesPassword checks that an error of the command move never contains the
// password of the URL.
func TestMoveHidesPassword(t *testing.T) {
	t.Parallel()
	from := "--database-url=" + sqliteURL(t)
	const url = "postgres://flexscim:hunter2@127.0.0.1:1/none"
	for _, args := range [][]string{{"--to-file", url}, {"--to", "x" + url}, {"--to", url, "--to-file", url}, {}} {
		if out := program(t, exitUsage, append([]string{"move", from}, args...)...); strings.Contains(out, "hunter2") {
			t.Errorf("move %v: got %s, want no password", args, out)
		}
	}
}
