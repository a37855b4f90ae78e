package db

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"time"

	"go.uber.org/zap"

	"github.com/flexscim/flexscim/internal/store/db/batch"
)

const (
	maxBatch     = 64                    // maximum number of writes that share one commit
	longestBatch = 20 * time.Millisecond // after this time, a batch takes no more writes
)

// Key determines the order of writes. Writes with the same key are executed one after
// another, in the order of the calls of Write. (Exception: if a write waits for a row
// that another process has locked, later writes may be executed first.) On
// PostgreSQL, writes with different keys may run at the same time. Writes may share a
// commit, whatever their keys are.
type Key struct {
	Owner string // waiting writes of different owners take turns; in the store, each connection is an owner
	Row   string // what is written; in the store, the person's id; "" for writes that do not belong to one person
}

// AnyKey is the key for writes that the server itself makes and that do not belong
// to one person.
var AnyKey = Key{}

// write describes one call of Write.
type write struct {
	fn      func(tx *Tx) error
	touches []Touch
	changed int // rows
}

type (
	request    = batch.Request[*write]
	writeBatch = batch.Batch[*write]
)

// Write calls fn in a transaction and commits it. If Write returns nil, the changes
// of fn are durable. If fn returns an error, Write returns it unchanged, and the
// changes of fn are undone. If the database fails, Write returns an
// *UnavailableError. If ctx ends during the commit, the error says so, and the
// changes may be durable.
//
// Waiting writes share a commit. If another write of the same commit fails, or if the
// transaction conflicts with another transaction, fn is called again. The function fn
// must therefore have no effect outside of tx. It must not call Write. If a method of
// tx returns an error and fn ignores it, Write returns the error and does not commit.
func (d *DB) Write(ctx context.Context, key Key, fn func(tx *Tx) error) error {
	d.open.RLock()
	defer d.open.RUnlock()
	if d.closed {
		return &UnavailableError{Err: errClosed}
	}
	err := d.writers[d.writerOf(key)].Do(ctx, key.Owner, &write{fn: fn})
	if left, ok := errors.AsType[*batch.LeftError](err); ok {
		return &UnavailableError{Err: left}
	}
	return err
}

// writerOf returns the index of the writer for the writes with this key.
func (d *DB) writerOf(key Key) int {
	if key.Row == "" {
		return 0
	}
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(key.Row)) // it cannot fail
	return int(hash.Sum32()>>1) % len(d.writers)
}

// tell passes the touches of committed writes to the function that OnTouch has set.
func (d *DB) tell(members []*request) {
	var touches []Touch
	changed := 0
	for _, r := range members {
		if r.Err == nil {
			touches = append(touches, r.Write.touches...)
			changed += r.Write.changed
		}
	}
	if d.onTouch != nil && len(touches) > 0 {
		d.onTouch(touches)
	}
	if d.engine.name == PostgreSQL {
		d.analyze(changed)
	}
}

// run executes one write of a batch and sets its Err. The result undo is true if
// the write failed after it had changed a row, or failed with an error of the
// database.
func (d *DB) run(tx *Tx, r *request) (undo bool) {
	r.Err = d.call(r.Write.fn, tx)
	r.Write.touches, r.Write.changed = tx.touches, tx.changed
	return r.Err != nil && (tx.wrote || tx.failed != nil && !isTaken(tx.failed))
}

// call runs the function fn and converts a panic to an error.
func (d *DB) call(fn func(tx *Tx) error, tx *Tx) (err error) {
	defer func() {
		if v := recover(); v != nil {
			d.Log.Error("a write panicked", zap.Any("panic", v), zap.Stack("stack"))
			err = fmt.Errorf("write: panic: %v", v)
		}
	}()
	if err := fn(tx); err != nil {
		return err
	}
	return tx.failed
}
