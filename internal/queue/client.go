package queue

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivermigrate"
	"go.uber.org/zap"
	"go.uber.org/zap/exp/zapslog"
	"go.uber.org/zap/zapcore"

	"github.com/flexscim/flexscim/internal/store"
)

// River fetches jobs for its free workers at most once per fetchCooldown. River
// finds a snoozed job within one poll interval after the job is due.
const (
	fetchCooldown   = 10 * time.Millisecond
	pollLeavers     = 200 * time.Millisecond
	pollPeople      = 300 * time.Millisecond
	pollSweeps      = 2 * time.Second
	jobTimeout      = 2 * time.Minute // time limit of one run, including the pauses of the limiter
	sweepTimeout    = time.Hour
	rescueAfter     = 10 * 365 * 24 * time.Hour // the rescuer must never act, because it uses the clock of its machine and does not know which jobs run
	keepCompleted   = 5 * time.Minute
	othersPerLeaver = 4 // number of workers for other people for each worker for leavers
	minLeavers      = 4 // the minimum number of workers for leavers
)

func (q *Queue) newClient() (*river.Client[*sql.Tx], error) {
	workers := river.NewWorkers()
	river.AddWorker(workers, &syncWorker{q: q})
	river.AddWorker(workers, &sweepWorker{q: q})
	return river.NewClient(heldDriver{newDriver(q.Store), q}, &river.Config{
		ID:      q.Replica,
		Workers: workers,
		Queues: map[string]river.QueueConfig{
			leavers: {MaxWorkers: max(minLeavers, q.Workers/othersPerLeaver), FetchPollInterval: pollLeavers},
			people:  {MaxWorkers: q.Workers, FetchPollInterval: pollPeople},
			sweeps:  {MaxWorkers: 1, FetchPollInterval: pollSweeps},
		},
		PeriodicJobs:                q.periodicSweep(),
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

// periodicSweep returns the periodic job that starts a sweep every SweepEvery. This
// job starts no sweep when the process starts, because SweepNow does so. If
// SweepEvery is 0, it returns nil.
func (q *Queue) periodicSweep() []*river.PeriodicJob {
	if q.SweepEvery <= 0 {
		return nil
	}
	next := func() (river.JobArgs, *river.InsertOpts) { return sweep{}, nil }
	return []*river.PeriodicJob{
		river.NewPeriodicJob(river.PeriodicInterval(q.SweepEvery), next, nil),
	}
}

// riverLog returns a logger for River that logs only warnings and errors.
func riverLog(log *zap.Logger) *slog.Logger {
	if log.Core().Enabled(zapcore.InfoLevel) {
		log = log.WithOptions(zap.IncreaseLevel(zapcore.WarnLevel))
	}
	return slog.New(zapslog.NewHandler(log.Core(), zapslog.WithName("river"), zapslog.AddStacktraceAt(slog.LevelError+1)))
}

// migrationLock is the key of the PostgreSQL advisory lock that a replica holds
// while it migrates the queue. No other code may use this key.
const migrationLock = 0x666c65787363696d // "flexscim"

// Migrate migrates River's tables to this program's version. If several
// replicas start together, one migrates and the others wait.
func Migrate(ctx context.Context, s *store.Store) error {
	if s.Engine() == store.SQLite {
		return migrateRiver(ctx, s)
	}
	c, err := s.DB().Conn(ctx)
	if err != nil {
		return fmt.Errorf("migrate the queue: %w", err)
	}
	defer func() { _ = c.Close() }()
	if _, err := c.ExecContext(ctx, `SELECT pg_advisory_lock($1)`, int64(migrationLock)); err != nil {
		return fmt.Errorf("wait for another replica's migration of the queue: %w", err)
	}
	defer func() {
		_, _ = c.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, int64(migrationLock))
	}()
	return migrateRiver(ctx, s)
}

func migrateRiver(ctx context.Context, s *store.Store) error {
	m, err := rivermigrate.New(newDriver(s), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("prepare the queue's migrations: %w", err)
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate the queue: %w", err)
	}
	if _, err := s.DB().ExecContext(ctx, turnsIndex); err != nil {
		return fmt.Errorf("migrate the queue: %w", err)
	}
	return nil
}
