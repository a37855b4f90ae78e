package flexhttp

import (
	"cmp"
	"context"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/flexscim/flexscim/flex"
)

// These constants are the first and the longest pause after a 429 without
// Retry-After. Each further pause is twice as long as the previous pause.
// Source: https://www.twilio.com/docs/api/errors/20429 (exponential backoff)
const (
	firstPause = time.Second
	maxPause   = time.Minute
)

// LimiterState is the state of the limiter.
type LimiterState struct {
	InFlight    int       // calls under way
	Waiting     int       // calls that wait for a slot
	Limit       int       // our share of the concurrent calls
	PausedUntil time.Time // zero: not paused
	Outage      bool      // Twilio does not answer, so only probes are sent
}

// limiter limits concurrent calls, and calls per second. Waiting calls are sent by
// priority (flex.PriorityOf). Within a priority, callers (flex.CallerOf) take turns,
// and the calls of a caller are sent by arrival. A 429 pauses all calls, and halves n,
// the number of calls that may be concurrent. After n successful calls, n increases
// by one (additive increase, multiplicative decrease).
type limiter struct {
	mu          sync.Mutex
	concurrency int           // the account's
	rate        float64       // the account's; 0: none
	limit       int           // our share
	allowed     float64       // how many calls may be concurrent now, 1…limit; a 429 halves it
	bucket      *rate.Limiter // our share; nil: none
	inFlight    int
	waiting     []*waiter      // by arrival
	turns       int            // number of calls that have got a slot
	lastTurn    map[string]int // :: caller → the value of limiter.turns when the caller's last call got a slot
	pausedUntil time.Time
	pauses      int // since the last success
	epoch       int // number of pauses so far; identifies calls that were sent before the last pause
	outage      outage
	hold        func(begins bool)        // the argument of Client.Hold; nil: calls fail during an outage
	interaction map[string]*rate.Limiter // :: HTTP method → our share of the Interactions API's limit
	wake        *time.Timer              // calls the method dispatch after a pause, or when the rate allows a call
}

func newLimiter(concurrency int, perSecond float64) *limiter {
	l := &limiter{concurrency: concurrency, rate: perSecond, lastTurn: map[string]int{}}
	l.setShare(1)
	l.allowed = float64(l.limit)
	return l
}

// setShare divides the limits by n replicas.
func (l *limiter) setShare(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n = max(n, 1)
	l.limit = max(l.concurrency/n, 1)
	l.allowed = min(max(l.allowed, 1), float64(l.limit))
	if l.rate > 0 {
		share := l.rate / float64(n)
		l.bucket = rate.NewLimiter(rate.Limit(share), max(int(share/10), 1))
	}
	l.interaction = map[string]*rate.Limiter{}
	for _, method := range []string{http.MethodGet, http.MethodPost} { // flexscim uses each method with one endpoint only
		l.interaction[method] = rate.NewLimiter(rate.Limit(flex.InteractionsPerSecond)/rate.Limit(n), 1)
	}
	l.dispatch()
}

func (l *limiter) stats() LimiterState {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := LimiterState{InFlight: l.inFlight, Waiting: len(l.waiting), Limit: l.limit}
	if time.Now().Before(l.pausedUntil) {
		s.PausedUntil = l.pausedUntil
	}
	s.Outage = l.outage.open
	return s
}

// isOut reports whether Twilio does not answer.
func (l *limiter) isOut() bool { return l.stats().Outage }

// pauseLeft returns the time until the end of the pause, or a negative time.
func (l *limiter) pauseLeft() time.Duration { return time.Until(l.stats().PausedUntil) }

// waitForInteractions waits until a call of the Interactions API may be sent. If
// ctx would end before that time, waitForInteractions immediately returns a
// pausedError.
func (l *limiter) waitForInteractions(ctx context.Context, method string) error {
	l.mu.Lock()
	limit := l.interaction[method]
	l.mu.Unlock()
	if limit == nil || limit.Wait(ctx) == nil {
		return nil
	}
	return cmp.Or(ctx.Err(), error(pausedError{time.Second}))
}

// slot is the right to make one call; slot.done returns it to the limiter.
type slot struct {
	limiter *limiter
	epoch   int
	probe   bool // the call shows whether an outage is over
}

// pausedError is the error of a call whose context ends before the pause ends.
type pausedError struct{ left time.Duration }

func (pausedError) Error() string {
	return "all calls are paused after a 429 for longer than this call may take"
}

// outageError is the error of a call during an outage.
type outageError struct{}

func (outageError) Error() string { return "Twilio does not answer, so only probes are sent" }

// wait returns a slot as soon as the call may be sent, or ctx's error if ctx ends
// first. If ctx would end during a pause, wait immediately returns a pausedError.
func (l *limiter) wait(ctx context.Context) (slot, error) {
	if err := ctx.Err(); err != nil {
		return slot{}, err
	}
	w, err := l.enter(ctx)
	if err != nil {
		return slot{}, err
	}
	select {
	case s := <-w.ready:
		return s, nil
	case <-ctx.Done():
		l.leave(w)
		return slot{}, ctx.Err()
	}
}

