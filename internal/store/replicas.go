package store

import (
	"context"
	"time"

	"github.com/flexscim/flexscim/internal/store/db"
)

// Beat stores a heartbeat of this replica. It deletes and returns the replicas
// whose last heartbeat is older than the given duration, by the database's clock.
// Each dead replica is returned to one caller only.
func (tx *Tx) Beat(ctx context.Context, replica string, dead time.Duration) (gone []string, err error) {
	clock := tx.db.Syntax().Clock
	_, err = tx.db.Exec(ctx, `insert into replica (replica_id, beat_at) values ($1, `+clock+`)
		on conflict (replica_id) do update set beat_at = excluded.beat_at`, replica)
	if err != nil {
		return nil, err
	}
	err = tx.db.ExecReturning(ctx, `delete from replica where beat_at < `+clock+` - $1 returning replica_id`, []any{dead.Microseconds()},
		db.Collect(&gone))
	return gone, err
}

// Leave deletes the heartbeat of a replica that stops normally.
func (tx *Tx) Leave(ctx context.Context, replica string) error {
	_, err := tx.db.Exec(ctx, `delete from replica where replica_id = $1`, replica)
	return err
}

// Replicas counts the replicas whose last heartbeat is not older than the given
// duration.
func (s *Store) Replicas(ctx context.Context, alive time.Duration) (n int, err error) {
	err = db.QueryOne(ctx, s.db.Reader(), `select count(*) from replica where beat_at >= `+s.db.Syntax().Clock+` - $1`, []any{alive.Microseconds()}, &n)
	return n, err
}

// Skew returns how far the clock of this machine is ahead of the database's clock.
// If this machine's clock is behind, the result is negative. The error of the
// result is at most half of a round trip.
func (s *Store) Skew(ctx context.Context) (time.Duration, error) {
	var theirs int64
	before := time.Now()
	err := db.QueryOne(ctx, s.db.Reader(), `select `+s.db.Syntax().Clock, nil, &theirs)
	middle := before.Add(time.Since(before) / 2)
	return middle.Sub(time.UnixMicro(theirs)), err
}
