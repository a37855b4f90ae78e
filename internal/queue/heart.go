package queue

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/flexscim/flexscim/internal/logfield"
	"github.com/flexscim/flexscim/internal/store"
)

// A replica beats every second. Others take its people over once its last
// beat is deadAfter old; it stops acting for them before, at fenceAfter, by
// its own clock, counted from before that beat was sent.
const (
	beatEvery   = time.Second
	beatTimeout = 1500 * time.Millisecond
	fenceAfter  = 2 * time.Second
	deadAfter   = 3 * time.Second
)

// errFenced ends the runs of a replica that may have been declared dead.
var errFenced = errors.New("this replica's heart has not beaten for 2 s")

// heart is the fence: runs are bound to it and end when it stands still. With
// SQLite nobody can take anything over, and it beats for ever.
type heart struct {
	mu      sync.Mutex
	alive   context.Context // done: fenced
	fence   context.CancelCauseFunc
	back    chan struct{} // closed when it beats (again)
	timer   *time.Timer   // nil: never fenced
	stopped chan struct{} // closed by stop
}

func newHeart() *heart {
	h := &heart{back: make(chan struct{}), stopped: make(chan struct{})}
	h.alive, h.fence = context.WithCancelCause(context.Background())
	close(h.back)
	return h
}

// beat says that a beat that was sent at the given time has arrived.
func (h *heart) beat(sent time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	left := fenceAfter - time.Since(sent)
	if left <= 0 {
		return
	}
	if h.alive.Err() != nil {
		h.alive, h.fence = context.WithCancelCause(context.Background())
		close(h.back)
	}
	if h.timer != nil {
		h.timer.Stop()
	}
	alive, fence := h.alive, h.fence
	h.timer = time.AfterFunc(left, func() { h.stall(alive, fence) })
}

// stall fences, unless a beat came in the last moment.
func (h *heart) stall(alive context.Context, fence context.CancelCauseFunc) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.alive != alive || alive.Err() != nil {
		return
	}
	h.back = make(chan struct{})
	fence(errFenced)
}

// hold binds a run to the heart.
func (h *heart) hold(ctx context.Context) (context.Context, func()) {
	h.mu.Lock()
	alive := h.alive
	h.mu.Unlock()
	ctx, cancel := context.WithCancelCause(ctx)
	if alive.Err() != nil {
		cancel(errFenced)
	}
	unbind := context.AfterFunc(alive, func() { cancel(errFenced) })
	return ctx, func() { unbind(); cancel(nil) }
}

// beats reports whether this replica may act.
func (h *heart) beats() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.alive.Err() == nil
}

// wait returns true when it beats again, false when the queue stops first.
func (h *heart) wait(ctx context.Context) bool {
	h.mu.Lock()
	back := h.back
	h.mu.Unlock()
	select {
	case <-back:
		return true
	case <-h.stopped:
	case <-ctx.Done():
	}
	return false
}

// stop ends the waiting.
func (h *heart) stop() { close(h.stopped) }

// beatLoop keeps this replica alive in the others' eyes, and takes over from
// those that are not.
func (q *Queue) beatLoop(ctx context.Context) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	var failing alarm
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		failing.note(ctx, q.Log, "heartbeat failed; it is tried again", q.beatOnce(ctx))
	}
}

// beatOnce beats, gives the jobs of replicas that are gone to those that are
// alive, and tells how many these are, when it changes.
func (q *Queue) beatOnce(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, beatTimeout)
	defer cancel()
	sent := time.Now()
	var gone []string
	err := q.Store.Write(ctx, store.AnyKey, func(tx *store.Tx) (err error) {
		if gone, err = tx.Beat(ctx, q.Replica, deadAfter); err != nil {
			return err
		}
		return q.releaseJobs(ctx, tx, gone)
	})
	if err != nil {
		return err
	}
	q.heart.beat(sent)
	for _, replica := range gone {
		q.Log.Warn("a replica is gone; its jobs are taken over", logfield.Replica(replica))
	}
	if len(gone) > 0 {
		q.seen.forgetAll()
	}
	return q.countLive(ctx)
}

// countLive tells how many replicas are alive, when that changes.
func (q *Queue) countLive(ctx context.Context) error {
	n, err := q.Store.Replicas(ctx, deadAfter)
	if err != nil {
		return err
	}
	q.tellLive(max(n, 1))
	return nil
}

func (q *Queue) tellLive(n int) {
	if n != q.live && q.OnLiveReplicas != nil {
		q.OnLiveReplicas(n)
	}
	q.live = n
}
