package queue

import (
	"context"
	"fmt"
	"os"
	"syscall"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/flexscim/flexscim/internal/store"
)

// takeOver frees the jobs of dead processes before the first job is fetched. On
// PostgreSQL it sends the first heartbeat, which frees them. On SQLite it locks the
// database against other processes and frees all running jobs.
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

// releaseJobs frees the running jobs of dead replicas.
func releaseJobs(ctx context.Context, tx *store.Tx, gone []string) error {
	for _, replica := range gone {
		if _, err := tx.SQL().ExecContext(ctx, releaseSQL, replica); err != nil {
			return fmt.Errorf("take over from %s: %w", replica, err)
		}
	}
	return nil
}

// giveBack ends a run whose lease expired or whose job was taken over. It first
// waits until the lease is valid again, because it cannot know earlier which run
// owns the job. If this run owns the job, the job becomes available immediately.
// Otherwise River must not change the job's row.
func (q *Queue) giveBack(ctx context.Context, job *rivertype.JobRow) error {
	if !q.lease.wait(ctx) {
		return untouched{}
	}
	now, err := q.client.JobGet(ctx, job.ID)
	if err == nil && now.State == rivertype.JobStateRunning && q.owns(job, now) {
		return river.JobSnooze(0)
	}
	return untouched{}
}

// lockDatabase takes an exclusive lock on PATH.lock, where PATH is the SQLite file
// of s, or returns ErrInUse. The lock ends with the process, or when the file is
// closed. It returns a nil file for a database in memory, which needs no lock.
func lockDatabase(ctx context.Context, s *store.Store) (*os.File, error) {
	var path string
	err := s.DB().QueryRowContext(ctx, `SELECT file FROM pragma_database_list WHERE name = 'main'`).Scan(&path)
	if err != nil {
		return nil, fmt.Errorf("find the database file: %w", err)
	}
	if path == "" {
		return nil, nil
	}
	f, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the database: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("lock %s: %w", f.Name(), ErrInUse)
	}
	return f, nil
}
