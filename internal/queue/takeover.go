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

// claim makes sure, before the first job is fetched, that nobody else has
// what this process is about to touch. SQLite: a lock beside the file; after
// that every running job is a dead process's. PostgreSQL: the first beat.
func (q *Queue) claim(ctx context.Context) error {
	if q.Store.Engine() == store.PostgreSQL {
		if err := q.beatOnce(ctx); err != nil {
			return fmt.Errorf("first heartbeat: %w", err)
		}
		return nil
	}
	q.tellLive(1)
	var err error
	if q.lock, err = lockDatabase(ctx, q.Store); err != nil {
		return err
	}
	err = q.Store.Write(ctx, store.AnyKey, func(tx *store.Tx) error {
		_, err := tx.SQL().ExecContext(context.WithoutCancel(ctx), `UPDATE river_job SET state = 'available' WHERE state = 'running'`)
		return err
	})
	if err != nil {
		q.lock.release()
		return fmt.Errorf("reclaim jobs: %w", err)
	}
	return nil
}

// releaseJobs makes the running jobs of replicas that are gone available.
func (q *Queue) releaseJobs(ctx context.Context, tx *store.Tx, gone []string) error {
	for _, replica := range gone {
		_, err := tx.SQL().ExecContext(ctx, `UPDATE river_job SET state = 'available'
			WHERE state = 'running' AND attempted_by[array_upper(attempted_by, 1)] = $1`, replica)
		if err != nil {
			return fmt.Errorf("take over from %s: %w", replica, err)
		}
	}
	return nil
}

// giveBack ends the run of a fenced replica, or one whose job is somebody
// else's by now. It waits until the heart beats again, for only then is it
// known whose the job is: this replica's, then it is available at once, or
// another's, then River must not touch the row.
func (q *Queue) giveBack(ctx context.Context, job *rivertype.JobRow) error {
	if !q.heart.wait(ctx) {
		return untouched{}
	}
	now, err := q.client.JobGet(ctx, job.ID)
	if err == nil && now.State == rivertype.JobStateRunning && q.owns(job, now) {
		return river.JobSnooze(0)
	}
	return untouched{}
}

// untouched makes River leave the job's row as it is: a result that concerns
// no job. It is for rows that are completed already, where River's own attempt
// costs as much as the completion, and for those that are somebody else's.
// (River's batches of jobs report so; a test keeps it true.)
type untouched struct{}

func (untouched) Error() string { return "the job's row is as it should be" }

// ErrorsByID is part of what River asks of such a result.
func (untouched) ErrorsByID() map[int64]error { return nil }

// Jobs is part of what River asks of such a result.
func (untouched) Jobs() []*rivertype.JobRow { return nil }

// fileLock is an exclusive lock on PATH.lock. It ends with the process.
type fileLock struct{ file *os.File }

// lockDatabase locks the SQLite file of s. One in memory needs no lock.
func lockDatabase(ctx context.Context, s *store.Store) (*fileLock, error) {
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
	return &fileLock{f}, nil
}

// release may be called on nil, and twice.
func (l *fileLock) release() {
	if l != nil {
		_ = l.file.Close()
	}
}
