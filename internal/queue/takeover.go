package queue

import (
	"context"
	"fmt"

	"github.com/gofrs/flock"

	"github.com/flexscim/flexscim/internal/store"
)

// takeOver makes the running jobs of dead processes available again, before this
// process fetches its first job. On PostgreSQL, the first heartbeat does this. On
// SQLite, takeOver locks the database against other processes and makes all running
// jobs available.
func (q *Queue) takeOver(ctx context.Context) error {
	if q.Store.Engine() == store.PostgreSQL {
		if err := q.heartbeat(ctx); err != nil {
			return fmt.Errorf("first heartbeat: %w", err)
		}
		return nil
	}
	q.setReplicas(1)
	var err error
	if q.lock, err = lockDatabase(ctx, q.Store); err != nil {
		return err
	}
	err = q.Store.Write(ctx, store.AnyKey, func(tx *store.Tx) error {
		_, err := tx.SQL().ExecContext(context.WithoutCancel(ctx), reclaimSQL)
		return err
	})
	if err != nil {
		_ = q.lock.Close()
		return fmt.Errorf("reclaim jobs: %w", err)
	}
	return nil
}

// lockDatabase calls LockFile for the SQLite file of s. For a database in memory, which
// needs no lock, it returns a lock that is not locked.
func lockDatabase(ctx context.Context, s *store.Store) (*flock.Flock, error) {
	var path string
	err := s.DB().QueryRowContext(ctx, `SELECT file FROM pragma_database_list WHERE name = 'main'`).Scan(&path)
	if err != nil {
		return flock.New(""), fmt.Errorf("find the database file: %w", err)
	}
	if path == "" {
		return flock.New(""), nil
	}
	return LockFile(path)
}

// LockFile takes an exclusive lock on the file PATH.lock. While a server uses the
// SQLite file PATH, LockFile returns ErrInUse. The lock ends when it is closed or the
// process ends.
func LockFile(path string) (*flock.Flock, error) {
	lock := flock.New(path+".lock", flock.SetPermissions(0o600))
	locked, err := lock.TryLock()
	if err != nil {
		return lock, fmt.Errorf("lock the database: %w", err)
	}
	if !locked {
		return lock, fmt.Errorf("lock %s: %w", lock.Path(), ErrInUse)
	}
	return lock, nil
}
