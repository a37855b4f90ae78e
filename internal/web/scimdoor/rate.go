package scimdoor

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/flexscim/flexscim/internal/logfield"
	"github.com/flexscim/flexscim/internal/web"
)

// burstSeconds sets the maximum size of a burst: the number of requests that the
// limit allows in this many seconds. An IdP that provisions in cycles sends all
// changes since the last cycle in one burst.
const burstSeconds = 10

// bucket returns a limiter for n requests per second. For n = 0 it returns nil,
// which means no limit.
func bucket(n int) *rate.Limiter {
	if n == 0 {
		return nil
	}
	return rate.NewLimiter(rate.Limit(n), n*burstSeconds)
}

// take counts one request. If the request exceeds the limit of the bucket b, take
// does not count it, and returns the time until the next request is allowed.
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

// These constants limit requests without a valid token. Up to failureRate, an
// address gets 401 for such requests. Above this rate it gets 429 and has to wait,
// each time twice as long, up to longestWait.
const (
	failureRate    = 10  // requests per second
	failureBurst   = 100 // requests
	firstWait      = time.Second
	longestWait    = time.Minute
	knownAddresses = 10000 // maximum
)

// failures counts, for each address, the requests without a valid token. A request
// with a valid token never has to wait. If it had to, each client behind a proxy or
// a NAT could lock out the IdP, because all these clients have the same address.
type failures struct {
	mu    sync.Mutex
	known map[netip.Prefix]*failure // :: address → its failures
}

// failure contains the limiter and the last wait of one address.
type failure struct {
	bucket *rate.Limiter
	wait   time.Duration // length of the last wait
	until  time.Time     // end of the last wait
	during int64         // number of requests during the last wait
}

// remaining returns how long an address still has to wait, or 0 if it does not have to
// wait.
func (f *failures) remaining(address netip.Prefix, now time.Time) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	if one := f.known[address]; one != nil && now.Before(one.until) {
		return one.until.Sub(now)
	}
	return 0
}

// add counts a request without a valid token from an address. It returns how long
// the address has to wait, or 0 if it does not have to wait. If a new wait begins,
// the result first is true, and the result during is the number of requests during
// the previous wait.
func (f *failures) add(address netip.Prefix, now time.Time) (wait time.Duration, first bool, during int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	one := f.known[address]
	if one == nil {
		f.forget(now)
		one = &failure{bucket: rate.NewLimiter(failureRate, failureBurst)}
		f.known[address] = one
	}
	if now.Before(one.until) {
		one.during++
		return one.until.Sub(now), false, 0
	}
	if now.Sub(one.until) > longestWait {
		one.wait = 0 // the last wait ended long ago
	}
	if one.bucket.AllowN(now, 1) {
		return 0, false, 0
	}
	during, one.during = one.during, 0
	one.wait = min(max(firstWait, 2*one.wait), longestWait)
	one.until = now.Add(one.wait)
	return one.wait, true, during
}

// If failures.known is full, forget removes the addresses without recent requests.
// If it is still full, forget removes all addresses.
func (f *failures) forget(now time.Time) {
	if len(f.known) < knownAddresses {
		return
	}
	for address, one := range f.known {
		if now.Sub(one.until) > longestWait && one.bucket.TokensAt(now) >= failureBurst {
			delete(f.known, address)
		}
	}
	if len(f.known) >= knownAddresses {
		clear(f.known)
	}
}

// mustWait reports whether the address that sends a request has to wait. Requests
// with a valid token do not wait, but mustWait does not look at the token.
func (d *Door) mustWait(r *http.Request) bool {
	return d.LimitFailures && d.failures.remaining(network(address(r, d.BehindProxy)), d.Clock()) > 0
}

// slowDown counts a request without a valid token. It returns how long the sender
// has to wait, or 0 if the sender does not have to wait.
func (d *Door) slowDown(r *http.Request) time.Duration {
	if !d.LimitFailures {
		return 0
	}
	from := network(address(r, d.BehindProxy))
	wait, first, during := d.failures.add(from, d.Clock())
	if first {
		d.Log.Warn("an address sends many requests without a valid token and has to wait; the count is the number of requests during its last wait",
			logfield.Request(logfield.RequestID(r.Context())), logfield.Address(from.Addr().String()), logfield.RetryAfter(wait), logfield.Count(during))
	}
	web.AccessEntryOf(r.Context()).Sampled = wait > 0 && !first
	return wait
}

// address returns the address of a request's sender. Only the last value of
// X-Forwarded-For is from the proxy; the client may have sent the others. If the
// address is invalid, it returns the zero value.
func address(r *http.Request, behindProxy bool) netip.Addr {
	text, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		text = r.RemoteAddr
	}
	if forwarded := r.Header.Values("X-Forwarded-For"); behindProxy && len(forwarded) > 0 {
		last := forwarded[len(forwarded)-1]
		text = strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
	}
	at, _ := netip.ParseAddr(text)
	return at.Unmap().WithZone("")
}

// network returns an IPv4 address, or the network of an IPv6 address, since a host
// may use every address of its network. All invalid addresses share one network.
func network(at netip.Addr) netip.Prefix {
	const network4, network6 = 32, 64
	bits := network6
	if at.Is4() {
		bits = network4
	}
	p, _ := at.Prefix(bits) // fails only for an invalid address, and then returns the zero prefix
	return p
}
