package reconcile

import (
	"errors"
	"fmt"
	"time"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/store"
)

// Outcome is what a run came to. Waiting and Parked are outcomes, not errors.
type Outcome struct {
	State  store.State   // Settled, Waiting, Parked; Retrying with an error
	After  time.Duration // when to run again, of Waiting
	Reason string        // for a person to read, without personal data; "" if Settled
	Again  bool          // a newer generation came: run again at once
}

// retryAfter hides a person who is retried from the scan for forgotten ones:
// the queue has its own backoff, this is for when the queue lost the job.
const retryAfter = 30 * time.Second

// conclude returns the outcome of a run that err ended, and the error for the
// caller. What Twilio will never take parks the person; a busy Worker is waited
// for.
func (s state) conclude(err error, now time.Time) (Outcome, error) {
	switch flex.KindOf(err) {
	case flex.Refused, flex.Taken:
		return Outcome{State: store.Parked, Reason: reason(err)}, nil
	case flex.Busy:
		return Outcome{State: store.Waiting, Reason: reason(err), After: s.pause(now)}, nil
	default: // no error, or one that another try may overcome
	}
	if err != nil {
		return Outcome{State: store.Retrying, Reason: reason(err), After: max(flex.RetryAfter(err), retryAfter)}, err
	}
	return s.out, nil
}

// reason words an error for people: a sentence of ours, and Twilio's numbers.
// Twilio's own sentence may name a person.
func reason(err error) string {
	e, ok := errors.AsType[*flex.Error](err)
	if !ok {
		return "flexscim could not finish; see the log"
	}
	text := sentence(e.Kind)
	if e.Status == 0 && e.Kind == flex.Refused && e.Err != nil {
		return text + ": " + e.Err.Error()
	}
	if e.Status == 0 {
		return fmt.Sprintf("%s (%s)", text, e.Op)
	}
	return fmt.Sprintf("%s (%s: status %d, code %d)", text, e.Op, e.Status, e.Code)
}

func sentence(k flex.Kind) string {
	switch k {
	case flex.Slow:
		return "Twilio asks to slow down"
	case flex.Down:
		return "Twilio does not answer"
	case flex.Uncertain:
		return "what became of a write is not known yet"
	case flex.Denied:
		return "Twilio does not take the credentials"
	case flex.Refused:
		return "Twilio will not take this"
	case flex.Taken:
		return "Twilio says that a Worker of this name exists"
	case flex.Busy:
		return "Twilio says that the Worker is busy"
	case flex.Gone:
		return "the Worker disappeared"
	case flex.Conflict:
		return "somebody else keeps changing the Worker"
	}
	return "flexscim could not finish"
}
