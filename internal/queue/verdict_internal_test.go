package queue

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"go.uber.org/zap/zapcore"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/reconcile"
	"github.com/flexscim/flexscim/internal/store"
)

func TestVerdicts(t *testing.T) {
	t.Parallel()
	const ms, s, m = time.Millisecond, time.Second, time.Minute
	waiting := func(after time.Duration) reconcile.Outcome {
		return reconcile.Outcome{State: store.Waiting, After: after}
	}
	failed := func(k flex.Kind, after time.Duration) error {
		return fmt.Errorf("reconcile: %w", &flex.Error{Op: "update worker", Kind: k, RetryAfter: after})
	}
	joiner, leaver := run{urgency: store.Joining}, run{urgency: store.Leaving}
	after := func(r run, failures int) run { r.failures = failures; return r }
	done := run{urgency: store.Joining, finished: true}
	var nothing reconcile.Outcome
	rows := []struct {
		name     string
		run      run
		out      reconcile.Outcome
		err      error
		result   string
		from, to time.Duration // bounds of after
		level    zapcore.Level
	}{
		{"settled and completed", done, reconcile.Outcome{State: store.Settled}, nil, "done", 0, 0, zapcore.DebugLevel},
		{"parked and completed", done, reconcile.Outcome{State: store.Parked}, nil, "done", 0, 0, zapcore.DebugLevel},
		{"no person has this key", joiner, nothing, store.ErrNotFound, "done", 0, 0, zapcore.DebugLevel},
		{"the job belongs to another run", joiner, nothing, reconcile.ErrLost, "lost", 0, 0, zapcore.WarnLevel},
		{"the queue stops", joiner, nothing, errStopped, "stopped", 0, 0, zapcore.InfoLevel},
		{"newer generations in all rounds", joiner, reconcile.Outcome{State: store.Settled, Again: true}, nil, "again", 0, 0, zapcore.InfoLevel},
		{"settled but not completed", joiner, reconcile.Outcome{State: store.Settled}, nil, "retry", 500 * ms, s, zapcore.ErrorLevel},
		{"parked but not completed", joiner, reconcile.Outcome{State: store.Parked}, nil, "retry", 500 * ms, s, zapcore.ErrorLevel},
		{"completed, commit unknown", done, nothing, &store.UnavailableError{Err: errors.New("reset")}, "retry", 500 * ms, s, zapcore.WarnLevel},
		{"waiting for a call to end", joiner, waiting(7 * s), nil, "waiting", 7 * s, 7 * s, zapcore.DebugLevel},
		{"waiting for a deadline in days", joiner, waiting(48 * time.Hour), nil, "waiting", time.Hour, time.Hour, zapcore.DebugLevel},
		{"waiting for an unknown time", joiner, waiting(0), nil, "waiting", 30 * s, 30 * s, zapcore.DebugLevel},
		{"retrying, without an error", joiner, reconcile.Outcome{State: store.Retrying, After: 9 * s}, nil, "waiting", 9 * s, 9 * s, zapcore.DebugLevel},
		{"a newer generation", joiner, reconcile.Outcome{State: store.Pending}, nil, "again", 0, 0, zapcore.DebugLevel},
		{"slow, with Retry-After", joiner, nothing, failed(flex.Slow, 3*s), "waiting", 3 * s, 3 * s, zapcore.InfoLevel},
		{"slow", joiner, nothing, failed(flex.Slow, 0), "waiting", 5 * s, 5 * s, zapcore.InfoLevel},
		{"down, first failure", joiner, nothing, failed(flex.Down, 0), "retry", 500 * ms, s, zapcore.WarnLevel},
		{"down, fourth failure", after(joiner, 3), nothing, failed(flex.Down, 0), "retry", 4 * s, 8 * s, zapcore.WarnLevel},
		{"down for a day", after(joiner, 400), nothing, failed(flex.Down, 0), "retry", 150 * s, 5 * m, zapcore.WarnLevel},
		{"down for a day, a leaver", after(leaver, 2000), nothing, failed(flex.Down, 0), "retry", 15 * s, 30 * s, zapcore.WarnLevel},
		{"down, with Retry-After", joiner, nothing, failed(flex.Down, m), "retry", m, m, zapcore.WarnLevel},
		{"down, with a Retry-After above the limit", joiner, nothing, failed(flex.Down, 100*time.Hour), "retry", time.Hour, time.Hour, zapcore.WarnLevel},
		{"uncertain", joiner, nothing, failed(flex.Uncertain, 0), "retry", 500 * ms, s, zapcore.WarnLevel},
		{"conflict", joiner, nothing, failed(flex.Conflict, 0), "retry", 500 * ms, s, zapcore.WarnLevel},
		{"busy", joiner, nothing, failed(flex.Busy, 0), "retry", 500 * ms, s, zapcore.WarnLevel},
		{"gone", joiner, nothing, failed(flex.Gone, 0), "retry", 500 * ms, s, zapcore.WarnLevel},
		{"denied", joiner, nothing, failed(flex.Denied, 0), "denied", m, m, zapcore.ErrorLevel},
		{"refused but not parked", joiner, nothing, failed(flex.Refused, 0), "retry", 500 * ms, s, zapcore.ErrorLevel},
		{"taken but not parked", joiner, nothing, failed(flex.Taken, 0), "retry", 500 * ms, s, zapcore.ErrorLevel},
		{"timeout of the job", joiner, nothing, context.DeadlineExceeded, "retry", 500 * ms, s, zapcore.WarnLevel},
		{"database unavailable", joiner, nothing, &store.UnavailableError{Err: errors.New("reset")}, "retry", 500 * ms, s, zapcore.WarnLevel},
		{"a bug", joiner, nothing, errors.New("index out of range"), "retry", 500 * ms, s, zapcore.ErrorLevel},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			for range 50 { // up to half of the backoff is random
				v := judge(row.run, row.out, row.err)
				if v.result != row.result || v.level != row.level {
					t.Fatalf("got %s at %v, want %s at %v", v.result, v.level, row.result, row.level)
				}
				if v.after < row.from || v.after > row.to {
					t.Fatalf("got a pause of %v, want %v to %v", v.after, row.from, row.to)
				}
				if v.failed != (row.result == "retry") {
					t.Fatalf("counts as a failure: %v", v.failed)
				}
			}
		})
	}
}
