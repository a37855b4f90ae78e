package queue

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/flexscim/flexscim/internal/store"
)

const (
	batchSize    = 500                    // jobs in one insert
	recheckAfter = 250 * time.Millisecond // time after which a person whose job was running is checked again
	wakeRetry    = time.Second            // after a failed insert
)

// Wake makes the wake loop insert a job for each touched person. It does not block
// and returns no error: if a person gets no job, the scan finds the person later.
// The store calls Wake after each commit.
func (q *Queue) Wake(touches []store.Touch) {
	if len(touches) > 0 {
		q.waiting.add(touches, false)
	}
}

// Resume makes every waiting job due: jobs that failed, and jobs that wait until a
// leaver's live work ends. It must be called when Twilio answers again after an
// outage. Resume does not block.
func (q *Queue) Resume() {
	select {
	case q.resumed <- struct{}{}:
	default: // the wake loop has not yet handled an earlier signal
	}
}

// resume makes every waiting job due in the database. If it fails, it calls Resume,
// so that the wake loop tries again.
func (q *Queue) resume(ctx context.Context) error {
	err := q.Store.Write(ctx, store.AnyKey, func(tx *store.Tx) error {
		_, err := tx.SQL().ExecContext(context.WithoutCancel(ctx), resumeSQL, syncPerson{}.Kind()) // other writes share the transaction, so ctx must not cancel it
		return err
	})
	if err != nil {
		q.Resume()
		return fmt.Errorf("resume waiting jobs: %w", err)
	}
	return nil
}

// ObserveRequest counts a request from the IdP, whatever its method, and the
// request's duration. While the IdP is busy, fewer jobs are inserted (wakeset.go).
func (q *Queue) ObserveRequest(took time.Duration) { q.waiting.observeRequest(took) }

func (q *Queue) wakeLoop(ctx context.Context) {
	var again <-chan time.Time
	var failures failureLog
	for {
		var after time.Duration
		var err error
		select {
		case <-ctx.Done():
			return
		case <-q.resumed:
			err = q.resume(ctx)
		case <-q.waiting.changed:
		case <-again:
		}
		if err == nil {
			after, err = q.wakeBatch(ctx)
		}
		failures.add(ctx, q.Log, "making jobs failed; retrying", err)
		if err != nil {
			select {
			case <-ctx.Done():
			case <-time.After(wakeRetry):
			}
		}
		if again = nil; !q.waiting.isEmpty() {
			again = time.After(after)
		}
	}
}

// wakeBatch inserts jobs for people in the wake set, and returns the time until the
// next batch. If a person's job is running, wakeBatch later adds the person to the
// set again, because the run may have read the person's state before the touch, and
// may snooze its job afterwards.
func (q *Queue) wakeBatch(ctx context.Context) (again time.Duration, err error) {
	some, again := q.waiting.take(batchSize)
	batch := slices.DeleteFunc(some, func(w wakeup) bool { return w.recheck && q.isServed(ctx, w.Key) })
	if len(batch) == 0 {
		return again, nil
	}
	running, waiting, err := q.insert(ctx, batch)
	if err == nil {
		err = q.moveUp(ctx, waiting)
	}
	if err != nil {
		q.waiting.add(touchesOf(batch), false)
		return again, err
	}
	if len(running) > 0 {
		time.AfterFunc(recheckAfter, func() { q.waiting.add(running, true) })
	}
	return again, nil
}

// isServed reports whether a run has seen the person's newest generation. It returns
// false for a pending person: a touch makes the person pending, and a run leaves the
// person pending only if the run has seen an older generation.
func (q *Queue) isServed(ctx context.Context, key store.PersonKey) bool {
	p, err := q.Store.Person(ctx, key)
	return err == nil && p.State != store.Pending
}

func touchesOf(some []wakeup) []store.Touch {
	touches := make([]store.Touch, len(some))
	for i, w := range some {
		touches[i] = w.Touch
	}
	return touches
}

// Queue.insert inserts a job for each person who has no live job. If a person has a
// live job that is running, the result running contains the person's touch. If a
// person has a live job that must be moved up, the result waiting contains the job.
func (q *Queue) insert(ctx context.Context, some []wakeup) (running []store.Touch, waiting []waitingJob, err error) {
	// Without the sort, two replicas that insert the same people in different orders
	// could deadlock on PostgreSQL.
	slices.SortFunc(some, func(a, b wakeup) int {
		return cmp.Or(cmp.Compare(a.Key.Connection, b.Key.Connection), cmp.Compare(a.Key.User, b.Key.User))
	})
	params := make([]river.InsertManyParams, len(some))
	want := make(map[store.PersonKey]store.Touch, len(some))
	for i, w := range some {
		params[i] = insertion(w)
		want[w.Key] = w.Touch
	}
	results, err := q.client.InsertMany(ctx, params)
	if err != nil {
		return nil, nil, fmt.Errorf("insert jobs: %w", err)
	}
	q.queued.add(touchesOf(some))
	running, waiting = duplicates(results, want)
	return running, waiting, nil
}

// waitingJob is a live job that a touch must move up.
type waitingJob struct {
	id    int64
	touch store.Touch
}

// duplicates evaluates the results for people who already had a live job. It
// returns the touches of people whose job is running, and the jobs that must be
// moved up.
func duplicates(results []*rivertype.JobInsertResult, want map[store.PersonKey]store.Touch) (running []store.Touch, waiting []waitingJob) {
	for _, r := range results {
		var args syncPerson
		if !r.UniqueSkippedAsDuplicate || json.Unmarshal(r.Job.EncodedArgs, &args) != nil {
			continue
		}
		t := want[args.key()]
		if r.Job.State == rivertype.JobStateRunning {
			running = append(running, t)
		}
		if mustMoveUp(r.Job, t) {
			waiting = append(waiting, waitingJob{r.Job.ID, t})
		}
	}
	slices.SortFunc(waiting, func(a, b waitingJob) int { return cmp.Compare(a.id, b.id) })
	return running, waiting
}

// moveUp makes live jobs due. If a touch is more urgent than the job, the job gets
// the urgency of the touch.
func (q *Queue) moveUp(ctx context.Context, waiting []waitingJob) error {
	if len(waiting) == 0 {
		return nil
	}
	err := q.Store.Write(ctx, store.AnyKey, func(tx *store.Tx) error {
		ctx := context.WithoutCancel(ctx) // other writes share the transaction, so ctx must not cancel it
		for _, w := range waiting {
			u := w.touch.Urgency
			if _, err := tx.SQL().ExecContext(ctx, moveUpSQL(q.Store.Engine()), w.id, int(u), queueOf(u)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("move jobs up: %w", err)
	}
	return q.triggerProducers(ctx, waiting)
}
