package store

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/flexscim/flexscim/internal/store/commit"
	"github.com/flexscim/flexscim/internal/store/pipeline"
)

const (
	maxGroup        = 64               // writes in one commit
	maxTouches      = 1000             // of one Write that the hook is told of
	maxAttempts     = 6                // of a transaction that loses against others
	statementWait   = 15 * time.Second // PostgreSQL: for one statement of a group
	postgresWriters = 2                // PostgreSQL: while one waits for the server, the other one works
)

// lockWait ends the waiting for a lock that another transaction holds, which
// would keep a whole group: its writes are run one by one then.
const lockWait = `set local lock_timeout = '100ms'`

// write is one Write.
type write struct {
	fn      func(tx *Tx) error
	touches []Touch
	changed int // people and memberships
}

type (
	request = commit.Request[*write]
	group   = commit.Group[*write]
)

// Key orders writes: those with the same key never run at the same time, and
// take effect in the order in which Write received them. Writes with different
// keys may be in two commits at once on PostgreSQL; they may also share one.
// The key of a write that concerns one person is that person's id.
type Key string

// AnyKey is the key of a write that concerns no single person.
const AnyKey Key = ""

// Write runs fn in a transaction and commits it. When Write returns nil, what
// fn did is durable. It returns an error of fn as it is, and nothing of fn's
// work remains; a failure of the database is an *UnavailableError. If ctx ends
// while the commit is under way, the error says so and the write may stand.
//
// Waiting writes share a commit. So fn may run twice (if another write of the
// same commit fails, or the transaction loses against another one): it must
// have no effect outside of tx, and must not call Write. An error that a method
// of tx returns is final: if fn ignores it, Write does not commit.
func (s *Store) Write(ctx context.Context, key Key, fn func(tx *Tx) error) error {
	return s.write(ctx, s.writerOf(key), fn)
}

// writerOf is the index of the writer that serves a key.
func (s *Store) writerOf(key Key) int {
	if key == AnyKey {
		return 0
	}
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(key)) // it cannot fail
	return int(hash.Sum32()>>1) % len(s.writes)
}

func (s *Store) write(ctx context.Context, writer int, fn func(tx *Tx) error) error {
	s.open.RLock()
	defer s.open.RUnlock()
	if s.closed {
		return &UnavailableError{Err: errClosed}
	}
	err := s.writes[writer].Do(ctx, &write{fn: fn})
	if left, ok := errors.AsType[*commit.LeftError](err); ok {
		return &UnavailableError{Err: left}
	}
	return err
}

// startWriting starts the writers.
func (s *Store) startWriting() {
	run, writers := s.commitFile, 1
	if s.dialect.engine == PostgreSQL {
		run, writers = s.commitTogether, postgresWriters
	}
	for range writers {
		s.writes = append(s.writes, commit.Start(commit.Config[*write]{Most: maxGroup, Commit: run, Answered: s.tell}))
	}
}

// tell tells the hook of the touches that were committed.
func (s *Store) tell(members []*request) {
	var touches []Touch
	changed := 0
	for _, r := range members {
		if r.Err == nil {
			touches = append(touches, r.Write.touches...)
			changed += r.Write.changed
		}
	}
	if s.onTouch != nil && len(touches) > 0 {
		s.onTouch(touches)
	}
	if s.dialect.engine == PostgreSQL {
		s.analyze(changed)
	}
}

// call runs fn; a panic of it is an error.
func (s *Store) call(fn func(tx *Tx) error, tx *Tx) (err error) {
	defer func() {
		if v := recover(); v != nil {
			s.log.Error("a write panicked", zap.Any("panic", v), zap.Stack("stack"))
			err = fmt.Errorf("write: panic: %v", v)
		}
	}()
	if err := fn(tx); err != nil {
		return err
	}
	return tx.failed
}

// run runs one write of a group. undo says that it failed and left something
// behind: what it wrote, or, after an error of the database's, an unknown
// state.
func (s *Store) run(tx *Tx, r *request) (undo bool) {
	r.Err = s.call(r.Write.fn, tx)
	r.Write.touches, r.Write.changed = tx.touches, tx.changed
	return r.Err != nil && (tx.wrote || tx.failed != nil && !isTaken(tx.failed))
}

// ---- SQLite

