package queue

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"go.uber.org/zap"
	"go.uber.org/zap/exp/zapslog"
	"go.uber.org/zap/zapcore"

	"github.com/flexscim/flexscim/internal/store"
)

// How River is paced. Its throughput is workers per cooldown; a waiting job
// whose time has come is seen after at most one poll interval.
const (
	fetchCooldown   = 10 * time.Millisecond
	pollLeavers     = 200 * time.Millisecond
	pollPeople      = 300 * time.Millisecond
	pollSweeps      = 2 * time.Second
	jobTimeout      = 2 * time.Minute // one run, waits for the account's limits included
	sweepTimeout    = time.Hour
	rescueAfter     = jobTimeout + 30*time.Second
	keepCompleted   = 5 * time.Minute
	leaversPerOther = 4 // a leavers' worker for so many others
	leastLeavers    = 4
)

// quiet is a driver whose inserts wake this process's producers at once, in
// memory. Left alone, the SQLite driver writes each wake-up to a table that it
// polls every 50 ms, and PostgreSQL's NOTIFY serialises commits.
type quiet struct {
	riverdriver.Driver[*sql.Tx]
}

// SupportsListener says no: producers are triggered directly.
func (quiet) SupportsListener() bool { return false }

// SupportsListenNotify says no: nothing is written for listeners.
func (quiet) SupportsListenNotify() bool { return false }

func driverOf(s *store.Store) riverdriver.Driver[*sql.Tx] {
	if s.Engine() == store.PostgreSQL {
		return quiet{riverdatabasesql.New(s.DB())}
	}
	return quiet{riversqlite.New(s.DB())}
}

// migrating is PostgreSQL's advisory lock of the replica that migrates the
// queue: any number that nobody else takes.
const migrating = 0x666c65787363696d // "flexscim"

// Migrate brings River's tables to this program's version. Of several replicas
// that start at once, one does it and the others wait.
func Migrate(ctx context.Context, s *store.Store) error {
	if s.Engine() == store.PostgreSQL {
		c, err := s.DB().Conn(ctx)
		if err != nil {
			return fmt.Errorf("migrate the queue: %w", err)
		}
		defer func() { _ = c.Close() }()
		if _, err := c.ExecContext(ctx, `SELECT pg_advisory_lock($1)`, int64(migrating)); err != nil {
			return fmt.Errorf("wait for another's migration of the queue: %w", err)
		}
		defer func() {
			_, _ = c.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, int64(migrating))
		}()
	}
	m, err := rivermigrate.New(driverOf(s), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("prepare the queue's migrations: %w", err)
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate the queue: %w", err)
	}
	return dropUnused(ctx, s)
}

// dropUnused drops River's indexes on the content of jobs' arguments and
// metadata: nobody here asks for that, and on PostgreSQL they are what a change
// of a job costs most of.
func dropUnused(ctx context.Context, s *store.Store) error {
	if s.Engine() != store.PostgreSQL {
		return nil
	}
	if _, err := s.DB().ExecContext(ctx, `DROP INDEX IF EXISTS river_job_args_index, river_job_metadata_index`); err != nil {
		return fmt.Errorf("drop the queue's unused indexes: %w", err)
	}
	return nil
}

func (q *Queue) newClient() (*river.Client[*sql.Tx], error) {
	workers := river.NewWorkers()
	river.AddWorker(workers, &syncWorker{q: q})
	river.AddWorker(workers, &sweepWorker{q: q})
	return river.NewClient(driverOf(q.Store), &river.Config{
		ID:      q.Replica,
		Workers: workers,
		Queues: map[string]river.QueueConfig{
			leavers: {MaxWorkers: max(leastLeavers, q.Workers/leaversPerOther), FetchPollInterval: pollLeavers},
			people:  {MaxWorkers: q.Workers, FetchPollInterval: pollPeople},
			sweeps:  {MaxWorkers: 1, FetchPollInterval: pollSweeps},
		},
		PeriodicJobs:                q.periodic(),
		FetchCooldown:               fetchCooldown,
		JobTimeout:                  jobTimeout,
		RescueStuckJobsAfter:        rescueAfter,
		SoftStopTimeout:             q.Grace,
		CompletedJobRetentionPeriod: keepCompleted,
		CancelledJobRetentionPeriod: keepCompleted,
		MaxAttempts:                 maxAttempts,
		Logger:                      riverLog(q.Log),
	})
}

// periodic is the sweep at its interval, and once when this replica leads.
func (q *Queue) periodic() []*river.PeriodicJob {
	if q.SweepEvery <= 0 {
		return nil
	}
	next := func() (river.JobArgs, *river.InsertOpts) { return sweep{}, nil }
	return []*river.PeriodicJob{
		river.NewPeriodicJob(river.PeriodicInterval(q.SweepEvery), next, &river.PeriodicJobOpts{RunOnStart: true}),
	}
}

// riverLog is our logger as River wants it, from warnings up.
func riverLog(log *zap.Logger) *slog.Logger {
	if log.Core().Enabled(zapcore.InfoLevel) {
		log = log.WithOptions(zap.IncreaseLevel(zapcore.WarnLevel))
	}
	return slog.New(zapslog.NewHandler(log.Core(), zapslog.WithName("river"), zapslog.AddStacktraceAt(slog.LevelError+1)))
}
