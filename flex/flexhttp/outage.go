package flexhttp

import "time"

// After maxLost calls in a row that Twilio did not answer, only probes are sent. The
// pause before a probe doubles from firstProbe to maxProbe.
const (
	maxLost    = 10
	firstProbe = time.Second
	maxProbe   = 10 * time.Second
)

// outage is a circuit breaker. It is closed while Twilio answers, whatever the
// answer is. It opens after maxLost calls in a row without an answer. While it is
// open, one call at a time may be sent as a probe, and the first answer closes it.
// The zero value is closed.
//
// sony/gobreaker is not used, because it refuses calls while it is open, and the
// limiter must let them wait in the order of their priority.
type outage struct {
	lost    int       // calls in a row without an answer
	open    bool      //
	probing bool      // a probe is under way
	probes  int       // that had no answer
	next    time.Time // when the next probe may be sent
}

// answered records an answer of Twilio, and reports whether it ended an outage.
func (o *outage) answered() (ended bool) {
	ended = o.open
	*o = outage{}
	return ended
}

// unanswered records a call without an answer, and reports whether an outage began.
func (o *outage) unanswered(now time.Time, probe bool) (began bool) {
	switch {
	case probe:
		o.probes++
		o.probing = false
		o.next = now.Add(min(firstProbe<<min(o.probes, 8), maxProbe))
	case !o.open:
		o.lost++
		o.open = o.lost >= maxLost
		o.next = now.Add(firstProbe)
		return o.open
	}
	return false
}

// abandoned records that a probe was cancelled before it had a result.
func (o *outage) abandoned() { o.probing = false }

// closedFor returns the time until a call may be sent. The result is negative if
// this time depends on a probe that is under way.
func (o *outage) closedFor(now time.Time) time.Duration {
	switch {
	case !o.open:
		return 0
	case o.probing:
		return -1
	}
	return max(o.next.Sub(now), 0)
}
