package queue

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/flexscim/flexscim/internal/store"
)

const (
	batchSize  = 500                    // jobs in one insert
	collect    = 2 * time.Millisecond   // that touches are gathered while many come
	quietFor   = 10 * time.Millisecond  // after so long a touch is not held back
	lookAgain  = 250 * time.Millisecond // for a person whose job was running
	wakeRetry  = time.Second            // after a failed insert
	mostWaking = 100_000                // touches held in memory; the scan finds the rest
)

// touched is how urgent a touch is, and whether the person may have been
// served since.
type touched struct {
	urgency store.Urgency
	recheck bool
}

// waker holds the persons who are to be woken, each once.
type waker struct {
	mu   sync.Mutex
	set  map[store.PersonKey]touched
	bell chan struct{} // one place: somebody is in set
}

func (w *waker) init() {
	w.set = map[store.PersonKey]touched{}
	w.bell = make(chan struct{}, 1)
}

// add puts touches into the set; the more urgent one stays.
func (w *waker) add(touches []store.Touch, recheck bool) {
	w.mu.Lock()
	for _, t := range touches {
		old, ok := w.set[t.Key]
		if !ok && len(w.set) >= mostWaking && t.Urgency != store.Leaving {
			continue
		}
		next := touched{t.Urgency, recheck}
		if ok {
			next = touched{min(old.urgency, t.Urgency), old.recheck && recheck}
		}
		w.set[t.Key] = next
	}
	w.mu.Unlock()
	w.ring()
}

func (w *waker) ring() {
	select {
	case w.bell <- struct{}{}:
	default:
	}
}

// take removes at most limit persons, the most urgent ones. Leavers come
// alone: a small insert is a fast one.
func (w *waker) take(limit int) map[store.PersonKey]touched {
	w.mu.Lock()
	defer w.mu.Unlock()
	some := make(map[store.PersonKey]touched, min(limit, len(w.set)))
	for u := store.Leaving; u <= store.Sweeping && len(some) < limit; u++ {
		for key, t := range w.set {
			if len(some) == limit {
				break
			}
			if t.urgency == u {
				some[key] = t
				delete(w.set, key)
			}
		}
		if u == store.Leaving && len(some) > 0 {
			break
		}
	}
	if len(w.set) > 0 {
		w.ring()
	}
	return some
}

// Wake asks for a run for each person. It does not block and cannot fail: who
// is lost here is found by the scan. The store calls it after each commit.
func (q *Queue) Wake(touches []store.Touch) {
	if len(touches) > 0 {
		q.waker.add(touches, false)
	}
}

func (q *Queue) wakeLoop(ctx context.Context) {
	var last time.Time
	var failing alarm
	for {
		select {
		case <-ctx.Done():
			return
		case <-q.waker.bell:
		}
		if time.Since(last) < quietFor {
			pause(ctx, collect)
		}
		err := q.wakeBatch(ctx)
		failing.note(ctx, q.Log, "wake-up failed; it is tried again", err)
		if err != nil {
			pause(ctx, wakeRetry)
		}
		last = time.Now()
	}
}

// wakeBatch makes jobs for whoever waits in the set. Persons whose job is
// running stay: that run may have read what was before the touch, and may be
// snoozed after it.
func (q *Queue) wakeBatch(ctx context.Context) error {
	batch := q.unserved(ctx, q.waker.take(batchSize))
	if len(batch) == 0 {
		return nil
	}
	busy, waiting, err := q.insert(ctx, batch)
	if err == nil {
		err = q.moveUp(ctx, waiting)
	}
	if err != nil {
		q.waker.add(batch, false)
		return err
	}
	if len(busy) > 0 {
		time.AfterFunc(lookAgain, func() { q.waker.add(busy, true) })
	}
	return nil
}

// unserved leaves out those who are to be checked again and have what they
// want by now.
func (q *Queue) unserved(ctx context.Context, set map[store.PersonKey]touched) []store.Touch {
	out := make([]store.Touch, 0, len(set))
	for key, t := range set {
		if t.recheck {
			p, err := q.Store.Person(ctx, key)
			if err == nil && p.Observed >= p.Desired {
				continue
			}
		}
		out = append(out, store.Touch{Key: key, Urgency: t.urgency})
	}
	return out
}

// insert makes a job for each person who has no live one. Of the others, busy
// are those whose job is running, and waiting those whose job is less urgent
// than the touch, or snoozed.
func (q *Queue) insert(ctx context.Context, touches []store.Touch) (busy []store.Touch, waiting []late, err error) {
	// In one order everywhere: two replicas that insert the same persons in
	// different orders deadlock on PostgreSQL.
	slices.SortFunc(touches, func(a, b store.Touch) int {
		return cmp.Or(cmp.Compare(a.Key.Connection, b.Key.Connection), cmp.Compare(a.Key.User, b.Key.User))
	})
	params := make([]river.InsertManyParams, len(touches))
	want := make(map[store.PersonKey]store.Touch, len(touches))
	for i, t := range touches {
		params[i] = insertion(t)
		want[t.Key] = t
	}
	results, err := q.client.InsertMany(ctx, params)
	if err != nil {
		return nil, nil, fmt.Errorf("insert jobs: %w", err)
	}
	q.seen.add(touches)
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
	err := q.Store.Write(ctx, func(tx *store.Tx) error {
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
		ring[queueOf(l.touch.Urgency)] = insertion(l.touch)
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
