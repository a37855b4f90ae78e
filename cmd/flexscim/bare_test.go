package main

import (
	"bufio"
	"crypto/rand"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// asBare names an environment variable. If it is set, the test binary runs the bare
// handler, with which benchmarks compare the real program. The variable's value is
// the path of the database file.
const asBare = "FLEXSCIM_TEST_AS_BARE"

// startBare runs the bare handler in its own process until the end of the
// benchmark, and returns a client for it.
func startBare(b *testing.B) *load {
	b.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), asBare+"="+filepath.Join(b.TempDir(), "bare.db"))
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := c.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return newLoad("http://" + strings.TrimSpace(address))
}

// bare is the bare handler: the simplest program that makes a POST /Users durable.
// It uses only net/http and, for each request, one durable SQLite transaction,
// which writes a user row, an audit row and a job row.
func bare(path string) error {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(wal)&_pragma=synchronous(full)&_pragma=busy_timeout(10000)&_txlock=immediate")
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	for _, table := range []string{
		`create table user (id text primary key, name text unique, document text) strict`,
		`create table audit (id integer primary key, at integer, subject text, action text) strict`,
		`create table job (id integer primary key, subject text, state text) strict`,
	} {
		if _, err := db.Exec(table); err != nil {
			return err
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(os.Stdout, l.Addr()); err != nil {
		return err
	}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		id := rand.Text()
		if err := bareWrite(r, db, id, body); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/scim+json")
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, `{"id":%q}`, id)
	})}
	return server.Serve(l)
}

// bareWrite executes the transaction for one request. It also writes the whole
// request body into the column "name" of the table user.
func bareWrite(r *http.Request, db *sql.DB, id string, body []byte) error {
	tx, err := db.BeginTx(r.Context(), nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // no effect after Commit
	for _, row := range []struct {
		text string
		args []any
	}{
		{`insert into user values ($1, $2, $3)`, []any{id, string(body), string(body)}},
		{`insert into audit (at, subject, action) values ($1, $2, $3)`, []any{time.Now().UnixMicro(), id, "created"}},
		{`insert into job (subject, state) values ($1, 'available')`, []any{id}},
	} {
		if _, err := tx.ExecContext(r.Context(), row.text, row.args...); err != nil {
			return err
		}
	}
	return tx.Commit()
}
