package scimdoor_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"github.com/flexscim/flexscim/internal/auth"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/scim/scimhttp"
)

// paced is a door with a rate limit, and a clock that the test advances.
type paced struct {
	*door

	handler http.Handler
	now     time.Time
}

func newPaced(t *testing.T, rate int, change ...func(*config)) *paced {
	t.Helper()
	p := &paced{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	p.door = newDoor(t, append(change, func(c *config) {
		c.Rate, c.LimitFailures = func(store.Connection) int { return rate }, rate > 0
		c.Clock, c.SCIM = func() time.Time { return p.now }, echo
	})...)
	p.handler = p.config.handler()
	return p
}

// get sends a request from an address. The argument forwarded contains its
// X-Forwarded-For headers.
func (p *paced) get(token, address string, forwarded ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "/scim/v2/Users", nil)
	r.RemoteAddr = address
	r.Header.Set("Authorization", "Bearer "+token)
	for _, f := range forwarded {
		r.Header.Add("X-Forwarded-For", f)
	}
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	return w
}

// count sends n requests and returns the statuses in their order: "1000×200 5×429"
// means 1,000 times status 200, then 5 times status 429.
func (p *paced) count(n int, token, address string, forwarded ...string) string {
	var out []string
	same, last := 0, 0
	for range n {
		status := p.get(token, address, forwarded...).Code
		if status != last && same > 0 {
			out, same = append(out, fmt.Sprintf("%d×%d", same, last)), 0
		}
		same, last = same+1, status
	}
	return strings.Join(append(out, fmt.Sprintf("%d×%d", same, last)), " ")
}

const here = "192.0.2.1:1234"

func TestRate(t *testing.T) {
	t.Parallel()
	p := newPaced(t, 25)
	for _, row := range []struct {
		name, token string
		after       time.Duration
		n           int
		want        string
	}{
		{"a burst of ten seconds' worth, and no more", p.okta, 0, 252, "250×200 2×429"},
		{"another connection has its own limit", p.entra, 0, 250, "250×200"},
		{"a second later, one second's worth", p.okta, time.Second, 26, "25×200 1×429"},
		{"refused requests do not count", p.okta, 40 * time.Millisecond, 2, "1×200 1×429"},
		{"a pause allows one full burst, and no more", p.okta, time.Hour, 251, "250×200 1×429"},
		{"at exactly the rate", p.okta, 10 * time.Second, 250, "250×200"},
	} {
		p.now = p.now.Add(row.after)
		if got := p.count(row.n, row.token, here); got != row.want {
			t.Errorf("%s: got %s, want %s", row.name, got, row.want)
		}
	}
	w := p.get(p.okta, here)
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "1" || w.Header().Get("Content-Type") != "application/scim+json" ||
		!strings.Contains(w.Body.String(), `"status":"429"`) || !strings.Contains(w.Body.String(), w.Header().Get("X-Request-Id")) {
		t.Errorf("got %d %v %s, want a SCIM error with Retry-After in whole seconds", w.Code, w.Header(), w.Body)
	}
	if got := newPaced(t, 0).count(3000, "", here); got != "3000×401" {
		t.Errorf("without a limit: got %s", got)
	}
}

