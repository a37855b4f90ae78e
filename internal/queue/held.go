package queue

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/riverqueue/river/rivertype"

	"github.com/flexscim/flexscim/internal/logfield"
	"github.com/flexscim/flexscim/internal/store"
)

const (
	tendEvery      = time.Second
	forgottenAfter = 3 * time.Second // how long a job may be running in the database but not in this process
	releasedFor    = time.Hour       // how long released jobs are remembered; no response to a fetch comes later
)

// attempt identifies one run of a job. River increments the number n each time it
// gives the job to a worker.
type attempt struct {
	id int64
	n  int
}

// held contains the jobs that this process runs. The database may mark a job as
// running although no process runs it. This happens if the connection breaks: then
// the process never learns the ids of the jobs that the database has marked, or a run
// ends but cannot save its end.
type held struct {
	mu        sync.Mutex
	runs      map[attempt]heldRun   // :: job → its run in this process
	suspects  map[attempt]time.Time // :: job that is running only in the database → when tend first saw this
	forgotten map[attempt]time.Time // :: job that this process released → time of the release
}

// heldRun is a run of a job in this process. A job that was put back can be fetched again
// with the same attempt before the run that put it back has ended, so the row identifies
// the run.
type heldRun struct {
	job   *rivertype.JobRow
	lease context.Context // the value of lease.valid when the job was fetched
}

func (h *held) init() {
	h.runs = map[attempt]heldRun{}
	h.suspects = map[attempt]time.Time{}
	h.forgotten = map[attempt]time.Time{}
}

// add adds jobs that were fetched under a lease, and returns them. If the response
// to the fetch was late, this process may have released some of these jobs
// meanwhile; the method add ignores these.
func (h *held) add(jobs []*rivertype.JobRow, lease context.Context) []*rivertype.JobRow {
	h.mu.Lock()
	defer h.mu.Unlock()
	jobs = slices.DeleteFunc(jobs, func(job *rivertype.JobRow) bool {
		_, late := h.forgotten[attempt{job.ID, job.Attempt}]
		return late
	})
	for _, job := range jobs {
		h.runs[attempt{job.ID, job.Attempt}] = heldRun{job, lease}
	}
	return jobs
}

// lease returns the lease under which a job was fetched. If this process does not run
// the job, lease returns a context that has ended.
func (h *held) lease(job *rivertype.JobRow) context.Context {
	h.mu.Lock()
	defer h.mu.Unlock()
	if run, known := h.runs[attempt{job.ID, job.Attempt}]; known {
		return run.lease
	}
	ended, end := context.WithCancelCause(context.Background())
	end(errExpired)
	return ended
}

// remove removes a job whose run has ended. If the job was fetched again meanwhile,
// remove keeps the new run.
func (h *held) remove(job *rivertype.JobRow) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if key := (attempt{job.ID, job.Attempt}); h.runs[key].job == job {
		delete(h.runs, key)
	}
}

// The argument running of forget contains the jobs that are running in the database
// and belong to this process. forget returns those of them that this process has not
// run for forgottenAfter. If the response to the fetch of such a job arrives later,
// held.add does not accept the job.
func (h *held) forget(running []attempt, now time.Time) (lost []attempt) {
	h.mu.Lock()
	defer h.mu.Unlock()
	suspects := map[attempt]time.Time{}
	for _, job := range running {
		if _, runs := h.runs[job]; runs {
			continue
		}
		since, known := h.suspects[job]
		switch {
		case !known:
			suspects[job] = now
		case now.Sub(since) < forgottenAfter:
			suspects[job] = since
		default:
			h.forgotten[job] = now
			lost = append(lost, job)
		}
	}
	h.suspects = suspects
	for job, at := range h.forgotten {
		if now.Sub(at) > releasedFor {
			delete(h.forgotten, job)
		}
	}
	return lost
}

// tend releases the jobs of this process that are running only in the database. On
// PostgreSQL it also makes jobs available that are due by the database's clock,
// because River's scheduler compares with the clock of the replica on which it runs.
func (q *Queue) tend(ctx context.Context) error {
	running, err := q.runningJobs(ctx)
	if err != nil {
		return err
	}
	lost := q.held.forget(running, time.Now())
	if len(lost) == 0 && q.Store.Engine() == store.SQLite {
		return nil
	}
	err = q.Store.Write(ctx, store.AnyKey, func(tx *store.Tx) error {
		ctx := context.WithoutCancel(ctx) // other writes may share the transaction, so ctx must not cancel it
		for _, job := range lost {
			if _, err := tx.SQL().ExecContext(ctx, forgottenSQL(q.Store.Engine()), job.id, job.n, q.Replica); err != nil {
				return err
			}
		}
		if q.Store.Engine() == store.SQLite {
			return nil
		}
		_, err := tx.SQL().ExecContext(ctx, dueSQL)
		return err
	})
	if err != nil {
		return err
	}
	for _, job := range lost {
		q.Log.Warn("a job was running in the database, but not in this process; it is run again", logfield.Job(job.id))
	}
	return nil
}

// runningJobs returns the jobs that are running in the database and belong to this
// process.
func (q *Queue) runningJobs(ctx context.Context) (running []attempt, err error) {
	rows, err := q.Store.DB().QueryContext(ctx, runningSQL(q.Store.Engine()), q.Replica)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err has the reason
	for rows.Next() {
		var job attempt
		if err := rows.Scan(&job.id, &job.n); err != nil {
			return nil, err
		}
		running = append(running, job)
	}
	return running, rows.Err()
}
