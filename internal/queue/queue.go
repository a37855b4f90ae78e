package queue

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"
	"github.com/riverqueue/river"
	"go.uber.org/zap"

	"github.com/flexscim/flexscim/internal/store"
)

// The defaults of Config.
const (
	defaultWorkers = 40
	defaultGrace   = 8 * time.Second
)

// ErrInUse is returned by Start if another process on this machine uses the
// same SQLite file.
var ErrInUse = errors.New("another flexscim uses this database file")

// Config configures a Queue.
type Config struct {
	Store      *store.Store // its tables and River's tables (see Migrate) must be migrated
	Reconciler Reconciler   // reconciles one person

	Sweep      func(ctx context.Context) error // compares the whole workspace with the store; nil means no sweeps
	SweepEvery time.Duration                   // 0 means that only SweepNow starts sweeps

	Log     *zap.Logger   // nil means no log
	Workers int           // number of concurrent runs, without the runs for leavers; 0 means 40
	Replica string        // unique among the replicas on one database; "" means random
	Grace   time.Duration // how long Stop waits for running jobs; 0 means 8 s

	OnLiveReplicas func(n int) // called when the number of live replicas changes; may be nil
	OnRun          func(Run)   // called after every run, for metrics; may be nil
}

// Run describes one run for a person.
type Run struct {
	Urgency store.Urgency
	Result  string        // label in metrics: done, waiting, retry, denied, again, stopped or lost
	Took    time.Duration // duration of all rounds together
	Since   time.Duration // time from the commit of the first touch
}

// Queue runs the jobs of one process.
type Queue struct {
	Config

	client   *river.Client[*sql.Tx]
	waiting  wakeSet
	resumed  chan struct{} // contains a signal after a call of Queue.Resume
	queued   queued
	lease    *lease
	lost     lost
	held     held
	lock     *flock.Flock // lock on the SQLite file; not locked on PostgreSQL
	replicas int          // last known number of live replicas; used only by setReplicas
	running  atomic.Bool
	lastScan atomic.Pointer[time.Time] // time of the last successful scan

	stopWaking func()         // ends the goroutines that the field waking counts
	stopBeats  func()         // ends the goroutines that the field beating counts
	waking     sync.WaitGroup // wake loop and scan
	beating    sync.WaitGroup // heartbeat, sealer, lostLoop and tend
}

// New returns a Queue that is not started yet. After the call of New, the store
// calls Wake for people who are touched.
func New(c Config) (*Queue, error) {
	if c.Store == nil || c.Reconciler == nil {
		return nil, errors.New("queue: Store and Reconciler are required")
	}
	q := &Queue{Config: c, lease: newLease(), lock: flock.New("")}
	q.Log = cmp.Or(q.Log, zap.NewNop())
	q.Workers = cmp.Or(q.Workers, defaultWorkers)
	q.Grace = cmp.Or(q.Grace, defaultGrace)
	q.Replica = cmp.Or(q.Replica, rand.Text())
	q.resumed = make(chan struct{}, 1)
	q.waiting.init()
	q.queued.init()
	q.held.init()
	client, err := q.newClient()
	if err != nil {
		return nil, fmt.Errorf("queue: %w", err)
	}
	q.client = client
	c.Store.OnTouch(q.Wake)
	return q, nil
}

// Start takes over the jobs of dead processes and starts the Queue. The Queue runs
// until Stop, even after ctx ends. Start returns ErrInUse if another process uses
// the same SQLite file.
func (q *Queue) Start(ctx context.Context) (err error) {
	if err := q.takeOver(ctx); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = q.lock.Close()
		}
	}()
	ctx = context.WithoutCancel(ctx)
	if err := q.client.Start(ctx); err != nil {
		return fmt.Errorf("start the queue: %w", err)
	}
	var waking, beats context.Context
	waking, q.stopWaking = context.WithCancel(ctx)
	beats, q.stopBeats = context.WithCancel(ctx)
	q.waking.Go(func() { q.wakeLoop(waking) })
	q.waking.Go(func() { q.scanLoop(waking) })
	q.beating.Go(func() { q.sealLoop(beats) })
	q.beating.Go(func() { q.lostLoop(beats) })
	q.beating.Go(func() { q.repeat(beats, tendEvery, "looking for jobs that nobody runs failed; retrying", q.tend) })
	if q.Store.Engine() == store.PostgreSQL {
		q.beating.Go(func() { q.repeat(beats, beatEvery, "heartbeat failed; retrying", q.heartbeat) })
	}
	q.setScanned()
	q.running.Store(true)
	return nil
}

// Stop stops fetching jobs, waits up to Grace for running jobs, and then cancels
// the jobs that still run. Cancelled jobs run again after the next Start.
// Heartbeats continue until all jobs have ended.
func (q *Queue) Stop(ctx context.Context) error {
	if !q.running.Swap(false) {
		return nil
	}
	q.stopWaking()
	q.waking.Wait()
	q.lease.stop()
	err := q.client.Stop(ctx)
	if err != nil {
		now, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		err = q.client.StopAndCancel(now)
	}
	q.stopBeats()
	q.beating.Wait()
	q.signOff(ctx)
	_ = q.lock.Close()
	if err != nil {
		return fmt.Errorf("stop the queue: %w", err)
	}
	return nil
}

// unhealthyAfter is how long scans may fail before the queue is unhealthy.
const unhealthyAfter = 10 * time.Second

// Healthy returns nil while the queue works: it is running, its scans succeed
// and its lease is valid.
func (q *Queue) Healthy() error {
	switch {
	case !q.running.Load():
		return errors.New("the queue is not running")
	case !q.lease.isValid():
		return errExpired
	case time.Since(*q.lastScan.Load()) > unhealthyAfter:
		return errors.New("the queue's scan has failed for 10 s")
	}
	return nil
}

func (q *Queue) setScanned() {
	now := time.Now()
	q.lastScan.Store(&now)
}
