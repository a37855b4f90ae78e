package queue

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/flexscim/flexscim/internal/store"
)

const (
	scanEvery   = time.Second
	scanLimit   = 1000             // persons in one scan …
	scanMore    = 8 * scanLimit    // … where many have no job …
	scanMost    = 64 * scanLimit   // … and where all of them have one already
	scanTimeout = 30 * time.Second // for one scan
	seenFor     = 5 * time.Second  // a person who had a live job is left alone
)

// seen remembers who had a live job lately, so that a scan in the middle of
// an import does not insert a thousand duplicates a second.
type seen struct {
	mu sync.Mutex
	at map[store.PersonKey]time.Time
}

func (s *seen) init() { s.at = map[store.PersonKey]time.Time{} }

func (s *seen) add(touches []store.Touch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for _, t := range touches {
		s.at[t.Key] = now
	}
}

// forget is called when a person's job is over.
func (s *seen) forget(key store.PersonKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.at, key)
}

// unknown leaves out those who were seen lately, and forgets the others.
func (s *seen) unknown(touches []store.Touch) []store.Touch {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for key, at := range s.at {
		if now.Sub(at) > seenFor {
			delete(s.at, key)
		}
	}
	var out []store.Touch
	for _, t := range touches {
		if _, ok := s.at[t.Key]; !ok {
			out = append(out, t)
		}
	}
	return out
}

// forgetAll is called when another process is gone: whom it was about to wake
// nobody knows.
func (s *seen) forgetAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.at)
}

// scanLoop finds, at the start and every second, who is behind and has no
// live job: the process that committed the touch died before it woke anybody,
// or was another program.
func (q *Queue) scanLoop(ctx context.Context) {
	tick := time.NewTicker(scanEvery)
	defer tick.Stop()
	var failing alarm
	for limit := scanLimit; ctx.Err() == nil; {
		next, err := q.scan(ctx, limit)
		failing.note(ctx, q.Log, "scan failed; it is tried again", err)
		limit = next
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// scan makes a job for whoever is behind and has none. It answers the limit
// for the next scan: more, where this one was full and nobody waits for the
// waker.
func (q *Queue) scan(ctx context.Context, limit int) (next int, err error) {
	ctx, cancel := context.WithTimeout(ctx, scanTimeout)
	defer cancel()
	behind, err := q.Store.Behind(ctx, limit)
	if err != nil {
		return scanLimit, err
	}
	missing := q.waker.without(q.seen.unknown(behind))
	for part := range slices.Chunk(missing, batchSize) {
		some := make([]waiter, len(part))
		for i, t := range part {
			some[i].Touch = t
		}
		_, waiting, err := q.insert(ctx, some)
		if err == nil {
			err = q.moveUp(ctx, q.touchedSince(ctx, waiting))
		}
		if err != nil {
			return scanLimit, err
		}
	}
	q.scanned()
	switch {
	case len(behind) < limit || !q.waker.isEmpty():
		return scanLimit, nil
	case len(missing) == 0:
		return min(2*limit, scanMost), nil
	}
	return min(2*limit, scanMore), nil
}

// touchedSince leaves out the jobs whose last run said when to look again: a
// leaver who drains must not be woken by every scan. A person who is pending
// was touched after that run, by a process that woke nobody.
func (q *Queue) touchedSince(ctx context.Context, waiting []late) []late {
	return slices.DeleteFunc(waiting, func(l late) bool {
		p, err := q.Store.Person(ctx, l.touch.Key)
		return err != nil || p.State != store.Pending
	})
}

func (q *Queue) scanned() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.lastScan = time.Now()
}
