package flexhttp

import (
	"container/heap"
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/flexscim/flexscim/flex"
)

// The pause after a 429 that names none: it doubles from one to the next.
// Source: https://www.twilio.com/docs/api/errors/20429 (exponential back-off)
const (
	firstPause = time.Second
	maxPause   = time.Minute
)

// Pace is a picture of the limiter.
type Pace struct {
	InFlight    int       // calls that Twilio has now
	Waiting     int       // calls that wait for their turn
	Limit       int       // our share of the concurrency
	PausedUntil time.Time // zero where nothing is paused
}

// pace is the budget of the account: so many calls at once, so many a second.
// A call that waits has a priority (flex.PriorityOf); among equals the first
// goes first. A 429 pauses everybody; afterwards half as many calls run at
// once, and one more for each round that succeeds.
type pace struct {
	mu          sync.Mutex
	concurrency int           // the account's
	rate        float64       // the account's; 0: none
	limit       int           // our share
	allowed     float64       // 1…limit, what the last 429 left
	bucket      *rate.Limiter // our share; nil: none
	inFlight    int
	waiting     waiters
	arrivals    uint64
	pausedUntil time.Time
	pauses      int         // 429s since the last success, one for each pause
	epoch       int         // counts pauses: a 429 to a call from before one is no news
	wake        *time.Timer // nil: nothing waits for time to pass
}

func newPace(concurrency int, perSecond float64) *pace {
	p := &pace{concurrency: concurrency, rate: perSecond}
	p.setShare(1)
	p.allowed = float64(p.limit)
	return p
}

// setShare divides the budget among n replicas.
func (p *pace) setShare(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n = max(n, 1)
	p.limit = max(p.concurrency/n, 1)
	p.allowed = min(max(p.allowed, 1), float64(p.limit))
	if p.rate > 0 {
		share := p.rate / float64(n)
		p.bucket = rate.NewLimiter(rate.Limit(share), max(int(share/10), 1))
	}
	p.dispatch()
}

func (p *pace) stats() Pace {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := Pace{InFlight: p.inFlight, Waiting: len(p.waiting), Limit: p.limit}
	if time.Now().Before(p.pausedUntil) {
		s.PausedUntil = p.pausedUntil
	}
	return s
}

// turn is the right to make one call. It must be given back by done.
type turn struct {
	pace  *pace
	epoch int
}

// pausedError is a wait that would be in vain: ctx ends before the pause does.
type pausedError struct{ left time.Duration }

func (pausedError) Error() string {
	return "everybody pauses after a 429, longer than the call may take"
}

// wait returns when the call may leave, or with ctx's error, or at once with a
// pausedError.
func (p *pace) wait(ctx context.Context) (turn, error) {
	if err := ctx.Err(); err != nil {
		return turn{}, err
	}
	w, err := p.enter(ctx)
	if err != nil {
		return turn{}, err
	}
	select {
	case t := <-w.ready:
		return t, nil
	case <-ctx.Done():
		p.leave(w)
		return turn{}, ctx.Err()
	}
}

func (p *pace) enter(ctx context.Context) (*waiter, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if end, ok := ctx.Deadline(); ok && end.Before(p.pausedUntil) {
		return nil, pausedError{time.Until(p.pausedUntil)}
	}
	p.arrivals++
	w := &waiter{priority: flex.PriorityOf(ctx), arrival: p.arrivals, ready: make(chan turn, 1)}
	heap.Push(&p.waiting, w)
	p.dispatch()
	return w, nil
}

// leave takes a waiter out of the queue, or gives back the turn that it got at
// the last moment.
func (p *pace) leave(w *waiter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w.place >= 0 {
		heap.Remove(&p.waiting, w.place)
		return
	}
	p.inFlight--
	p.dispatch()
}

// dispatch gives out turns while there are any, then sees to it that it is
// called again when time alone makes a difference. p.mu is held.
func (p *pace) dispatch() {
	now := time.Now()
	for len(p.waiting) > 0 && p.inFlight < int(p.allowed) {
		if again := p.closedFor(now); again > 0 {
			p.wakeAfter(again)
			return
		}
		w := heap.Pop(&p.waiting).(*waiter)
		p.inFlight++
		w.ready <- turn{p, p.epoch}
	}
}

// closedFor is how long nobody may leave; where it is 0, a token of the bucket
// has been taken.
func (p *pace) closedFor(now time.Time) time.Duration {
	if pause := p.pausedUntil.Sub(now); pause > 0 {
		return pause
	}
	if p.bucket == nil || p.bucket.AllowN(now, 1) {
		return 0
	}
	missing := 1 - p.bucket.TokensAt(now)
	return max(time.Duration(missing/float64(p.bucket.Limit())*float64(time.Second)), time.Microsecond)
}

func (p *pace) wakeAfter(d time.Duration) {
	if p.wake != nil {
		p.wake.Stop()
	}
	p.wake = time.AfterFunc(d, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.dispatch()
	})
}

// done gives the turn back and learns from what the call came to.
func (t turn) done(failure *flex.Error) {
	p := t.pace
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inFlight--
	switch {
	case failure == nil:
		p.pauses = 0
		p.allowed = min(p.allowed+1/p.allowed, float64(p.limit))
	case failure.Kind == flex.Slow:
		p.pause(t.epoch, failure.RetryAfter)
	}
	p.dispatch()
}

// pause stops everybody. The calls that were under way when a pause began
// share it: their 429s can make it longer, not double it.
func (p *pace) pause(epoch int, asked time.Duration) {
	if epoch == p.epoch {
		p.epoch++
		p.pauses++
		p.allowed = max(p.allowed/2, 1)
		if asked == 0 {
			asked = min(firstPause<<min(p.pauses-1, 6), maxPause)
			asked = asked/2 + rand.N(asked/2+1) // jitter: replicas must not come back together
		}
	}
	if until := time.Now().Add(asked); asked > 0 && until.After(p.pausedUntil) {
		p.pausedUntil = until
	}
}

// waiter is a call that waits for its turn.
type waiter struct {
	priority flex.Priority
	arrival  uint64
	place    int // in the heap; -1 once it is out
	ready    chan turn
}

// waiters is a heap: leavers first, then by arrival.
type waiters []*waiter

func (w waiters) Len() int { return len(w) }

func (w waiters) Less(i, j int) bool {
	if w[i].priority != w[j].priority {
		return w[i].priority < w[j].priority
	}
	return w[i].arrival < w[j].arrival
}

func (w waiters) Swap(i, j int) {
	w[i], w[j] = w[j], w[i]
	w[i].place, w[j].place = i, j
}

// Push is for container/heap.
func (w *waiters) Push(x any) {
	one := x.(*waiter)
	one.place = len(*w)
	*w = append(*w, one)
}

// Pop is for container/heap.
func (w *waiters) Pop() any {
	old := *w
	last := old[len(old)-1]
	old[len(old)-1] = nil
	last.place = -1
	*w = old[:len(old)-1]
	return last
}
