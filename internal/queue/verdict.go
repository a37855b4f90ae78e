package queue

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"go.uber.org/zap/zapcore"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/reconcile"
	"github.com/flexscim/flexscim/internal/store"
)

// These constants determine how long a job waits.
const (
	waitDefault   = 30 * time.Second // used if the outcome has no time
	waitMost      = time.Hour        // maximum, even if the outcome or Twilio asks for a longer time
	slowDefault   = 5 * time.Second  // used after a 429 without Retry-After
	deniedWait    = time.Minute
	backoffFirst  = time.Second
	backoffMost   = 5 * time.Minute
	backoffLeaver = 30 * time.Second // the longest backoff for a leaver
)

// The values of Run.Result.
const (
	resultDone    = "done"
	resultWaiting = "waiting"
	resultRetry   = "retry"
	resultDenied  = "denied"
	resultAgain   = "again"
	resultStopped = "stopped"
	resultLost    = "lost"
)

// verdict says what happens to a job after a run. It does not contain the person's
// state, which package reconcile has already saved.
type verdict struct {
	result string
	after  time.Duration // time until the job runs again; 0 if it is done
	failed bool          // whether the run counts as a failure for the backoff
	level  zapcore.Level // of the log line
}

// judge returns the verdict for the outcome or error of a run.
//
//	outcome or error                   | the job
//	completed with the outcome         | done
//	the person does not exist          | done
//	ErrLost: another run has the job   | lost: see giveBack
//	the queue stops                    | stopped: available for the next process
//	there is a newer generation        | again, immediately
//	Settled, Parked, but not completed | retry, backoff, Error: a bug
//	Waiting(after)                     | waiting, after, or 30 s
//	Retrying(after)                    | waiting, after, or 30 s
//	Slow                               | waiting, RetryAfter, or 5 s
//	Down, Uncertain, Conflict          | retry, backoff, not before RetryAfter
//	Busy, Gone                         | retry, backoff: the next run observes first
//	Denied                             | denied, a minute, Error: credentials
//	Refused, Taken                     | retry, backoff, Error: reconcile parks these
//	timeout, database unavailable      | retry, backoff
//	anything else                      | retry, backoff, Error
//
// The backoff is 1 s after the first failure. It doubles with each further failure
// in a row, up to 5 min (for leavers, up to 30 s). Up to half of it is random.
func judge(r run, out reconcile.Outcome, err error) verdict {
	switch {
	case err == nil && r.finished, errors.Is(err, store.ErrNotFound):
		return verdict{result: resultDone, level: zapcore.DebugLevel}
	case errors.Is(err, reconcile.ErrLost):
		return verdict{result: resultLost, level: zapcore.WarnLevel}
	case errors.Is(err, errStopped):
		return verdict{result: resultStopped}
	case err == nil:
		return judgeOutcome(r, out)
	}
	switch flex.KindOf(err) {
	case flex.Slow:
		return verdict{result: resultWaiting, after: orElse(flex.RetryAfter(err), slowDefault), level: zapcore.InfoLevel}
	case flex.Denied:
		return verdict{result: resultDenied, after: deniedWait, level: zapcore.ErrorLevel}
	case flex.Down, flex.Uncertain, flex.Conflict, flex.Busy, flex.Gone:
		return r.retry(err, zapcore.WarnLevel)
	case flex.Refused, flex.Taken:
		return r.retry(err, zapcore.ErrorLevel)
	}
	if _, unavailable := errors.AsType[*store.UnavailableError](err); unavailable || errors.Is(err, context.DeadlineExceeded) {
		return r.retry(err, zapcore.WarnLevel)
	}
	return r.retry(err, zapcore.ErrorLevel)
}

func judgeOutcome(r run, out reconcile.Outcome) verdict {
	if out.Again {
		return verdict{result: resultAgain}
	}
	switch out.State {
	case store.Waiting, store.Retrying:
		return verdict{result: resultWaiting, after: orElse(out.After, waitDefault), level: zapcore.DebugLevel}
	case store.Pending:
		return verdict{result: resultAgain, level: zapcore.DebugLevel}
	case store.Settled, store.Parked:
	}
	return r.retry(nil, zapcore.ErrorLevel)
}

// retry returns a verdict that delays the job. The delay grows with each further
// failure in a row.
func (r run) retry(err error, level zapcore.Level) verdict {
	return verdict{result: resultRetry, after: retryAfter(err, r.failures, r.urgency), failed: true, level: level}
}

// retryAfter returns the pause after an error. The argument failures is the number
// of failures in a row before the error.
func retryAfter(err error, failures int, u store.Urgency) time.Duration {
	return max(backoff(failures, u), min(flex.RetryAfter(err), waitMost))
}

// backoff returns the pause after a failure. The argument failures is the number of
// failures in a row before this failure. Up to half of the pause is random.
func backoff(failures int, u store.Urgency) time.Duration {
	most := backoffMost
	if u == store.Leaving {
		most = backoffLeaver
	}
	d := most
	if failures < 16 { // 1 s << 16 is longer than the longest backoff
		d = min(backoffFirst<<max(failures, 0), most)
	}
	return d/2 + rand.N(d/2+1)
}

// orElse returns d, but at most waitMost. If d is zero or negative, orElse returns
// fallback.
func orElse(d, fallback time.Duration) time.Duration {
	if d <= 0 {
		return fallback
	}
	return min(d, waitMost)
}