// TestFailures checks that an address that sends many requests without a valid
// token has to wait, longer each time, and that requests with a valid token
// never have to wait.
func TestFailures(t *testing.T) {
	t.Parallel()
	p := newPaced(t, 100)
	const guess = "fscim_guess"
	if got := p.count(102, guess, here); got != "100×401 2×429" {
		t.Fatalf("got %s, want 401 a hundred times, then 429", got)
	}
	if got := p.get(p.okta, here).Code; got != http.StatusOK {
		t.Errorf("a valid token from the same address: got %d, want 200", got)
	}
	if got := p.count(2, guess, "192.0.2.2:1234"); got != "2×401" {
		t.Errorf("another address: got %s, want 401", got)
	}
	for _, want := range []string{"1", "2", "4", "8", "16", "32", "60", "60"} { // values of Retry-After
		var w *httptest.ResponseRecorder
		for range 1000 {
			if w = p.get(guess, here); w.Code == http.StatusTooManyRequests {
				break
			}
		}
		if got := w.Header().Get("Retry-After"); w.Code != http.StatusTooManyRequests || got != want || w.Header().Get("WWW-Authenticate") != "" {
			t.Errorf("got %d, Retry-After %s, want 429 and %s", w.Code, got, want)
		}
		p.now = p.now.Add(time.Millisecond)
		if got := p.get(guess, here).Code; got != http.StatusTooManyRequests {
			t.Errorf("during the wait: got %d, want 429", got)
		}
		var seconds int
		if _, err := fmt.Sscan(want, &seconds); err != nil {
			t.Fatal(err)
		}
		p.now = p.now.Add(time.Duration(seconds) * time.Second)
		if got := p.get(guess, here).Code; got != http.StatusUnauthorized {
			t.Errorf("after the wait: got %d, want 401", got)
		}
	}
	p.now = p.now.Add(time.Hour)
	if got := p.count(101, guess, here) + " " + p.get(guess, here).Header().Get("Retry-After"); got != "100×401 1×429 1" {
		t.Errorf("after an hour without requests: got %s, want the same as at the start", got)
	}
	lines := p.logs.FilterMessageSnippet("has to wait").All()
	if len(lines) != 9 || lines[0].Level != zap.WarnLevel || lines[0].ContextMap()["address"] != "192.0.2.1" {
		t.Errorf("got %d lines %v, want one for each wait", len(lines), lines)
	}
}

