package queue

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"go.uber.org/zap"

	"github.com/flexscim/flexscim/internal/store"
)

// What a Config leaves open.
const (
	defaultWorkers = 40
	defaultGrace   = 8 * time.Second
)

// ErrInUse says that another process of this machine works on the same SQLite
// file.
var ErrInUse = errors.New("another flexscim works on this database file")

// Config makes a Queue.
type Config struct {
	Store      *store.Store // migrated, the queue's tables too (Migrate)
	Reconciler Reconciler   // does the work

	Sweep      func(ctx context.Context) error // compares the whole workspace; nil: none
	SweepEvery time.Duration                   // 0: only SweepNow

	Log     *zap.Logger   // nil: none
	Workers int           // runs at once, beside the leavers' own; 0 means 40
	Replica string        // unique among the replicas on one database; "" means random
	Grace   time.Duration // that running jobs get in Stop; 0 means 8 s

	OnLiveReplicas func(n int) // how many share the account's limits, when it changes; nil: nobody asks
	OnRun          func(Run)   // after every run, for metrics; nil: nobody asks
}

// Run is what one run for a person came to.
type Run struct {
	Urgency store.Urgency
	Result  string        // done, waiting, retry, denied, again, stopped, lost: fit for a label
	Took    time.Duration // all rounds
	Since   time.Duration // since the commit that asked first
}

// Queue is the engine of one process.
type Queue struct {
	Config

	client *river.Client[*sql.Tx]
	waker  waker
	seen   seen
	heart  *heart
	lock   *fileLock
	live   int // replicas, as last told; the heart's

	mu       sync.Mutex
	running  bool
	lastScan time.Time // that succeeded

	stopWaking func()         // ends the waker and the scan
	stopBeats  func()         // ends the heart and the sealer
	waking     sync.WaitGroup // waker and scan
	beating    sync.WaitGroup // heart and sealer
}

// New makes a Queue that stands still, and registers it for the store's
// touches.
func New(c Config) (*Queue, error) {
	if c.Store == nil || c.Reconciler == nil {
		return nil, errors.New("queue: Store and Reconciler are required")
	}
	q := &Queue{Config: c}
	if q.Log == nil {
		q.Log = zap.NewNop()
	}
	if q.Workers == 0 {
		q.Workers = defaultWorkers
	}
	if q.Grace == 0 {
		q.Grace = defaultGrace
	}
	if q.Replica == "" {
		q.Replica = rand.Text()
	}
	q.waker.init()
	q.seen.init()
	q.heart = newHeart()
	client, err := q.newClient()
	if err != nil {
		return nil, fmt.Errorf("queue: %w", err)
	}
	q.client = client
	c.Store.OnTouch(q.Wake)
	return q, nil
}

// Start takes over what a process that is gone left behind, and works until
// Stop. The end of ctx does not stop it. It returns ErrInUse where another
// process works on the same SQLite file.
func (q *Queue) Start(ctx context.Context) (err error) {
	if err := q.claim(ctx); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			q.lock.release()
		}
	}()
	if err := q.client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start the queue: %w", err)
	}
	var waking, beats context.Context
	waking, q.stopWaking = context.WithCancel(context.WithoutCancel(ctx))
	beats, q.stopBeats = context.WithCancel(context.WithoutCancel(ctx))
	q.waking.Go(func() { q.wakeLoop(waking) })
	q.waking.Go(func() { q.scanLoop(waking) })
	q.beating.Go(func() { q.sealLoop(beats) })
	if q.Store.Engine() == store.PostgreSQL {
		q.beating.Go(func() { q.beatLoop(beats) })
	}
	q.setRunning(true)
	return nil
}

// Stop fetches nothing more, gives running jobs their grace, then cancels
// them: they run again at the next Start. The heart beats until they are over.
func (q *Queue) Stop(ctx context.Context) error {
	if !q.isRunning() {
		return nil
	}
	q.setRunning(false)
	q.stopWaking()
	q.waking.Wait()
	q.heart.stop()
	err := q.client.Stop(ctx)
	if err != nil {
		now, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		err = q.client.StopAndCancel(now)
	}
	q.stopBeats()
	q.beating.Wait()
	q.lock.release()
	if err != nil {
		return fmt.Errorf("stop the queue: %w", err)
	}
	return nil
}

func (q *Queue) setRunning(b bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.running = b
	q.lastScan = time.Now()
}

func (q *Queue) isRunning() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.running
}
