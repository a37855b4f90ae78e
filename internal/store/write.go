package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

const (
	maxGroup    = 64   // writes in one commit
	maxTouches  = 1000 // of one Write that the hook is told of
	maxAttempts = 6    // of a transaction that loses against others
)

// Write runs fn in a transaction and commits it: when Write returns nil, what
// fn did is durable. An error of fn is returned as it is, and nothing of it
// stays; a database that is away is an *AwayError. Where ctx ends while the
// commit is under way, the error says so and the write may stand.
//
// fn may run twice (deadlock on PostgreSQL; on SQLite, where a write of the
// same commit fails): it must have no effect outside
// of tx, and must not call Write. An error of a method of tx is final: a
// function that goes on all the same is not committed.
func (s *Store) Write(ctx context.Context, fn func(tx *Tx) error) error {
	s.open.RLock()
	defer s.open.RUnlock()
	switch {
	case s.closed:
		return &AwayError{Err: errClosed}
	case s.dialect.engine == SQLite:
		return s.writeInGroup(ctx, fn)
	}
	return s.writeAlone(ctx, fn)
}

// writeAlone is a transaction of its own, again where it lost against others.
func (s *Store) writeAlone(ctx context.Context, fn func(tx *Tx) error) error {
	for attempt := 1; ; attempt++ {
		touches, again, err := s.attempt(ctx, fn)
		if err == nil {
			s.tell(touches)
			return nil
		}
		if attempt == maxAttempts || !again {
			return err
		}
		select {
		case <-ctx.Done():
			return &AwayError{Err: ctx.Err()}
		case <-time.After(rand.N(time.Duration(attempt) * 10 * time.Millisecond)):
		}
	}
}

// attempt runs and commits fn once; again says that nothing was done and that
// it may go better.
func (s *Store) attempt(ctx context.Context, fn func(tx *Tx) error) (touches []Touch, again bool, err error) {
	sqlTx, err := s.writer.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, isLost(err), s.dialect.failure(err)
	}
	defer sqlTx.Rollback() //nolint:errcheck // after a commit it does nothing
	tx := s.newTx(sqlTx)
	if err := s.call(fn, tx); err != nil {
		return nil, isConflict(err) || isConflict(tx.failed) || isLost(err), err
	}
	err = sqlTx.Commit()
	return tx.touches, isConflict(err), s.dialect.failure(err)
}

// isLost says that a connection from the pool was lost before the statement
// reached the server; whoever cancels a statement costs a connection.
func isLost(err error) bool { return errors.Is(err, driver.ErrBadConn) }

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

// tell hands touches to the hook.
func (s *Store) tell(touches []Touch) {
	if s.onTouch != nil && len(touches) > 0 {
		s.onTouch(touches)
	}
}

// request is a Write that waits for the group commit.
type request struct {
	ctx   context.Context // its end before the start cancels the request
	fn    func(tx *Tx) error
	state atomic.Int32  // waiting, then started or left
	ran   chan struct{} // closed when fn will not run any more
	done  chan error    // the answer

	touches []Touch // the writer's own
	err     error
}

// The states of a request.
const (
	waiting int32 = iota
	started
	left
)

// writeInGroup hands fn to the writer goroutine and waits for its answer.
func (s *Store) writeInGroup(ctx context.Context, fn func(tx *Tx) error) error {
	r := &request{ctx: ctx, fn: fn, ran: make(chan struct{}), done: make(chan error, 1)}
	select {
	case s.waiting <- r:
	case <-ctx.Done():
		return &AwayError{Err: ctx.Err()}
	}
	select {
	case err := <-r.done:
		return err
	case <-ctx.Done():
	}
	if r.state.CompareAndSwap(waiting, left) {
		return &AwayError{Err: ctx.Err()}
	}
	if <-r.ran; r.state.Load() == left { // fn works with variables of the caller's
		return &AwayError{Err: ctx.Err()}
	}
	select {
	case err := <-r.done:
		return err
	default:
		return &AwayError{Err: fmt.Errorf("the write may stand: %w", ctx.Err())}
	}
}

// commitGroups is the writer goroutine of SQLite.
func (s *Store) commitGroups() {
	defer close(s.stopped)
	for first := range s.waiting {
		group, err := s.commitGroup(first)
		var touches []Touch
		for _, r := range group {
			if r.err == nil {
				r.err = err
			}
			if r.err == nil {
				touches = append(touches, r.touches...)
			}
			r.done <- r.err
		}
		s.tell(touches)
	}
}