// TestPublicConfig checks that ServiceProviderConfig is public only if the
// configuration says so, that a wrong token is refused anyway, and that requests
// without a token are limited like requests with a wrong token.
func TestPublicConfig(t *testing.T) {
	t.Parallel()
	const path = "/scim/v2/ServiceProviderConfig"
	if w := serve(newPaced(t, 100).handler, "GET", path, "X-None: none"); w.Code != http.StatusUnauthorized {
		t.Errorf("not public: got %d, want 401", w.Code)
	}
	p := newPaced(t, 100, func(c *config) { c.Public = scimhttp.ServiceProviderConfig(scimhttp.Config{MaxPage: 7}) })
	if w := serve(p.handler, "GET", path, "X-None: none"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"maxResults":7`) || w.Header().Get("Content-Type") != "application/scim+json" {
		t.Errorf("got %d %v %s, want the document", w.Code, w.Header(), w.Body)
	}
	for _, credential := range []string{"Authorization:", bearer("fscim_wrong"), "Authorization: Basic dTpw"} {
		if w := serve(p.handler, "GET", path, credential); w.Code != http.StatusUnauthorized {
			t.Errorf("%s: got %d, want 401", credential, w.Code)
		}
	}
	limited := 0
	for range 110 {
		w := serve(p.handler, "GET", path, "X-None: none")
		if w.Code == http.StatusTooManyRequests && w.Header().Get("Retry-After") != "" {
			limited++
		}
	}
	if limited != 14 { // 4 requests came before: one without a token, and three with a wrong one
		t.Errorf("got %d times 429, want 14", limited)
	}
	if got := p.get(p.okta, "192.0.2.9:1").Code; got != http.StatusOK {
		t.Errorf("a valid token: got %d", got)
	}
}

// TestThrottledStranger sends requests from an address that has to wait. It checks
// that a request without a valid token costs neither a look-up of its token nor a
// line in the log, and that a valid token is accepted.
func TestThrottledStranger(t *testing.T) {
	t.Parallel()
	p := newPaced(t, 100)
	p.auth = auth.New(auth.Config{Store: p.store, Clock: func() time.Time { return p.now }})
	t.Cleanup(p.auth.Close)
	p.config.Auth = p.auth
	p.handler = p.config.handler()
	expired, revoked := p.token(t, "okta", time.Minute), p.token(t, "entra", 0)
	if _, err := p.auth.Revoke(t.Context(), revoked[len(revoked)-4:], "cli"); err != nil {
		t.Fatal(err)
	}
	p.now = p.now.Add(time.Hour)
	strangers := []string{"fscim_guess", "fscim_another", expired, revoked, "two words", ""}
	if got := p.count(101, strangers[0], here); got != "100×401 1×429" {
		t.Fatalf("got %s, want 401 a hundred times, then 429", got)
	}
	if got := p.count(1, strangers[0], here); got != "1×429" { // this request makes auth.Auth read which tokens are valid
		t.Fatalf("got %s, want 429", got)
	}
	fresh := p.token(t, "third", 0)
	if got := p.count(1, fresh, here); got != "1×200" {
		t.Errorf("a token created during the wait: got %s, want 200", got)
	}
	before := p.logs.Len()
	if err := p.store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, token := range strangers {
		if got := p.count(50, token, here); got != "50×429" {
			t.Errorf("token %q without a database: got %s, want 429", token, got)
		}
	}
	if got := p.logs.All()[before:]; len(got) != 0 {
		t.Errorf("got %d lines, the first one %v, want none", len(got), got[0])
	}
}

// TestSample checks that the log has one line for each wait, with the number of
// requests during the previous wait.
func TestSample(t *testing.T) {
	t.Parallel()
	p := newPaced(t, 100)
	var counts []any
	for _, row := range []struct {
		after    time.Duration // pause before the requests
		requests int
	}{{0, 101 + 7}, {time.Second, 11 + 30}, {2 * time.Second, 21 + 1}} {
		p.now = p.now.Add(row.after)
		p.count(row.requests, "fscim_guess", here)
	}
	for _, line := range p.logs.FilterMessageSnippet("has to wait").All() {
		counts = append(counts, line.ContextMap()["count"])
	}
	if diff := cmp.Diff([]any{int64(0), int64(7), int64(30)}, counts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := p.logs.FilterMessage("request").Len(); got != 101+11+21 {
		t.Errorf("got %d lines of the access log, want those of the requests outside of waits, and of the first one of each wait", got)
	}
}

// TestFailuresAddress checks that requests of one address are counted together,
// and that a client cannot change its address with headers.
func TestFailuresAddress(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name             string
		proxy            bool
		address, another string   // host:port
		forwarded, then  []string // X-Forwarded-For of both requests
		same             bool
	}{
		{"another port", false, here, "192.0.2.1:99", nil, nil, true},
		{"another host", false, here, "192.0.2.2:99", nil, nil, false},
		{"the same host in IPv6 notation", false, here, "[::ffff:192.0.2.1]:1", nil, nil, true},
		{"another address of the same network", false, "[2001:db8::1]:1", "[2001:db8::2]:1", nil, nil, true},
		{"another network", false, "[2001:db8::1]:1", "[2001:db8:0:1::1]:1", nil, nil, false},
		{"a header without a proxy", false, here, here, []string{"10.0.0.1"}, []string{"10.0.0.2"}, true},
		{"the address that the proxy added", true, here, here, []string{"10.0.0.1"}, []string{"10.0.0.2"}, false},
		{"addresses that the client added", true, here, here, []string{"1.1.1.1, 10.0.0.1"}, []string{"2.2.2.2", "3.3.3.3,10.0.0.1"}, true},
		{"no valid address", true, here, here, []string{"unknown"}, []string{"other"}, true},
		{"a proxy that adds no address", true, here, "192.0.2.2:99", nil, nil, false},
	} {
		p := newPaced(t, 100, func(c *config) { c.BehindProxy = row.proxy })
		if got := p.count(101, "fscim_guess", row.address, row.forwarded...); got != "100×401 1×429" {
			t.Errorf("%s: got %s", row.name, got)
		}
		if got := p.get("fscim_guess", row.another, row.then...).Code == http.StatusTooManyRequests; got != row.same {
			t.Errorf("%s: counted together: got %v, want %v", row.name, got, row.same)
		}
	}
}
