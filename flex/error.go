package flex

import (
	"errors"
	"fmt"
	"time"
)

// Kind is what a caller can do about an Error. A Kind is itself an error, so
// that errors.Is(err, flex.Busy) reads as English.
type Kind string

func (k Kind) Error() string { return string(k) }

// The kinds.
const (
	Slow      Kind = "slow"      // 429: wait RetryAfter; nothing happened
	Down      Kind = "down"      // 5xx or no connection: nothing is known to have happened; try later
	Uncertain Kind = "uncertain" // a write whose answer never came: observe before acting again
	Denied    Kind = "denied"    // 401, 403: the credentials
	Refused   Kind = "refused"   // 400: this request will never be taken
	Taken     Kind = "taken"     // a Worker of this FriendlyName exists
	Busy      Kind = "busy"      // the Worker holds reservations or is available
	Gone      Kind = "gone"      // 404: the resource does not exist
	Conflict  Kind = "conflict"  // 412: somebody changed it since we read it
)

// Error is what a call to Twilio came to.
type Error struct {
	Op         string        // our name of the call: "update worker"
	Kind       Kind          //
	Status     int           // HTTP; 0 where no answer came
	Code       int           // Twilio's, see https://www.twilio.com/docs/api/errors
	Message    string        // Twilio's sentence; it may name a person: never log it above debug
	RetryAfter time.Duration // 0: none was given
	RequestID  string        // Twilio-Request-Id, for Twilio's support
	Err        error         // the cause, where it is ours
}

func (e *Error) Error() string {
	s := fmt.Sprintf("%s: %s", e.Op, e.Kind)
	if e.Status != 0 {
		s += fmt.Sprintf(" (status %d, code %d)", e.Status, e.Code)
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap lets errors.Is find the Kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

// KindOf is the Kind in err's chain, "" where there is none.
func KindOf(err error) Kind {
	k, _ := errors.AsType[Kind](err)
	return k
}

// RetryAfter is the pause that Twilio asked for, 0 where it did not.
func RetryAfter(err error) time.Duration {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return 0
	}
	return e.RetryAfter
}
