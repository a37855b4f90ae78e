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
	forgottenAfter = 3 * time.Second // how long a job may be running in the database only
	releasedFor    = time.Hour       // longer than the response to a fetch can be late
)

// attempt identifies one run of a job. When River gives a job to a worker, River
// increments the number n.
type attempt struct {
	id int64
	n  int
}

// held contains the jobs that this process runs. A job can be running in the database
// only: if the connection breaks, the database marks jobs as running but the process
// never learns their ids, or a run ends but cannot save this.
type held struct {
	mu        sync.Mutex
	leases    map[attempt]context.Context // :: job → lease.valid when it was fetched
	suspects  map[attempt]time.Time       // :: job that is running in the database only → first seen
	forgotten map[attempt]time.Time       // :: job that this process released → when
}

func (h *held) init() {
	h.leases = map[attempt]context.Context{}
	h.suspects = map[attempt]time.Time{}
	h.forgotten = map[attempt]time.Time{}
}

// add adds jobs that were fetched under a lease. It returns them without those that
// this process has released meanwhile, because the response was late.
func (h *held) add(jobs []*rivertype.JobRow, lease context.Context) []*rivertype.JobRow {
	h.mu.Lock()
	defer h.mu.Unlock()
	jobs = slices.DeleteFunc(jobs, func(job *rivertype.JobRow) bool {
		_, late := h.forgotten[attempt{job.ID, job.Attempt}]
		return late
	})
	for _, job := range jobs {
		h.leases[attempt{job.ID, job.Attempt}] = lease
	}
	return jobs
}

// lease returns the lease under which a job was fetched.
func (h *held) lease(job *rivertype.JobRow) context.Context {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.leases[attempt{job.ID, job.Attempt}]
}

// remove removes a job whose run has ended.
func (h *held) remove(job *rivertype.JobRow) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.leases, attempt{job.ID, job.Attempt})
}

// forget returns the running jobs that this process has not run for forgottenAfter.
// The argument running contains the jobs that are running in the database and belong
// to this process. If the response to a fetch of a returned job arrives later, the
// method add does not accept the job.
func (h *held) forget(running []attempt, now time.Time) (lost []attempt) {
	h.mu.Lock()
	defer h.mu.Unlock()
	suspects := map[attempt]time.Time{}
	for _, job := range running {
		if _, runs := h.leases[job]; runs {
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

// tend releases jobs that are running in the database only. On PostgreSQL it also
// makes jobs available that are due by the database's clock, because River's
// scheduler compares with the clock of the replica on which it runs.
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
		ctx := context.WithoutCancel(ctx) // other writes may share the transaction
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
