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
	batchSize = 500                    // jobs in one insert
	collect   = 2 * time.Millisecond   // that touches are gathered while many come
	quietFor  = 10 * time.Millisecond  // after so long a touch is not held back
	lookAgain = 250 * time.Millisecond // for a person whose job was running
	wakeRetry = time.Second            // after a failed insert
)

// Wake asks for a run for each person. It does not block and cannot fail: who
// is lost here is found by the scan. The store calls it after each commit.
func (q *Queue) Wake(touches []store.Touch) {
	if len(touches) > 0 {
		q.waker.add(touches, false)
	}
}

// Asked is told of every request of an IdP's, reading ones too, and how long it
// took: while many come, or wait, they go first.
func (q *Queue) Asked(took time.Duration) { q.waker.asked(took) }

func (q *Queue) wakeLoop(ctx context.Context) {
	var last time.Time
	var again <-chan time.Time
	var failing alarm
	for {
		select {
		case <-ctx.Done():
			return
		case <-q.waker.bell:
		case <-again:
		}
		if time.Since(last) < quietFor {
			pause(ctx, collect)
		}
		after, err := q.wakeBatch(ctx)
		failing.note(ctx, q.Log, "wake-up failed; it is tried again", err)
		if err != nil {
			pause(ctx, wakeRetry)
		}
		if again = nil; !q.waker.isEmpty() {
			again = time.After(after)
		}
		last = time.Now()
	}
}

// wakeBatch makes jobs for whoever waits in the set, and says when to make
// more. Persons whose job is running stay: that run may have read what was
// before the touch, and may be snoozed after it.
func (q *Queue) wakeBatch(ctx context.Context) (again time.Duration, err error) {
	some, again := q.waker.take(batchSize)
	batch := q.unserved(ctx, some)
	if len(batch) == 0 {
		return again, nil
	}
	busy, waiting, err := q.insert(ctx, batch)
	if err == nil {
		err = q.moveUp(ctx, waiting)
	}
	if err != nil {
		q.waker.add(touchesOf(batch), false)
		return again, err
	}
	if len(busy) > 0 {
		time.AfterFunc(lookAgain, func() { q.waker.add(busy, true) })
	}
	return again, nil
}

// unserved leaves out those who are to be checked again and have what they
// want by now.
func (q *Queue) unserved(ctx context.Context, some []waiter) []waiter {
	out := make([]waiter, 0, len(some))
	for _, w := range some {
		if w.recheck {
			p, err := q.Store.Person(ctx, w.Key)
			if err == nil && p.Observed >= p.Desired {
				continue
			}
		}
		out = append(out, w)
	}
	return out
}

// insert makes a job for each person who has no live one. Of the others, busy
// are those whose job is running, and waiting those whose job is less urgent
// than the touch, or snoozed.
func (q *Queue) insert(ctx context.Context, some []waiter) (busy []store.Touch, waiting []late, err error) {
	// In one order everywhere: two replicas that insert the same persons in
	// different orders deadlock on PostgreSQL.
	slices.SortFunc(some, func(a, b waiter) int {
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
	q.seen.add(touchesOf(some))
	busy, waiting = sortOut(results, want)
	return busy, waiting, nil
}

// late is a live job, and the touch that it keeps waiting.
type late struct {
	job   int64
	touch store.Touch
}

// sortOut finds, among the jobs that were there already, those that run and
// those that must be moved up or woken.
func sortOut(results []*rivertype.JobInsertResult, want map[store.PersonKey]store.Touch) (busy []store.Touch, waiting []late) {
	now := time.Now()
	for _, r := range results {
		var args syncPerson
		if !r.UniqueSkippedAsDuplicate || json.Unmarshal(r.Job.EncodedArgs, &args) != nil {
			continue
		}
		t := want[args.key()]
		if r.Job.State == rivertype.JobStateRunning {
			busy = append(busy, t)
		}
		if outdated(r.Job, t, now) {
			waiting = append(waiting, late{r.Job.ID, t})
		}
	}
	slices.SortFunc(waiting, func(a, b late) int { return cmp.Compare(a.job, b.job) })
	return busy, waiting
}

// moveUpSQL gives a live job the touch's urgency if that is more urgent, and
// makes it due. A running one keeps running; it gets the urgency for its next
// round.
const moveUpSQL = `
UPDATE river_job SET
	queue = CASE WHEN priority > $2 THEN $3 ELSE queue END,
	priority = CASE WHEN priority > $2 THEN $2 ELSE priority END,
	state = CASE WHEN state = 'running' THEN state ELSE 'available' END,
	scheduled_at = CASE WHEN state = 'running' THEN scheduled_at ELSE CURRENT_TIMESTAMP END
WHERE id = $1 AND state IN ('available', 'pending', 'retryable', 'running', 'scheduled')`

// moveUp gives live jobs the urgency of their touches, and wakes them.
func (q *Queue) moveUp(ctx context.Context, waiting []late) error {
	if len(waiting) == 0 {
		return nil
	}
	err := q.Store.Write(ctx, store.AnyKey, func(tx *store.Tx) error {
		ctx := context.WithoutCancel(ctx) // the transaction is shared
		for _, l := range waiting {
			u := l.touch.Urgency
			if _, err := tx.SQL().ExecContext(ctx, moveUpSQL, l.job, int(u), queueOf(u)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("move jobs up: %w", err)
	}
	return q.ringProducers(ctx, waiting)
}

// ringProducers inserts one of the moved persons of each queue once more: a
// duplicate, by which River learns that the queue has work.
func (q *Queue) ringProducers(ctx context.Context, waiting []late) error {
	ring := map[string]river.InsertManyParams{} // :: queue → one of its persons
	for _, l := range waiting {
		ring[queueOf(l.touch.Urgency)] = insertion(waiter{Touch: l.touch})
	}
	for _, p := range ring {
		if _, err := q.client.Insert(ctx, p.Args, p.InsertOpts); err != nil {
			return fmt.Errorf("ring the producers: %w", err)
		}
	}
	return nil
}

// pause waits for d, or for the end of ctx.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
