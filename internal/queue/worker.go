package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"go.uber.org/zap"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/logfield"
	"github.com/flexscim/flexscim/internal/reconcile"
	"github.com/flexscim/flexscim/internal/store"
)

// maxRounds is the maximum number of rounds of one run. After maxRounds, the worker
// can run other people's jobs, even if the person has a newer generation again.
const maxRounds = 3

// Reconciler makes Flex match the state that the IdP wants for one person. Callers
// can call Reconcile any number of times for the same person. Reconcile calls the
// function finish inside every transaction that saves an outcome. It passes true to
// finish only if the person has no newer generation.
type Reconciler interface {
	Reconcile(ctx context.Context, key store.PersonKey, finish reconcile.Finish) (reconcile.Outcome, error)
}

// syncWorker runs the jobs of people.
type syncWorker struct {
	river.WorkerDefaults[syncPerson]
	q *Queue
}

// run is one run of a person's job: at most maxRounds rounds of reconciliation.
type run struct {
	urgency  store.Urgency
	failures int  // successive failures before this run
	finished bool // the job was completed in the transaction that saved the outcome
	wrote    bool // a write may have reached Twilio
}

// Work runs a job: it reconciles the person, determines the verdict, reports the
// run and tells River what to do with the job. It never returns an error to River,
// because River would append each error to the job's row.
func (w *syncWorker) Work(ctx context.Context, job *river.Job[syncPerson]) error {
	defer w.q.held.remove(job.JobRow)
	start := time.Now()
	r := run{urgency: store.Urgency(job.Priority), failures: failuresOf(job.JobRow)}
	out, err := w.q.rounds(ctx, job, &r)
	v := judge(r, out, err)
	w.q.report(job, r, v, err, time.Since(start))
	return w.q.end(ctx, job, r, v)
}

// rounds reconciles the person until there is no newer generation, but at most
// maxRounds times. It stops early if the replica's lease expires. It returns the
// outcome and error of the last round.
func (q *Queue) rounds(ctx context.Context, job *river.Job[syncPerson], r *run) (out reconcile.Outcome, err error) {
	bound, release := q.lease.bind(logfield.With(ctx, logfield.Job(job.ID)), q.held.lease(job.JobRow))
	defer release()
	leased := flex.WithFence(bound, func() error {
		err := flex.Fence(bound)
		r.wrote = r.wrote || err == nil
		return err
	})
	leased = flex.WithCaller(leased, string(job.Args.Connection))
	for range maxRounds {
		out, err = q.reconcile(flex.WithPriority(leased, flex.Priority(r.urgency)), job, r)
		if err != nil || !out.Again || leased.Err() != nil {
			break
		}
		if now, err := q.client.JobGet(ctx, job.ID); err == nil { // a touch may have raised the job's urgency
			r.urgency = min(r.urgency, store.Urgency(now.Priority))
		}
	}
	if r.finished && err == nil || errors.Is(err, store.ErrNotFound) {
		return out, err
	}
	return out, interruption(ctx, leased, err)
}

// errStopped is the error of a run that ended because the queue stops.
var errStopped = errors.New("the queue stops")

// interruption returns the reason why a run ended. If the lease expired or the job
// was taken over, the reason is reconcile.ErrLost. If the queue stops, the reason
// is errStopped. In all other cases the reason is err, or the job's timeout if err
// is nil.
func interruption(ctx, leased context.Context, err error) error {
	switch {
	case errors.Is(err, reconcile.ErrLost), errors.Is(context.Cause(leased), errExpired):
		return reconcile.ErrLost
	case errors.Is(ctx.Err(), context.Canceled):
		return errStopped
	case err == nil:
		return ctx.Err()
	}
	return err
}

