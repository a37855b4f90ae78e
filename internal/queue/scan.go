package queue

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/flexscim/flexscim/internal/store"
)

const (
	scanEvery   = time.Second
	scanLimit   = 1000             // people in one scan, at first
	scanMore    = 8 * scanLimit    // each full scan that finds people without jobs doubles the limit, up to this
	scanMost    = 64 * scanLimit   // each full scan that finds only people with jobs doubles the limit, up to this
	scanTimeout = 30 * time.Second // for one scan
	queuedFor   = 5 * time.Second  // how long the scan skips a person whose job was inserted
)

// queued remembers people whose job was inserted recently, so that scans during
// an import do not insert a thousand duplicates per second.
type queued struct {
	mu sync.Mutex
	at map[store.PersonKey]time.Time
}

func (s *queued) init() { s.at = map[store.PersonKey]time.Time{} }

func (s *queued) add(touches []store.Touch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for _, t := range touches {
		s.at[t.Key] = now
	}
}

// forget removes a person whose job has ended.
func (s *queued) forget(key store.PersonKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.at, key)
}

// exclude returns the touches of people whose job was not inserted recently.
func (s *queued) exclude(touches []store.Touch) []store.Touch {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	maps.DeleteFunc(s.at, func(_ store.PersonKey, at time.Time) bool { return now.Sub(at) > queuedFor })
	return slices.DeleteFunc(slices.Clone(touches), func(t store.Touch) bool {
		_, queued := s.at[t.Key]
		return queued
	})
}

// forgetAll removes all people. The heartbeat calls it when another replica has
// died, because that replica may have died before it inserted the jobs of people
// whom it touched.
func (s *queued) forgetAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.at)
}

// scanLoop scans at the start and then every second. A person can have a newer
// generation and no live job if the process that touched the person died before it
// inserted a job, or if that process was a command such as `flexscim sync`, which
// inserts no jobs.
func (q *Queue) scanLoop(ctx context.Context) {
	limit := scanLimit
	q.repeat(ctx, scanEvery, "the scan for people without a job failed; retrying", func(ctx context.Context) (err error) {
		limit, err = q.scan(ctx, limit)
		return err
	})
}

// scan inserts a job for each person who has a newer generation and no job. It
// returns the limit for the next scan. If the scan found as many people as the
// limit and the wake set is empty, the next limit is higher, so that the next scan
// also reaches people without jobs who come after many people with jobs.
func (q *Queue) scan(ctx context.Context, limit int) (next int, err error) {
	ctx, cancel := context.WithTimeout(ctx, scanTimeout)
	defer cancel()
	behind, more, err := q.Store.Behind(ctx, limit)
	if err != nil {
		return scanLimit, err
	}
	missing := q.waiting.exclude(q.queued.exclude(behind))
	for part := range slices.Chunk(missing, batchSize) {
		some := make([]wakeup, len(part))
		for i, t := range part {
			some[i].Touch = t
		}
		_, waiting, err := q.insert(ctx, some)
		if err == nil {
			err = q.moveUp(ctx, q.onlyPending(ctx, waiting))
		}
		if err != nil {
			return scanLimit, err
		}
	}
	q.setScanned()
	switch {
	case !more || !q.waiting.isEmpty():
		return scanLimit, nil
	case len(missing) == 0:
		return min(2*limit, scanMost), nil
	}
	return min(2*limit, scanMore), nil
}

// onlyPending returns the jobs of people whom a process touched after their last run
// without inserting a job. If the last run of a job snoozed the job, for
// example because a leaver's live work continues, onlyPending omits the job,
// because a scan must not wake it.
func (q *Queue) onlyPending(ctx context.Context, waiting []waitingJob) []waitingJob {
	return slices.DeleteFunc(waiting, func(w waitingJob) bool {
		p, err := q.Store.Person(ctx, w.touch.Key)
		return err != nil || p.State != store.Pending
	})
}
