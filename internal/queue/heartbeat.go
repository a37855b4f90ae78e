package queue

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/logfield"
	"github.com/flexscim/flexscim/internal/store"
)

// A replica sends a heartbeat every second. If the heartbeat succeeds, the
// replica's lease is valid for leaseFor, measured by its own clock from the time of
// sending. Other replicas take over its jobs only if deadAfter has passed since its
// last heartbeat.
const (
	beatEvery   = time.Second
	beatTimeout = 1500 * time.Millisecond
	leaseFor    = 2 * time.Second
	deadAfter   = 3 * time.Second
)

// errExpired is the error with which runs end when the lease of their replica
// expires.
var errExpired = errors.New("this replica has sent no heartbeat for 2 s")

// lease is the right of this replica to run jobs. When the lease expires, all runs
// end; each heartbeat renews the lease. On SQLite the lease never expires, because
// no other process can take over a job.
//
// A timer alone cannot end the lease in time: after a pause of the whole process,
// such as SIGSTOP or a suspended machine, a run can continue before the timer fires.
// So each use of the lease checks whether the lease has expired.
type lease struct {
	mu      sync.Mutex
	valid   context.Context // a context that is done when the lease has expired
	expire  context.CancelCauseFunc
	renewed chan struct{} // closed while the lease is valid
	sent    time.Time     // when the last heartbeat that renewed the lease was sent; zero if the lease never expires
	wall    time.Time     // the same time as sent, without its monotonic clock reading
	timer   *time.Timer   // nil if the lease never expires
	stopped chan struct{} // closed by stop
}

func newLease() *lease {
	l := &lease{renewed: make(chan struct{}), stopped: make(chan struct{})}
	l.valid, l.expire = context.WithCancelCause(context.Background())
	close(l.renewed)
	return l
}

// renew extends the lease after the database has stored a heartbeat. The argument
// sent is the time when the heartbeat was sent. If the lease had expired, the runs
// that are bound to it end, because other replicas may have taken over their jobs.
func (l *lease) renew(sent time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.update()
	left := leaseFor - elapsed(sent, sent.Round(0))
	if left <= 0 {
		return
	}
	l.sent, l.wall = sent, sent.Round(0)
	if l.valid.Err() != nil {
		l.valid, l.expire = context.WithCancelCause(context.Background())
		close(l.renewed)
	}
	if l.timer != nil {
		l.timer.Stop()
	}
	l.timer = time.AfterFunc(left, func() { _ = l.isValid() })
}

// elapsed returns the time since the argument sent. The argument wall is the same
// time as sent, without its monotonic clock reading. elapsed compares both clocks
// and returns the longer time: the monotonic clock does not advance while the
// machine is suspended, and the wall clock can be set back.
func elapsed(sent, wall time.Time) time.Duration {
	now := time.Now()
	return max(now.Sub(sent), now.Round(0).Sub(wall))
}

// update makes the lease expire if its time is over. l.mu must be held.
func (l *lease) update() {
	if l.sent.IsZero() || l.valid.Err() != nil || elapsed(l.sent, l.wall) < leaseFor {
		return
	}
	l.renewed = make(chan struct{})
	l.expire(errExpired)
}

// current returns a context that ends when the lease expires, and true if the lease
// is valid.
func (l *lease) current() (context.Context, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.update()
	return l.valid, l.valid.Err() == nil
}

// bind returns a context that ends with errExpired when the lease expires, and a
// function that releases the context. The argument valid is the context that
// lease.current returned when the job of the run was fetched. The fence of the
// returned context refuses writes to Twilio as soon as the context valid has ended,
// even if the lease has been renewed since.
func (l *lease) bind(ctx, valid context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	check := func() error {
		if now, ok := l.current(); !ok || now != valid {
			cancel(errExpired)
			return errExpired
		}
		return nil
	}
	_ = check()
	unbind := context.AfterFunc(valid, func() { cancel(errExpired) })
	return flex.WithFence(ctx, check), func() { unbind(); cancel(nil) }
}

// isValid reports whether the lease is valid, so that this replica may run jobs.
func (l *lease) isValid() bool {
	_, ok := l.current()
	return ok
}

// lease.wait waits until the lease is valid. It returns false if the queue stops or
// ctx ends first.
func (l *lease) wait(ctx context.Context) bool {
	l.mu.Lock()
	l.update()
	renewed := l.renewed
	l.mu.Unlock()
	select {
	case <-renewed:
		return true
	case <-l.stopped:
	case <-ctx.Done():
	}
	return false
}

// stop makes all calls of lease.wait return.
func (l *lease) stop() { close(l.stopped) }

// heartbeat stores a heartbeat of this replica and renews its lease. It makes the
// running jobs of dead replicas available again. If the number of live replicas
// changed, it calls OnLiveReplicas.
func (q *Queue) heartbeat(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, beatTimeout)
	defer cancel()
	sent := time.Now()
	var gone []string
	err := q.Store.Write(ctx, store.AnyKey, func(tx *store.Tx) (err error) {
		if gone, err = tx.Beat(ctx, q.Replica, deadAfter); err != nil {
			return err
		}
		_, err = tx.SQL().ExecContext(ctx, releaseSQL)
		return err
	})
	if err != nil {
		return err
	}
	q.lease.renew(sent)
	for _, replica := range gone {
		q.Log.Warn("a replica is gone; its jobs are taken over", logfield.Replica(replica))
	}
	if len(gone) > 0 {
		q.queued.forgetAll()
	}
	n, err := q.Store.Replicas(ctx, deadAfter)
	if err != nil {
		return err
	}
	q.setReplicas(max(n, 1))
	return nil
}

func (q *Queue) setReplicas(n int) {
	if n != q.replicas && q.OnLiveReplicas != nil {
		q.OnLiveReplicas(n)
	}
	q.replicas = n
}

// signOff deletes this replica's heartbeat, so that no other replica reports that this
// replica is gone. Jobs of this replica that still run become available.
func (q *Queue) signOff(ctx context.Context) {
	if q.Store.Engine() != store.PostgreSQL {
		return
	}
	now, cancel := context.WithTimeout(context.WithoutCancel(ctx), beatTimeout)
	defer cancel()
	err := q.Store.Write(now, store.AnyKey, func(tx *store.Tx) error {
		if err := tx.Leave(now, q.Replica); err != nil {
			return err
		}
		_, err := tx.SQL().ExecContext(now, releaseSQL)
		return err
	})
	if err != nil {
		q.Log.Warn("the other replicas will report that this replica is gone", logfield.Err(err))
	}
}