// commitFile runs writes in one transaction of the file's only writer.
func (s *Store) commitFile(g *group) {
	ctx := context.Background()
	c, err := s.writer.db.Conn(ctx)
	if err == nil {
		defer func() { giveBack(c, err) }()
		var undo bool
		if undo, err = s.runQuickly(ctx, c, g); undo {
			err = s.runCarefully(ctx, c, g)
		}
	}
	g.Err = s.dialect.failure(err)
}

// giveBack returns the connection; after an error it is thrown away, for
// whatever transaction SQLite may still have open on it.
func giveBack(c *sql.Conn, err error) {
	if err != nil {
		_ = c.Raw(func(any) error { return driver.ErrBadConn })
	}
	_ = c.Close()
}

// runQuickly runs writes one after another in one transaction and commits it.
// undo says that one of them failed after it had written, so that nothing was
// committed.
func (s *Store) runQuickly(ctx context.Context, c *sql.Conn, g *group) (undo bool, err error) {
	sqlTx, err := c.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	for r := g.Next(); r != nil; r = g.Next() {
		if r.Start() && s.run(s.newTx(sqlTx), r) {
			return true, sqlTx.Rollback()
		}
	}
	return false, sqlTx.Commit()
}

// runCarefully runs the writes of a group that was undone again, each in a
// savepoint: one that fails is undone alone. (Always doing so costs more than
// the writes themselves.)
func (s *Store) runCarefully(ctx context.Context, c *sql.Conn, g *group) error {
	sqlTx, err := c.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for _, r := range g.Members {
		if !r.Start() {
			continue
		}
		end := `release one`
		if _, err = sqlTx.ExecContext(ctx, `savepoint one`); err != nil {
			break
		}
		if s.run(s.newTx(sqlTx), r) {
			end = `rollback to one; release one`
		}
		if _, err = sqlTx.ExecContext(ctx, end); err != nil {
			break
		}
	}
	if err != nil {
		return errors.Join(err, sqlTx.Rollback())
	}
	return sqlTx.Commit()
}

// ---- PostgreSQL

// commitTogether runs writes in one transaction. Where one of them fails
// after it had written, or the transaction does, each is run again in one of
// its own, one after the other: at once they would be in each other's way.
func (s *Store) commitTogether(g *group) {
	ctx := context.Background()
	p, err := pipeline.Begin(ctx, s.writer.db)
	if err != nil {
		g.Err = s.dialect.failure(err)
		return
	}
	p.Later(lockWait)
	undo := false
	for r := g.Next(); r != nil; r = g.Next() {
		if undo = r.Start() && s.run(s.newPipelinedTx(p), r); undo {
			break
		}
	}
	if undo {
		_ = p.Rollback() // a connection that is lost is thrown away by the pool
	} else if err = p.Commit(ctx); err == nil {
		return
	}
	s.oneByOne(g)
}

// oneByOne gives each write of a group a transaction of its own. Whoever waits
// for a lock of another process's does so apart.
func (s *Store) oneByOne(g *group) {
	for i, r := range g.Members {
		if !r.Start() {
			continue
		}
		r.Err = s.writeAlone(r, lockWait)
		if isUnreachable(r.Err) && r.Context.Err() == nil { // the others need not wait for that, too
			for _, rest := range g.Members[i:] {
				rest.Err = r.Err
			}
			return
		}
		if isLocked(r.Err) {
			g.Apart(r, func(r *request) error { return s.writeAlone(r, "") })
		} else {
			g.Answer(r)
		}
	}
}

// writeAlone is a transaction of its own, again where it lost against others.
// first is a statement that comes first, "" for none.
func (s *Store) writeAlone(r *request, first string) error {
	for attempt := 1; ; attempt++ {
		again, err := s.attempt(r, first)
		if err == nil || attempt == maxAttempts || !again {
			return err
		}
		select {
		case <-r.Context.Done():
			return &UnavailableError{Err: r.Context.Err()}
		case <-time.After(rand.N(time.Duration(attempt) * 10 * time.Millisecond)):
		}
	}
}

// attempt runs and commits a write once; again says that nothing was done and
// that it may go better.
func (s *Store) attempt(r *request, first string) (again bool, err error) {
	p, err := pipeline.Begin(r.Context, s.writer.db)
	if err != nil {
		return isLost(err), s.dialect.failure(err)
	}
	defer p.Rollback() //nolint:errcheck // after a commit it does nothing
	if first != "" {
		p.Later(first)
	}
	tx := s.newPipelinedTx(p)
	tx.alone = true
	r.Err = s.call(r.Write.fn, tx)
	r.Write.touches, r.Write.changed = tx.touches, tx.changed
	if r.Err != nil {
		return isConflict(r.Err) || isConflict(tx.failed) || isLost(r.Err), r.Err
	}
	err = p.Commit(r.Context)
	return isConflict(err), s.dialect.failure(err)
}

