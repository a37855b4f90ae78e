package db

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"

	"go.uber.org/zap"

	"github.com/flexscim/flexscim/internal/store/db/batch"
)

// maxBatch is the most writes that share one commit.
const maxBatch = 64

// Key orders writes: writes with the same key run one after another, in the order
// in which Write received them. (Only a write that waits for a row locked by
// another process lets later ones pass.) Writes with different keys may run at the
// same time on PostgreSQL; they may also share a commit. The key of a write that
// concerns one person is that person's id.
type Key string

// AnyKey is the key of a write that concerns no single person.
const AnyKey Key = ""

// write is one call of Write.
type write struct {
	fn      func(tx *Tx) error
	touches []Touch
	changed int // rows
}

type (
	request    = batch.Request[*write]
	writeBatch = batch.Batch[*write]
)

// Write runs fn in a transaction and commits it. When Write returns nil, what
// fn did is durable. It returns an error of fn as it is, and nothing of fn's
// work remains; a failure of the database is an *UnavailableError. If ctx ends
// while the commit is under way, the error says so and the write may stand.
//
// Waiting writes share a commit. So fn may run twice (if another write of the
// same commit fails, or the transaction loses against another one): it must
// have no effect outside of tx, and must not call Write. An error that a method
// of tx returns is final: if fn ignores it, Write does not commit.
func (d *DB) Write(ctx context.Context, key Key, fn func(tx *Tx) error) error {
	d.open.RLock()
	defer d.open.RUnlock()
	if d.closed {
		return &UnavailableError{Err: errClosed}
	}
	err := d.writers[d.writerOf(key)].Do(ctx, &write{fn: fn})
	if left, ok := errors.AsType[*batch.LeftError](err); ok {
		return &UnavailableError{Err: left}
	}
	return err
}

// writerOf returns the index of the writer that serves a key.
func (d *DB) writerOf(key Key) int {
	if key == AnyKey {
		return 0
	}
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(key)) // it cannot fail
	return int(hash.Sum32()>>1) % len(d.writers)
}

// tell tells the hook what was touched by the writes that were committed.
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

// run runs one write of a batch and sets its Err. undo reports that the write
// failed and left something behind: what it wrote or, after an error of the
// database, an unknown state.
func (d *DB) run(tx *Tx, r *request) (undo bool) {
	r.Err = d.call(r.Write.fn, tx)
	r.Write.touches, r.Write.changed = tx.touches, tx.changed
	return r.Err != nil && (tx.wrote || tx.failed != nil && !isTaken(tx.failed))
}

// call calls fn and turns a panic into an error.
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
