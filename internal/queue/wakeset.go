package queue

import (
	"sync"
	"time"

	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/turns"
)

// Requests of the IdP have priority over jobs, so that an import gets fast
// responses. While the IdP is busy, jobs are inserted at a limited rate. The
// IdP is busy if it sends at least busyRequests requests in a window, or
// touches at least busyRequests people. It is also busy if, on average,
// busyConcurrent of its requests run at the same time: an overloaded machine
// completes too few requests in a window to reach busyRequests. The limit for
// leavers is the number of leavers that Twilio can handle in a window.
const (
	window         = 250 * time.Millisecond
	busyRequests   = 50     // requests or people in a window; this is 200 per second
	busyConcurrent = 4      // concurrent requests, on average in a window
	limitedJobs    = 25     // jobs inserted in a window while the IdP is busy
	limitedLeavers = 50     // leavers' jobs inserted in a window while the IdP is busy
	maxWaiting     = 10_000 // maximum number of people in the set; only leavers may exceed it; the scan finds all other people
)

// windowCount counts the events in the current window of time and in the previous
// window.
type windowCount struct {
	begun   time.Time // when the current window began
	current int       // events in the current window
	last    int       // events in the previous window
}

// add counts n more events.
func (c *windowCount) add(now time.Time, n int) {
	switch age := now.Sub(c.begun); {
	case age >= 2*window:
		*c = windowCount{begun: now}
	case age >= window:
		*c = windowCount{begun: now, last: c.current}
	}
	c.current += n
}

// max returns the larger of the counts of the current window and the previous
// window.
func (c *windowCount) max(now time.Time) int {
	c.add(now, 0)
	return max(c.last, c.current)
}

// wakeup is a person who waits for a job.
type wakeup struct {
	store.Touch

	since   time.Time // time of the first touch; zero if unknown
	recheck bool      // the person's job was running, so its run may have reconciled the person since the touch
}

// wakeSet contains the people who wait for a job. Each person is in the set only
// once. A wakeSet is safe for concurrent use.
type wakeSet struct {
	clock   func() time.Time
	changed chan struct{} // contains a signal after people were added

	mu        sync.Mutex
	people    map[store.PersonKey]*wakeup
	lines     map[store.Urgency]*turns.Queue[*wakeup] // contains the same people as the field people; in each line, connections take turns
	requests  windowCount                             // requests of the IdP
	latency   windowCount                             // total duration of these requests, in microseconds
	touches   windowCount
	leavers   windowCount // leavers whom wakeSet.take returned
	lastBatch time.Time   // when the last limited batch was taken
}

func (s *wakeSet) init() {
	s.clock = time.Now
	s.changed = make(chan struct{}, 1)
	s.people = map[store.PersonKey]*wakeup{}
	s.lines = map[store.Urgency]*turns.Queue[*wakeup]{}
	for u := store.Leaving; u <= store.Sweeping; u++ {
		s.lines[u] = &turns.Queue[*wakeup]{}
	}
}

// add puts people into the set. If a person is already in the set, the person keeps
// the more urgent of the two touches.
func (s *wakeSet) add(touches []store.Touch, recheck bool) {
	s.mu.Lock()
	now := s.clock()
	if !recheck {
		s.touches.add(now, len(touches))
	}
	for _, t := range touches {
		s.put(wakeup{t, now, recheck})
	}
	s.mu.Unlock()
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// put adds a wake-up, or merges it with an earlier wake-up of the same person.
func (s *wakeSet) put(w wakeup) {
	if old, ok := s.people[w.Key]; ok {
		w.since, w.recheck = old.since, old.recheck && w.recheck
		if w.Urgency >= old.Urgency {
			old.recheck = w.recheck
			return
		}
		s.lines[old.Urgency].Remove(string(w.Key.Connection), func(other *wakeup) bool { return other == old })
		delete(s.people, w.Key)
	}
	if w.Urgency == store.Leaving || len(s.people) < maxWaiting || s.hasRoom(w.Key.Connection) {
		s.people[w.Key] = &w
		s.lines[w.Urgency].Push(string(w.Key.Connection), &w)
	}
}

// hasRoom reports whether a connection has less than its share of a full set, so
// that other connections cannot keep its people out.
func (s *wakeSet) hasRoom(c store.ConnectionID) bool {
	own, shares := 0, 0
	for _, l := range s.lines {
		own += l.LenOf(string(c))
		shares += l.Owners()
	}
	return own < maxWaiting/max(shares, 2)
}

// observeRequest counts a request of the IdP and the time that it took.
func (s *wakeSet) observeRequest(took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock()
	s.requests.add(now, 1)
	s.latency.add(now, int(took.Microseconds()))
}

// isBusy reports whether the IdP is busy, as the constants above define it.
func (s *wakeSet) isBusy(now time.Time) bool {
	return max(s.requests.max(now), s.touches.max(now)) >= busyRequests ||
		s.latency.max(now) >= busyConcurrent*int(window.Microseconds())
}

// wakeSet.take removes people from the set and returns them: at most limit people,
// the most urgent first. If there are leavers, it returns only leavers. Their jobs
// are then inserted in a statement of their own, which is small and therefore fast. If the window's limit for leavers is reached, it returns
// other people, so that a connection with many leavers does not delay everybody
// else. If people are left in the set, the result again is the time until the next
// call of wakeSet.take.
func (s *wakeSet) take(limit int) (some []wakeup, again time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock()
	busy := s.isBusy(now)
	if s.lines[store.Leaving].Len() > 0 {
		if some, again = s.takeLeavers(now, busy, limit); len(some) > 0 {
			return some, again
		}
	}
	if busy {
		if left := window - now.Sub(s.lastBatch); left > 0 {
			return nil, sooner(again, left)
		}
		s.lastBatch = now
		limit, again = min(limit, limitedJobs), sooner(again, window)
	}
	for u := store.Changing; u <= store.Sweeping; u++ {
		some = s.remove(some, u, limit)
	}
	return some, again
}

// sooner returns the shorter of the times a and b. If a is 0, this time is unknown,
// and sooner returns b.
func sooner(a, b time.Duration) time.Duration {
	if a == 0 {
		return b
	}
	return min(a, b)
}

func (s *wakeSet) takeLeavers(now time.Time, busy bool, limit int) (some []wakeup, again time.Duration) {
	s.leavers.add(now, 0)
	if busy {
		if limit = min(limit, limitedLeavers-s.leavers.current); limit <= 0 {
			return nil, window - now.Sub(s.leavers.begun)
		}
	}
	some = s.remove(nil, store.Leaving, limit)
	s.leavers.add(now, len(some))
	return some, 0
}

func (s *wakeSet) remove(some []wakeup, u store.Urgency, limit int) []wakeup {
	for len(some) < limit {
		w, ok := s.lines[u].Pop()
		if !ok {
			break
		}
		some = append(some, *w)
		delete(s.people, w.Key)
	}
	return some
}

// isEmpty reports whether the set is empty.
func (s *wakeSet) isEmpty() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.people) == 0
}

// exclude returns the touches of people who are not in the set. While the IdP is
// busy, it returns the touches of all leavers among them, but of at most
// limitedJobs other people.
func (s *wakeSet) exclude(touches []store.Touch) (rest []store.Touch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	busy, others := s.isBusy(s.clock()), 0
	for _, t := range touches {
		if _, waits := s.people[t.Key]; waits {
			continue
		}
		if t.Urgency != store.Leaving {
			if others++; busy && others > limitedJobs {
				continue
			}
		}
		rest = append(rest, t)
	}
	return rest
}
