package storetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

var errNone = errors.New("no initdb and postgres in PATH nor in /usr/lib/postgresql/*/bin")

// watchdog is a shell script that runs the server. When the test process ends, the
// script's standard input ends, and the script stops the server. The signal SIGQUIT
// makes PostgreSQL shut down immediately.
const watchdog = `
trap '' INT TERM HUP
if "$1/initdb" -D "$2/data" -U flexscim -A trust -E UTF8 --locale=C -N </dev/null >"$2/log" 2>&1; then
	"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c max_connections=300 -c shared_buffers=32MB -c "fsync=$3" </dev/null >>"$2/log" 2>&1 &
	cat >/dev/null
	kill -QUIT $!
	wait
fi
rm -rf "$2"
`

// server is the PostgreSQL server of this test process.
type server struct {
	folder string
	alive  io.Closer // the server stops when this pipe is closed; the end of the process closes the pipe
	admin  *sql.DB
	next   int
	err    error
}

var (
	running server
	start   sync.Once
	naming  sync.Mutex
)

// PostgresURL returns the URL of a new, empty database, which is dropped when
// the test ends. The server syncs to disk only if a benchmark is the first
// caller.
func PostgresURL(tb testing.TB) string {
	tb.Helper()
	mustRun(tb)
	return running.create(tb, "template1")
}

// postgresCopy returns the URL of a new database with flexscim's schema.
func postgresCopy(tb testing.TB) string {
	tb.Helper()
	mustRun(tb)
	if err := postgresSchema(); err != nil {
		tb.Fatalf("make the schema: %v", err)
	}
	return running.create(tb, schema)
}

// schema is the name of the database that postgresCopy copies.
const schema = "with_schema"

var postgresSchema = sync.OnceValue(func() error {
	if _, err := running.admin.ExecContext(context.Background(), "create database "+schema); err != nil {
		return err
	}
	return migrate(running.url(schema))
})

// mustRun starts the server if it is not running. If PostgreSQL is not installed,
// it skips the test.
func mustRun(tb testing.TB) {
	tb.Helper()
	start.Do(func() {
		_, benchmark := tb.(*testing.B)
		running.err = running.start(benchmark)
	})
	if errors.Is(running.err, errNone) && !strings.Contains(os.Getenv("FLEXSCIM_REQUIRE"), "postgres") {
		tb.Skipf("SKIPPED, NOT TESTED ON POSTGRESQL: %v", running.err)
	}
	if running.err != nil {
		tb.Fatalf("start PostgreSQL: %v", running.err)
	}
}

// create makes a copy of a database and returns the URL of the copy.
func (s *server) create(tb testing.TB, of string) string {
	tb.Helper()
	naming.Lock()
	s.next++
	name := "test_" + strconv.Itoa(s.next)
	naming.Unlock()
	if _, err := s.admin.ExecContext(tb.Context(), "create database "+name+" template "+of); err != nil {
		tb.Fatalf("create a database: %v", err)
	}
	tb.Cleanup(func() {
		if _, err := s.admin.ExecContext(context.Background(), "drop database "+name+" with (force)"); err != nil {
			tb.Errorf("drop the database: %v", err)
		}
	})
	return s.url(name)
}

func (s *server) url(database string) string {
	return fmt.Sprintf("postgres://flexscim@/%s?host=%s", database, s.folder)
}

// start creates a PostgreSQL cluster and waits until the server answers.
func (s *server) start(fsync bool) error {
	binaries, err := findBinaries()
	if err != nil {
		return err
	}
	if s.folder, err = os.MkdirTemp("", "flexscim-pg-"); err != nil {
		return err
	}
	credential, err := unprivileged(s.folder)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(context.Background(), "/bin/sh", "-c", watchdog, "sh", binaries, s.folder, map[bool]string{true: "on", false: "off"}[fsync])
	cmd.Dir = s.folder
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: credential}
	if s.alive, err = cmd.StdinPipe(); err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	if s.admin, err = sql.Open("pgx", s.url("postgres")); err != nil {
		return err
	}
	s.admin.SetMaxOpenConns(4)
	return s.await()
}

// await waits until the server answers.
func (s *server) await() error {
	const patience = 60 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		err := s.admin.PingContext(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			log, _ := os.ReadFile(filepath.Join(s.folder, "log"))
			return fmt.Errorf("%w\n%s", err, log)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// findBinaries returns the folder of initdb and postgres. It prefers the binaries
// in PATH, then the newest version in /usr/lib/postgresql.
func findBinaries() (string, error) {
	folders, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.SortFunc(folders, func(a, b string) int { return version(b) - version(a) })
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			folders = append([]string{filepath.Dir(path)}, folders...)
		}
	}
	for _, folder := range folders {
		_, err1 := os.Stat(filepath.Join(folder, "initdb"))
		_, err2 := os.Stat(filepath.Join(folder, "postgres"))
		if err1 == nil && err2 == nil {
			return folder, nil
		}
	}
	return "", errNone
}

func version(folder string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(folder)))
	return n
}

// unprivileged makes another user the owner of the folder and returns that user,
// because PostgreSQL does not run as root. It returns nil if the current user is
// not root.
func unprivileged(folder string) (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return nil, err
		}
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(err1, err2, os.Chown(folder, int(uid), int(gid))); err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}
