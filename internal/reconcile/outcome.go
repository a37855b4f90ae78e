package reconcile

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/store"
)

// Outcome is the result of a run. The states Waiting and Parked are not errors.
type Outcome struct {
	State  store.State   // Settled, Waiting, Parked; Retrying with an error
	After  time.Duration // pause until the next run; if Parked, until a sweep tries again
	Reason string        // for operators, without personal data; "" if Settled
	Stuck  bool          // an operator must act; the state is Parked, or Waiting for a leaver
	Again  bool          // the person changed during the run: run again immediately
}

// retryAfter is the minimum time for which the queue's scan for people without a job
// ignores a person whose run failed. The failed job has its own backoff.
const retryAfter = 30 * time.Second

// conclude returns the outcome of a run that ended with err, and the error for the
// caller. If Twilio will never accept the change, the state is Parked. If Twilio said
// that the Worker is busy, the state is Waiting. Both return no error. A leaver is
// Waiting instead of Parked, so that the queue tries again.
func (s state) conclude(err error, now time.Time) (Outcome, error) {
	out := s.out
	switch flex.KindOf(err) {
	case flex.Refused, flex.Taken:
		out = Outcome{State: store.Parked, Reason: s.reason(err)}
	case flex.Busy:
		return Outcome{State: store.Waiting, Reason: s.reason(err), After: s.pause(now), Stuck: s.busy}, nil
	default: // no error, or an error after which a later run may succeed
		if err != nil {
			return Outcome{State: store.Retrying, Reason: s.reason(err), After: max(flex.RetryAfter(err), retryAfter)}, err
		}
	}
	if out.State == store.Parked {
		out.Stuck, out.After = true, s.patience(now, parkedMost)
	}
	if out.Stuck && s.want.Person.IsNobody() {
		out.State, out.After = store.Waiting, s.patience(now, leaverMost)
	}
	return out, nil
}

// These are the longest pauses between two tries if an operator must act for the
// person.
const (
	parkedMost = 24 * time.Hour
	leaverMost = 15 * time.Minute
)

// patience returns the pause until the next try if an operator must act for the
// person. The pause grows with the time since the person's last change, up to the
// parameter most.
func (s state) patience(now time.Time, most time.Duration) time.Duration {
	return min(max(now.Sub(s.person.User.Meta.LastModified)/4, pollHolder), most)
}

// reason describes an error to operators: a sentence of ours, Twilio's status and
// error code, and Twilio's message without the person's names.
func (s state) reason(err error) string {
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
	if e.Kind == flex.Uncertain && e.Status < 300 && e.Err != nil { // e.Err is our own description of the response
		text += ": " + e.Err.Error()
	}
	if message := s.impersonal(e.Message); message != "" {
		text += ": " + message
	}
	return text
}

// maxMessage is the number of characters of Twilio's sentence that are kept.
const maxMessage = 300

// impersonal returns Twilio's sentence in printable characters, with "…" for the
// names of the person.
func (s state) impersonal(message string) string {
	for _, name := range []string{s.want.Name, s.link.FriendlyName} {
		if name != "" {
			message = regexp.MustCompile("(?i)"+regexp.QuoteMeta(name)).ReplaceAllString(message, "…")
		}
	}
	printable := strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, message)
	if r := []rune(printable); len(r) > maxMessage {
		printable = string(r[:maxMessage]) + "…"
	}
	return strings.TrimSpace(printable)
}

// sentences describes each kind of error to operators.
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
