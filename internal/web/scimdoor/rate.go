package scimdoor

import (
	"time"

	"golang.org/x/time/rate"
)

// burstSeconds sets the burst: the requests of so many seconds may come at once,
// because an IdP's cycle begins with everything that has waited.
const burstSeconds = 10

// bucket returns a limiter of n requests per second; nil, no limit, for 0.
func bucket(n int) *rate.Limiter {
	if n == 0 {
		return nil
	}
	return rate.NewLimiter(rate.Limit(n), n*burstSeconds)
}

// take takes one request out of a bucket, or returns how long the bucket will
// be empty.
func take(b *rate.Limiter, now time.Time) (wait time.Duration) {
	if b == nil {
		return 0
	}
	r := b.ReserveN(now, 1)
	if wait = r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
	}
	return wait
}
