package admin

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"time"
)

// maxSkew is the largest difference to Twilio's clock with which the times of
// a leaver record are still usable.
const maxSkew = 5 * time.Second

// serverClock measures the difference between our clock and the server's, from
// the Date header of its answers.
type serverClock struct {
	next http.RoundTripper
	skew atomic.Pointer[time.Duration] // nil: not known
}

// RoundTrip implements http.RoundTripper.
func (c *serverClock) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if date, err := http.ParseTime(res.Header.Get("Date")); err == nil {
		skew := time.Since(date)
		c.skew.Store(&skew)
	}
	return res, nil
}

func (c *serverClock) check(r report) {
	switch skew := c.skew.Load(); {
	case skew == nil:
		r("clock", Warn, "Twilio's answer had no date to compare with", "")
	case skew.Abs() > maxSkew:
		r("clock", Bad, fmt.Sprintf("%v off from Twilio's: the times of a leaver record would be wrong", skew.Round(time.Second)), "switch time synchronisation on (NTP)")
	default:
		r("clock", Good, fmt.Sprintf("within %v of Twilio's", maxSkew), "")
	}
}
