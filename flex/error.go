package flex

import (
	"errors"
	"fmt"
	"time"
)

// Kind classifies an Error by the action that a caller can take. It implements the
// interface error, so that errors.Is(err, flex.Busy) works.
type Kind string

func (k Kind) Error() string { return string(k) }

// The kinds.
const (
	Slow      Kind = "slow"      // 429; the call had no effect; wait RetryAfter
	Down      Kind = "down"      // 5xx or no connection; the call probably had no effect; try later
	Uncertain Kind = "uncertain" // a write without a response; read the state before you write again
	Denied    Kind = "denied"    // 401, 403: wrong credentials
	Refused   Kind = "refused"   // 400: this request will never succeed
	Taken     Kind = "taken"     // a Worker with this FriendlyName already exists
	Busy      Kind = "busy"      // a deletion was refused because the Worker has Reservations or is available
	Gone      Kind = "gone"      // 404: the resource does not exist
	Conflict  Kind = "conflict"  // 412: the resource has changed since we read it
)

// Error is the error of a call to Twilio.
type Error struct {
	Op         string        // our name for the call, such as "update worker"
	Kind       Kind          //
	Status     int           // HTTP status; 0 if there was no response
	Code       int           // Twilio's error code, see https://www.twilio.com/docs/api/errors
	Message    string        // Twilio's text; it may contain personal data
	RetryAfter time.Duration // 0 if Twilio requested no pause
	RequestID  string        // the header Twilio-Request-Id, for Twilio's support
	Err        error         // the cause, or nil
}

func (e *Error) Error() string {
	s := fmt.Sprintf("%s: %s", e.Op, e.Kind)
	if e.Status != 0 {
		s += fmt.Sprintf(" (status %d, code %d", e.Status, e.Code)
		if e.RequestID != "" {
			s += ", request " + e.RequestID
		}
		s += ")"
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

// KindOf returns the Kind of the Error that err wraps, or "".
func KindOf(err error) Kind {
	k, _ := errors.AsType[Kind](err)
	return k
}

// RequestID returns the id of the request to Twilio that failed, or "".
func RequestID(err error) string {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return ""
	}
	return e.RequestID
}

// RetryAfter returns the pause that Twilio requested, or 0.
func RetryAfter(err error) time.Duration {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return 0
	}
	return e.RetryAfter
}
