package web

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/flexscim/flexscim/internal/logfield"
	"github.com/flexscim/flexscim/scim/scimhttp"
	"github.com/flexscim/flexscim/scim/scimhttp/me"
)

// burstSeconds is for how many seconds' requests may come at once: an IdP's
// cycle begins with all that has waited.
const burstSeconds = 10

// A stranger, an address that sends requests without a good token, is told so
// with 401. Past this it is told to wait, longer each time.
const (
	strangerRate  = 10  // requests a second
	strangerBurst = 100 // at once
	firstWait     = time.Second
	longestWait   = time.Minute
	mostStrangers = 10000 // addresses that are remembered
)

// bucket is what one connection's IdP may send, or all its people; nil: anything.
func bucket(c Config) *rate.Limiter {
	if c.Rate == 0 {
		return nil
	}
	return rate.NewLimiter(rate.Limit(c.Rate), c.Rate*burstSeconds)
}

// take takes a token out of a bucket, or says how long there is none.
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

// tooMany answers a connection that sends too much, or its people.
func (g *gate) tooMany(w http.ResponseWriter, r *http.Request, wait time.Duration) {
	who := "The connection sends"
	if me.Of(r.Context()) != "" {
		who = "The people of the connection who have tokens of their own together send"
	}
	scimhttp.SetRetryAfter(w, wait)
	writeError(w, r, http.StatusTooManyRequests, fmt.Sprintf(
		"%s more than %d requests a second (limits.rate). Nothing was changed; wait as long as Retry-After says.", who, g.Rate))
}

// strangers counts requests without a good token, by address. It never stops a
// good token: behind a proxy or a NAT everybody has one address, and whoever
// shares it with an IdP could lock that out.
type strangers struct {
	mu    sync.Mutex
	known map[netip.Prefix]*stranger // :: address → what it has sent
}

type stranger struct {
	bucket *rate.Limiter
	wait   time.Duration // how long it had to wait last time
	until  time.Time
}

// refused notes a request of an address, and says how long the next has to
// wait; 0: not at all. first says that the address was not waiting before.
func (s *strangers) refused(address netip.Prefix, now time.Time) (wait time.Duration, first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.known[address]
	if one == nil {
		s.forget(now)
		one = &stranger{bucket: rate.NewLimiter(strangerRate, strangerBurst)}
		s.known[address] = one
	}
	if now.Before(one.until) {
		return one.until.Sub(now), false
	}
	if now.Sub(one.until) > longestWait {
		one.wait = 0 // it has become quiet
	}
	if one.bucket.AllowN(now, 1) {
		return 0, false
	}
	one.wait = min(max(firstWait, 2*one.wait), longestWait)
	one.until = now.Add(one.wait)
	return one.wait, true
}

// forget makes room: who was quiet goes first, and if nobody was, everybody.
func (s *strangers) forget(now time.Time) {
	if len(s.known) < mostStrangers {
		return
	}
	for address, one := range s.known {
		if now.Sub(one.until) > longestWait && one.bucket.TokensAt(now) >= strangerBurst {
			delete(s.known, address)
		}
	}
	if len(s.known) >= mostStrangers {
		clear(s.known)
	}
}

// tooOften answers a stranger who has to wait; false: it has not to.
func (g *gate) tooOften(w http.ResponseWriter, r *http.Request) bool {
	if g.Rate == 0 {
		return false
	}
	from := address(r, g.BehindProxy)
	wait, first := g.strangers.refused(from, g.Clock())
	if wait == 0 {
		return false
	}
	if first {
		g.Log.Warn("an address sends many requests without a good token: it is told to wait", logfield.Request(logfield.RequestID(r.Context())),
			logfield.Address(from.Addr().String()), logfield.RetryAfter(wait))
	}
	scimhttp.SetRetryAfter(w, wait)
	writeError(w, r, http.StatusTooManyRequests,
		"Many requests without a valid token came from this address. Wait as long as Retry-After says, and send one made by `flexscim token create`.")
	return true
}

// address is who sends a request. A proxy before us adds it to the end of
// X-Forwarded-For; what stands before it, the client may have written. Of IPv6
// it is the network, of which a host has all addresses.
func address(r *http.Request, behindProxy bool) netip.Prefix {
	text, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		text = r.RemoteAddr
	}
	if forwarded := r.Header.Values("X-Forwarded-For"); behindProxy && len(forwarded) > 0 {
		last := forwarded[len(forwarded)-1]
		text = strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
	}
	const network4, network6 = 32, 64
	at, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{} // all that nothing is known of are one
	}
	bits := network6
	if at = at.Unmap().WithZone(""); at.Is4() {
		bits = network4
	}
	p, _ := at.Prefix(bits) // the lengths are valid ones
	return p
}