// commitGroup runs first and whoever waits behind it in one transaction. Its
// error is everybody's.
func (s *Store) commitGroup(first *request) (group []*request, err error) {
	ctx := context.Background()
	c, err := s.writer.db.Conn(ctx)
	if err == nil {
		defer func() { giveBack(c, err) }()
		var undo bool
		if group, undo, err = s.runQuickly(ctx, c, first); undo {
			err = s.runCarefully(ctx, c, group)
		}
	}
	if len(group) == 0 { // nobody could be run
		for r := first; r != nil && len(group) < maxGroup; r = s.next() {
			group = append(group, r)
			r.start()
		}
	}
	for _, r := range group {
		close(r.ran)
	}
	return group, s.dialect.failure(err)
}

// giveBack returns the connection; after an error it is thrown away, for
// whatever transaction SQLite may still have open on it.
func giveBack(c *sql.Conn, err error) {
	if err != nil {
		_ = c.Raw(func(any) error { return driver.ErrBadConn })
	}
	_ = c.Close()
}

// next is a request that waits already, nil for none.
func (s *Store) next() *request {
	select {
	case r := <-s.waiting: // nil when closed
		return r
	default:
		return nil
	}
}

// runQuickly runs requests one after another in one transaction and commits
// it. undo says that one of them failed after it had written, so that nothing
// was committed.
func (s *Store) runQuickly(ctx context.Context, c *sql.Conn, first *request) (group []*request, undo bool, err error) {
	sqlTx, err := c.BeginTx(ctx, nil)
	if err != nil {
		return nil, false, err
	}
	for r := first; r != nil; r = s.next() {
		group = append(group, r)
		if undo = r.start() && s.run(sqlTx, r); undo || len(group) == maxGroup {
			break
		}
	}
	if undo {
		return group, true, sqlTx.Rollback()
	}
	return group, false, sqlTx.Commit()
}

// runCarefully runs the requests of a group that was undone again, each in a
// savepoint: one that fails is undone alone. (Always doing so costs more than
// the writes themselves.)
func (s *Store) runCarefully(ctx context.Context, c *sql.Conn, group []*request) error {
	sqlTx, err := c.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for _, r := range group {
		if !r.start() {
			continue
		}
		end := `release one`
		if _, err = sqlTx.ExecContext(ctx, `savepoint one`); err != nil {
			break
		}
		if s.run(sqlTx, r) {
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

// start says whether a request is to be run: its caller waits for it.
func (r *request) start() bool {
	if r.state.Load() == started {
		return true
	}
	if r.ctx.Err() != nil && r.state.CompareAndSwap(waiting, left) || !r.state.CompareAndSwap(waiting, started) {
		r.err = &AwayError{Err: r.ctx.Err()}
		return false
	}
	return true
}

// run runs one request. undo says that it failed and left something behind:
// what it wrote, or, after an error of the database's, an unknown state.
func (s *Store) run(sqlTx *sql.Tx, r *request) (undo bool) {
	tx := s.newTx(sqlTx)
	r.err = s.call(r.fn, tx)
	r.touches = tx.touches
	return r.err != nil && (tx.wrote || tx.failed != nil && !isTaken(tx.failed))
}

func isTaken(err error) bool {
	_, taken := errors.AsType[*TakenError](err)
	return taken
}

// Tx is a transaction inside Write.
type Tx struct {
	conn    conn
	now     time.Time
	touches []Touch
	wrote   bool  // a statement that may have written was run
	failed  error // the first error of a statement
}

func (s *Store) newTx(sqlTx *sql.Tx) *Tx {
	c := s.writer
	c.tx = sqlTx
	return &Tx{conn: c, now: s.clock().UTC().Truncate(time.Microsecond)}
}

// SQL is the transaction for River's …Tx functions. On SQLite it is shared
// with other writes: call it with [context.WithoutCancel], and end it never.
func (tx *Tx) SQL() *sql.Tx {
	tx.wrote = true
	return tx.conn.tx
}

// Now is the time of the transaction, in microseconds, UTC.
func (tx *Tx) Now() time.Time { return tx.now }

// shared is the context of a statement: one that is interrupted would take
// the whole transaction with it, other people's writes too.
func (tx *Tx) shared(ctx context.Context) context.Context { return tx.conn.dialect.unwatched(ctx) }

func (tx *Tx) exec(ctx context.Context, text string, args ...any) (int64, error) {
	n, err := tx.conn.exec(tx.shared(ctx), text, args...)
	return n, tx.note(text, err)
}

func (tx *Tx) one(ctx context.Context, text string, args []any, into ...any) error {
	return tx.note(text, tx.conn.one(tx.shared(ctx), text, args, into...))
}

func (tx *Tx) each(ctx context.Context, text string, args []any, scan func(row) error) error {
	return tx.note(text, tx.conn.each(tx.shared(ctx), text, args, scan))
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
	if len(tx.touches) < maxTouches {
		tx.touches = append(tx.touches, Touch{Key: key, Urgency: u})
	}
}
