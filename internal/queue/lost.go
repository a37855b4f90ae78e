package queue

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/flexscim/flexscim/internal/logfield"
	"github.com/flexscim/flexscim/internal/store"
)

const touchLostEvery = time.Second

// lost contains people whose run lost its job to another run after a write that may
// have reached Twilio. The other run may have read the Worker before this write, so
// the person must be touched: then a new run compares the Worker with the desired
// state. The database may be unavailable when a run is lost, so a person stays in the
// set until the person has been touched.
type lost struct {
	mu sync.Mutex
	of map[store.PersonKey]store.Urgency
}

func (l *lost) add(key store.PersonKey, u store.Urgency) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of == nil {
		l.of = map[store.PersonKey]store.Urgency{}
	}
	l.of[key] = u
}

// take removes all people from the set and returns them.
func (l *lost) take() map[store.PersonKey]store.Urgency {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.of
	l.of = nil
	return all
}

// lostLoop touches the people of lost runs, also after the last run when the queue
// stops.
func (q *Queue) lostLoop(ctx context.Context) {
	q.repeat(ctx, touchLostEvery, "touching the people of lost runs failed; retrying", q.touchLost)
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := q.touchLost(last); err != nil {
		q.Log.Warn("touching the people of lost runs failed at the end; the next sweep compares them", logfield.Err(err))
	}
}

func (q *Queue) touchLost(ctx context.Context) (failed error) {
	for key, u := range q.lost.take() {
		err := q.Store.Write(ctx, key.Write(), func(tx *store.Tx) error {
			return tx.Touch(context.WithoutCancel(ctx), key, store.Why{Urgency: u}) // other writes may share the transaction, so ctx must not cancel it
		})
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			q.lost.add(key, u)
			failed = err
		}
	}
	return failed
}
