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

// How long a job is put off.
const (
	waitDefault   = 30 * time.Second // where nobody said for how long
	waitMost      = time.Hour        // whatever somebody said
	slowDefault   = 5 * time.Second  // a 429 without Retry-After
	deniedWait    = time.Minute
	backoffFirst  = time.Second
	backoffMost   = 5 * time.Minute
	backoffLeaver = 30 * time.Second // the most for a leaver
)

// The results of a run, as Run.Result has them.
const (
	resultDone    = "done"
	resultWaiting = "waiting"
	resultRetry   = "retry"
	resultDenied  = "denied"
	resultAgain   = "again"
	resultStopped = "stopped"
	resultLost    = "lost"
)

// verdict is what River is told. The person's state is not in it: that was
// recorded by reconcile.
type verdict struct {
	result string
	after  time.Duration // until the job runs again; not for done
	failed bool          // counts for the backoff
	level  zapcore.Level // of the log line
}

// run is what a verdict is made from.
type run struct {
	urgency  store.Urgency
	failures int  // before this run, one after the other
	finished bool // the job was completed in the recording transaction
}

// judge is the one table: what a run came to → what becomes of the job.
//
//	what reconcile did or says         | the job
//	completed with the record          | done
//	Settled, Parked, yet not completed | retry, backoff, Error: a bug
//	Waiting(after)                     | waiting, after, or 30 s
//	Retrying(after)                    | waiting, after, or 30 s
//	Pending: a newer generation        | again, at once
//	Slow                               | waiting, RetryAfter, or 5 s
//	Down, Uncertain, Conflict          | retry, backoff, not before RetryAfter
//	Busy, Gone                         | retry, backoff: the next run observes first
//	Denied                             | denied, a minute, Error: credentials
//	Refused, Taken                     | retry, backoff, Error: reconcile parks these
//	out of time, database unavailable  | retry, backoff
//	anything else                      | retry, backoff, Error
//
// Backoff doubles from 1 s to 5 min, for leavers to 30 s, with jitter.
func judge(r run, out reconcile.Outcome, err error) verdict {
	if r.finished && err == nil {
		return verdict{result: resultDone, level: zapcore.DebugLevel}
	}
	if err == nil {
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
	switch out.State {
	case store.Waiting, store.Retrying:
		return verdict{result: resultWaiting, after: orElse(out.After, waitDefault), level: zapcore.DebugLevel}
	case store.Pending:
		return verdict{result: resultAgain, level: zapcore.DebugLevel}
	case store.Settled, store.Parked:
	}
	return r.retry(nil, zapcore.ErrorLevel)
}

// retry puts the job off, longer with each failure.
func (r run) retry(err error, level zapcore.Level) verdict {
	after := max(backoff(r.failures, r.urgency), min(flex.RetryAfter(err), waitMost))
	return verdict{result: resultRetry, after: after, failed: true, level: level}
}

// backoff is the pause after so many failures before this one: half of it
// sure, half of it chance.
func backoff(failures int, u store.Urgency) time.Duration {
	most := backoffMost
	if u == store.Leaving {
		most = backoffLeaver
	}
	d := most
	if failures < 16 { // 1 s << 16 is beyond any most
		d = min(backoffFirst<<max(failures, 0), most)
	}
	return d/2 + rand.N(d/2+1)
}

// orElse is d within reason, or the default where d says nothing.
func orElse(d, otherwise time.Duration) time.Duration {
	if d <= 0 {
		return otherwise
	}
	return min(d, waitMost)
}