// reconcile calls the Reconciler once. If the Reconciler panics, the result is an
// error.
func (q *Queue) reconcile(ctx context.Context, job *river.Job[syncPerson], r *run) (out reconcile.Outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			q.Log.Error("reconcile panicked", logfield.Job(job.ID), logfield.Panic(p), zap.Stack("stack"))
			err = fmt.Errorf("reconcile: panic: %v", p)
		}
	}()
	r.finished = false
	return q.Reconciler.Reconcile(ctx, job.Args.key(), func(tx *store.Tx, done bool) error {
		r.finished = false                // the transaction may be repeated
		ctx := context.WithoutCancel(ctx) // other writes may share the transaction, so ctx must not cancel it
		if !done {
			return q.keep(ctx, tx, job.JobRow)
		}
		if err := q.complete(ctx, tx, job); err != nil {
			return err
		}
		r.finished = true
		return nil
	})
}

// complete completes the job in the transaction that saves the outcome.
func (q *Queue) complete(ctx context.Context, tx *store.Tx, job *river.Job[syncPerson]) error {
	done, err := completeJob(ctx, tx.SQL(), job)
	return q.checkOwner(job.JobRow, done, err)
}

// keep locks the job until the end of tx, so that no other run can take the job
// before tx has saved the outcome. If another run already has the job, the result
// is reconcile.ErrLost.
func (q *Queue) keep(ctx context.Context, tx *store.Tx, job *rivertype.JobRow) error {
	if q.Store.Engine() == store.PostgreSQL {
		if _, err := tx.SQL().ExecContext(ctx, lockSQL, job.ID); err != nil {
			return fmt.Errorf("lock job %d: %w", job.ID, err)
		}
	}
	now, err := q.client.JobGetTx(ctx, tx.SQL(), job.ID)
	if err == nil && now.State != rivertype.JobStateRunning {
		return reconcile.ErrLost
	}
	return q.checkOwner(job, now, err)
}

// checkOwner returns reconcile.ErrLost if the job no longer belongs to this run.
// The arguments current and err are the results of a new read of the job's row.
func (q *Queue) checkOwner(job, current *rivertype.JobRow, err error) error {
	switch {
	case isDeleted(err) && q.Store.Engine() == store.SQLite:
		return nil // no other process can have the job
	case err != nil && !isDeleted(err):
		return fmt.Errorf("read or complete job %d: %w", job.ID, err)
	case err != nil, !q.owns(job, current):
		return reconcile.ErrLost
	}
	return nil
}

// report logs the run and counts it in the metrics.
func (q *Queue) report(job *river.Job[syncPerson], r run, v verdict, err error, took time.Duration) {
	if q.OnRun != nil {
		q.OnRun(Run{Urgency: r.urgency, Result: v.result, Took: took, Since: max(time.Since(touchedAt(job.JobRow)), took)})
	}
	if entry := q.Log.Check(v.level, "run ended: "+v.result); entry != nil {
		key := job.Args.key()
		entry.Write(logfield.Person(string(key.Connection)+"/"+string(key.User)), logfield.Job(job.ID),
			logfield.Priority(int(r.urgency)), logfield.Duration(took), logfield.RetryAfter(v.after),
			logfield.Kind(string(flex.KindOf(err))), logfield.TwilioRequest(flex.RequestID(err)), logfield.Err(err))
	}
}

// Queue.end tells River what to do with the job according to the verdict.
func (q *Queue) end(ctx context.Context, job *river.Job[syncPerson], r run, v verdict) error {
	switch v.result {
	case resultDone:
		q.queued.forget(job.Args.key())
		if r.finished {
			return untouched{}
		}
		return finish(ctx, q, job)
	case resultLost:
		if r.wrote {
			q.lost.add(job.Args.key(), r.urgency)
		}
		return q.giveBack(ctx, job.JobRow)
	case resultStopped:
		return q.putBack(ctx, job.JobRow, 0, r.failures)
	}
	failures := 0
	if v.failed {
		failures = r.failures + 1
	}
	return q.putBack(ctx, job.JobRow, v.after, failures)
}

// progress is the output of a job. It tells the next run how many runs in a row
// have failed.
type progress struct {
	Failures int `json:"failures"` // successive
}

func failuresOf(job *rivertype.JobRow) int {
	var p progress
	if out := job.Output(); out != nil && json.Unmarshal(out, &p) != nil {
		return 0
	}
	return p.Failures
}
