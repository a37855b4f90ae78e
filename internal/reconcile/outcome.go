package reconcile

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/store"
)

// Outcome is the result of a run. Waiting and Parked are not errors.
type Outcome struct {
	State  store.State   // Settled, Waiting, Parked; Retrying with an error
	After  time.Duration // pause until the next run, if the state is Waiting or Retrying
	Reason string        // for operators, without personal data; "" if Settled
	Again  bool          // the person changed during the run: run again immediately
}

// retryAfter is the minimum time for which the queue's scan for people without a job
// ignores a person whose run failed. The failed job has its own backoff.
const retryAfter = 30 * time.Second

// conclude returns the outcome of a run that ended with err, and the error for the
// caller. If Twilio will never accept the change, the state is Parked. If Twilio said
// that the Worker is busy, the state is Waiting. Both return no error.
func (s state) conclude(err error, now time.Time) (Outcome, error) {
	switch flex.KindOf(err) {
	case flex.Refused, flex.Taken:
		return Outcome{State: store.Parked, Reason: reason(err)}, nil
	case flex.Busy:
		return Outcome{State: store.Waiting, Reason: reason(err), After: s.pause(now)}, nil
	default: // no error, or an error after which a later run may succeed
	}
	if err != nil {
		return Outcome{State: store.Retrying, Reason: reason(err), After: max(flex.RetryAfter(err), retryAfter)}, err
	}
	return s.out, nil
}

// reason describes an error to operators: a sentence of ours, with Twilio's status
// and error code. It leaves out Twilio's message, which may name a person.
func reason(err error) string {
	e, ok := errors.AsType[*flex.Error](err)
	if !ok {
		return "flexscim could not finish; see the log"
	}
	text := cmp.Or(sentences[e.Kind], "flexscim could not finish")
	if e.Status == 0 && e.Kind == flex.Refused && e.Err != nil {
		return text + ": " + e.Err.Error()
	}
	if e.Status == 0 {
		return fmt.Sprintf("%s (%s)", text, e.Op)
	}
	text = fmt.Sprintf("%s (%s: status %d, code %d)", text, e.Op, e.Status, e.Code)
	if e.Kind == flex.Uncertain && e.Status < 300 && e.Err != nil { // our own description of the response
		text += ": " + e.Err.Error()
	}
	return text
}

// sentences describe kinds of errors to operators.
var sentences = map[flex.Kind]string{
	flex.Slow:      "Twilio asks to slow down",
	flex.Down:      "Twilio does not answer",
	flex.Uncertain: "it is not known yet whether a write succeeded",
	flex.Denied:    "Twilio refuses the credentials",
	flex.Refused:   "Twilio refuses this",
	flex.Taken:     "Twilio says that another Worker has this name",
	flex.Busy:      "Twilio says that the Worker is busy",
	flex.Gone:      "the Worker disappeared",
	flex.Conflict:  "somebody else keeps changing the Worker",
}