func (l *limiter) enter(ctx context.Context) (*waiter, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if end, ok := ctx.Deadline(); ok && end.Before(l.pausedUntil) {
		return nil, pausedError{time.Until(l.pausedUntil)}
	}
	if l.hold == nil && l.outage.closedFor(time.Now()) != 0 {
		return nil, outageError{}
	}
	w := &waiter{flex.PriorityOf(ctx), flex.CallerOf(ctx), make(chan slot, 1)}
	l.waiting = append(l.waiting, w)
	l.dispatch()
	return w, nil
}

// leave removes a waiter. A slot that the waiter has received meanwhile is given
// back.
func (l *limiter) leave(w *waiter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := slices.Index(l.waiting, w); i >= 0 {
		l.waiting = slices.Delete(l.waiting, i, i+1)
		return
	}
	l.inFlight--
	if s := <-w.ready; s.probe {
		l.outage.abandoned()
	}
	l.dispatch()
}

// dispatch gives free slots to waiting calls. If no call may be sent yet, dispatch
// schedules its next call. The caller must hold l.mu.
func (l *limiter) dispatch() {
	now := time.Now()
	for len(l.waiting) > 0 && l.inFlight < int(l.allowed) {
		again := l.closedFor(now)
		if again > 0 {
			l.wakeAfter(again)
		}
		if again != 0 {
			return
		}
		l.inFlight++
		l.outage.probing = l.outage.open
		l.next().ready <- slot{l, l.epoch, l.outage.open}
	}
}

// next removes the waiting call whose turn it is, and returns it. Among the callers
// of the most urgent calls, it is the turn of the caller whose last turn is the
// longest time ago; this caller's first urgent call is removed.
func (l *limiter) next() *waiter {
	w := slices.MinFunc(l.waiting, func(a, b *waiter) int {
		return cmp.Or(cmp.Compare(a.priority, b.priority), cmp.Compare(l.lastTurn[a.caller], l.lastTurn[b.caller]))
	})
	i := slices.Index(l.waiting, w)
	l.waiting = slices.Delete(l.waiting, i, i+1)
	l.turns++
	l.lastTurn[w.caller] = l.turns
	return w
}

// closedFor returns the time until a call may be sent. The result is negative if
// this time depends on a probe that is under way. The result is 0 if a call may be
// sent now; if calls per second are limited, closedFor has then taken a token for
// this call from the bucket.
func (l *limiter) closedFor(now time.Time) time.Duration {
	if pause := l.pausedUntil.Sub(now); pause > 0 {
		return pause
	}
	if outage := l.outage.closedFor(now); outage != 0 {
		return outage
	}
	if l.bucket == nil || l.bucket.AllowN(now, 1) {
		return 0
	}
	missing := 1 - l.bucket.TokensAt(now)
	return max(time.Duration(missing/float64(l.bucket.Limit())*float64(time.Second)), time.Microsecond)
}

func (l *limiter) wakeAfter(d time.Duration) {
	if l.wake != nil {
		l.wake.Stop()
	}
	l.wake = time.AfterFunc(d, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.dispatch()
	})
}

// done gives the slot back and adjusts the limits to the result of the call. The
// argument cancelled is true if the caller ended the call before the call had a
// result.
func (s slot) done(failure *flex.Error, cancelled bool) {
	changed, begins := s.release(failure, cancelled)
	if changed && s.limiter.hold != nil {
		s.limiter.hold(begins)
	}
}

// release gives the slot back and adjusts the limits. The result changed is true if
// an outage begins or ends; begins is true if the outage begins.
func (s slot) release(failure *flex.Error, cancelled bool) (changed, begins bool) {
	l := s.limiter
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inFlight--
	switch {
	case cancelled && s.probe:
		l.outage.abandoned()
	case cancelled:
	case failure != nil && (failure.Kind == flex.Down || failure.Kind == flex.Uncertain):
		changed, begins = l.outage.unanswered(time.Now(), s.probe), true
	default:
		changed = l.outage.answered()
	}
	switch {
	case failure == nil:
		l.pauses = 0
		l.allowed = min(l.allowed+1/l.allowed, float64(l.limit))
	case failure.Kind == flex.Slow:
		l.pause(s.epoch, failure.RetryAfter)
	}
	l.dispatch()
	return changed, begins
}

// pause stops all calls. If the call that got the 429 was sent before the current
// pause, its Retry-After can make this pause longer, but the 429 does not start
// another pause.
func (l *limiter) pause(epoch int, asked time.Duration) {
	if epoch == l.epoch {
		l.epoch++
		l.pauses++
		l.allowed = max(l.allowed/2, 1)
		if asked == 0 {
			asked = min(firstPause<<min(l.pauses-1, 6), maxPause)
			asked = asked/2 + rand.N(asked/2+1) // jitter, so that replicas do not resume at the same time
		}
	}
	if until := time.Now().Add(asked); asked > 0 && until.After(l.pausedUntil) {
		l.pausedUntil = until
	}
}

// waiter is a call that waits for a slot.
type waiter struct {
	priority flex.Priority
	caller   string
	ready    chan slot
}
