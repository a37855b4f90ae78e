package queue

import (
	"sync"
	"time"

	"github.com/flexscim/flexscim/internal/store"
)

// The IdP goes first: while it asks, or touches people, more than rushFrom times in
// a window, or waits for crowdFrom answers at once, jobs are made at a measured
// pace. An import is answered fast that way, and Flex follows; on a machine that
// has too much to do as well, where few requests come because each waits long.
// Leavers go at once, unless there are more of them than Twilio takes in a
// window anyway.
const (
	window     = 250 * time.Millisecond
	rushFrom   = 50     // in a window: 200 a second
	crowdFrom  = 4      // on average of a window
	pacedBatch = 25     // jobs made in a window meanwhile
	pacedLeave = 50     // leavers' jobs made in a window meanwhile
	mostWaking = 10_000 // touches held in memory; the scan finds the rest
)

// rush counts what the IdP does in windows of time.
type rush struct {
	begun time.Time // of the window
	count int       // in it
	last  int       // in the one before
}

// add counts n more.
func (r *rush) add(now time.Time, n int) {
	switch age := now.Sub(r.begun); {
	case age >= 2*window:
		*r = rush{begun: now}
	case age >= window:
		*r = rush{begun: now, last: r.count}
	}
	r.count += n
}

// most is the larger number of this window and the one before.
func (r *rush) most(now time.Time) int {
	r.add(now, 0)
	return max(r.last, r.count)
}

// touched is when a touch came, and whether the person may have been served
// since.
type touched struct {
	at      time.Time
	recheck bool
}

// waker holds the persons who are to be woken, each once.
type waker struct {
	clock func() time.Time
	bell  chan struct{} // one place: somebody waits

	mu       sync.Mutex
	of       map[store.Urgency]map[store.PersonKey]touched
	requests rush
	waits    rush // microseconds that requests took
	touches  rush
	leavers  rush      // taken
	paced    time.Time // when the last measured batch was taken
}

func (w *waker) init() {
	w.clock = time.Now
	w.bell = make(chan struct{}, 1)
	w.of = map[store.Urgency]map[store.PersonKey]touched{}
	for u := store.Leaving; u <= store.Sweeping; u++ {
		w.of[u] = map[store.PersonKey]touched{}
	}
}

// add puts touches into the set; the more urgent one stays.
func (w *waker) add(touches []store.Touch, recheck bool) {
	w.mu.Lock()
	now := w.clock()
	if !recheck {
		w.touches.add(now, len(touches))
	}
	for _, t := range touches {
		w.put(t, touched{now, recheck})
	}
	w.mu.Unlock()
	w.ring()
}

// put keeps a touch beside, or instead of, the one that waits already.
func (w *waker) put(t store.Touch, next touched) {
	urgency := t.Urgency
	for u, set := range w.of {
		old, ok := set[t.Key]
		if !ok {
			continue
		}
		delete(set, t.Key)
		urgency = min(urgency, u)
		next = touched{old.at, old.recheck && next.recheck}
	}
	if w.size() < mostWaking || urgency == store.Leaving {
		w.of[urgency][t.Key] = next
	}
}

func (w *waker) size() (n int) {
	for _, set := range w.of {
		n += len(set)
	}
	return n
}

// asked counts a request of the IdP's, which took so long.
func (w *waker) asked(took time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.clock()
	w.requests.add(now, 1)
	w.waits.add(now, int(took.Microseconds()))
}

// isRushed says whether the IdP asks for more than it and the engine can have
// at once.
func (w *waker) isRushed(now time.Time) bool {
	return max(w.requests.most(now), w.touches.most(now)) >= rushFrom ||
		w.waits.most(now) >= crowdFrom*int(window.Microseconds())
}

func (w *waker) ring() {
	select {
	case w.bell <- struct{}{}:
	default:
	}
}

// waiter is a person taken out of the set.
type waiter struct {
	store.Touch
	touched
}

func touchesOf(some []waiter) []store.Touch {
	touches := make([]store.Touch, len(some))
	for i, w := range some {
		touches[i] = w.Touch
	}
	return touches
}

// take removes at most limit persons, the most urgent ones. Leavers come
// alone: a small insert is a fast one. again says when to take more, where
// somebody is left.
func (w *waker) take(limit int) (some []waiter, again time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.clock()
	rushed := w.isRushed(now)
	if len(w.of[store.Leaving]) > 0 {
		return w.takeLeavers(now, rushed, limit)
	}
	if rushed {
		if left := window - now.Sub(w.paced); left > 0 {
			return nil, left
		}
		w.paced = now
		limit, again = min(limit, pacedBatch), window
	}
	for u := store.Changing; u <= store.Sweeping; u++ {
		some = w.remove(some, u, limit)
	}
	return some, again
}

func (w *waker) takeLeavers(now time.Time, rushed bool, limit int) (some []waiter, again time.Duration) {
	w.leavers.add(now, 0)
	if rushed {
		if limit = min(limit, pacedLeave-w.leavers.count); limit <= 0 {
			return nil, window - now.Sub(w.leavers.begun)
		}
	}
	some = w.remove(nil, store.Leaving, limit)
	w.leavers.add(now, len(some))
	return some, 0
}

func (w *waker) remove(some []waiter, u store.Urgency, limit int) []waiter {
	for key, t := range w.of[u] {
		if len(some) == limit {
			break
		}
		some = append(some, waiter{store.Touch{Key: key, Urgency: u}, t})
		delete(w.of[u], key)
	}
	return some
}

// isEmpty reports whether nobody waits.
func (w *waker) isEmpty() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.size() == 0
}

// without leaves out those who wait here; and while the IdP goes first, all
// but leavers and one measured batch: for them there is time.
func (w *waker) without(touches []store.Touch) (rest []store.Touch) {
	w.mu.Lock()
	defer w.mu.Unlock()
	rushed, others := w.isRushed(w.clock()), 0
	for _, t := range touches {
		if w.holds(t.Key) {
			continue
		}
		if t.Urgency != store.Leaving {
			if others++; rushed && others > pacedBatch {
				continue
			}
		}
		rest = append(rest, t)
	}
	return rest
}

func (w *waker) holds(key store.PersonKey) bool {
	for _, set := range w.of {
		if _, ok := set[key]; ok {
			return true
		}
	}
	return false
}