// Tx is a transaction inside Write.
type Tx struct {
	conn    conn
	now     time.Time
	touches []Touch
	changed int   // people and memberships
	alone   bool  // PostgreSQL: no other write shares the transaction
	wrote   bool  // a statement that may have written was run
	failed  error // the first error of a statement
}

func (s *Store) newTx(sqlTx *sql.Tx) *Tx {
	c := s.writer
	c.tx = sqlTx
	return &Tx{conn: c, now: s.clock().UTC().Truncate(time.Microsecond)}
}

func (s *Store) newPipelinedTx(p *pipeline.Tx) *Tx {
	tx := s.newTx(nil)
	tx.conn.pipe = p
	return tx
}

// SQL is the transaction for River's …Tx functions. It is shared with other
// writes: call it with [context.WithoutCancel], and end it never.
func (tx *Tx) SQL() *sql.Tx {
	tx.wrote = true
	if tx.conn.pipe == nil {
		return tx.conn.tx
	}
	sqlTx, err := tx.conn.pipe.SQL(context.Background())
	_ = tx.note("", tx.conn.dialect.failure(err)) // whatever is done with it fails, too
	return sqlTx
}

// Now is the time of the transaction, in microseconds, UTC.
func (tx *Tx) Now() time.Time { return tx.now }

// shared is the context of a statement: one that is interrupted would take
// the whole transaction with it, other people's writes too. On PostgreSQL it
// ends some time, for a server that does not answer any more.
func (tx *Tx) shared(ctx context.Context) (context.Context, context.CancelFunc) {
	if tx.conn.pipe == nil || tx.alone {
		return tx.conn.dialect.unwatched(ctx), func() {}
	}
	return context.WithTimeout(context.WithoutCancel(ctx), statementWait)
}

func (tx *Tx) exec(ctx context.Context, text string, args ...any) (int64, error) {
	ctx, cancel := tx.shared(ctx)
	defer cancel()
	n, err := tx.conn.exec(ctx, text, args...)
	return n, tx.note(text, err)
}

// later runs a statement whose result nobody needs: on PostgreSQL together
// with the next one. Its error may come with that, or with the commit.
func (tx *Tx) later(ctx context.Context, text string, args ...any) error {
	if tx.conn.pipe == nil {
		_, err := tx.exec(ctx, text, args...)
		return err
	}
	tx.wrote = true
	tx.conn.pipe.Later(text, args...)
	return nil
}

// insert adds a row whose keys nobody has; *TakenError where somebody has that
// of an attribute. That is no failure of the transaction's, which other writes
// share.
func (tx *Tx) insert(ctx context.Context, attribute, text string, args []any) error {
	var one int
	err := tx.one(ctx, text+` on conflict do nothing returning 1`, args, &one)
	if errors.Is(err, ErrNotFound) {
		err = &TakenError{Attribute: attribute}
		tx.failed = cmp.Or(tx.failed, err)
	}
	return err
}

func (tx *Tx) one(ctx context.Context, text string, args []any, into ...any) error {
	ctx, cancel := tx.shared(ctx)
	defer cancel()
	return tx.note(text, tx.conn.one(ctx, text, args, into...))
}

func (tx *Tx) each(ctx context.Context, text string, args []any, scan func(row) error) error {
	ctx, cancel := tx.shared(ctx)
	defer cancel()
	return tx.note(text, tx.conn.each(ctx, text, args, scan))
}

// note keeps the first error that makes the transaction useless, and whether
// anything was written. A statement that fails leaves nothing.
func (tx *Tx) note(text string, err error) error {
	if err == nil && !strings.HasPrefix(text, "select ") {
		tx.wrote = true
	}
	if err != nil && tx.failed == nil && !errors.Is(err, ErrNotFound) {
		tx.failed = err
	}
	return err
}

// touched collects a person for the hook.
func (tx *Tx) touched(key PersonKey, u Urgency) {
	tx.changed++
	if len(tx.touches) < maxTouches {
		tx.touches = append(tx.touches, Touch{Key: key, Urgency: u})
	}
}
