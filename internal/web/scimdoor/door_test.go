package scimdoor_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/flexscim/flexscim/internal/auth"
	"github.com/flexscim/flexscim/internal/connection"
	"github.com/flexscim/flexscim/internal/metrics"
	"github.com/flexscim/flexscim/internal/secret"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
	"github.com/flexscim/flexscim/internal/web"
	"github.com/flexscim/flexscim/internal/web/scimdoor"
)

const metricsToken = "metrics-token-of-the-scraper"

// config is the configuration of a door and of its transport.
type config struct {
	scimdoor.Config

	health    web.Health
	transport web.Config
}

func (c config) handler() http.Handler {
	c.Metrics = metrics.New("test")
	c.Endpoints = web.Endpoints(c.health, c.Metrics)
	c.transport.Endpoints, c.transport.Metrics, c.transport.Log = c.Endpoints, c.Metrics, c.Log
	c.transport.Doors = []web.Door{scimdoor.New(c.Config)}
	return web.New(c.transport)
}

// door is a server with a store and tokens. The SCIM handler of each connection
// serves a single user.
type door struct {
	config config
	auth   *auth.Auth
	store  *store.Store
	logs   *observer.ObservedLogs
	server *httptest.Server
	okta   string // a valid token
	entra  string // a valid token of another connection
}

func newDoor(t *testing.T, change ...func(*config)) *door {
	t.Helper()
	core, logs := observer.New(zapcore.DebugLevel)
	d := &door{store: storetest.Open(t), logs: logs}
	d.auth = auth.New(auth.Config{Store: d.store})
	t.Cleanup(d.auth.Close)
	d.okta, d.entra = d.token(t, "okta", 0), d.token(t, "entra", 0)
	d.config = config{Config: scimdoor.Config{Auth: d.auth, SCIM: resourceOf, Log: zap.New(core)}, transport: web.Config{MetricsToken: secret.New(metricsToken)}}
	for _, c := range change {
		c(&d.config)
	}
	d.server = httptest.NewUnstartedServer(d.config.handler())
	d.server.Config.DisableGeneralOptionsHandler = true // like NewServer
	d.server.Start()
	t.Cleanup(d.server.Close)
	return d
}

// resourceOf returns a SCIM handler that serves a single user, whose id is the
// connection's name.
func resourceOf(c store.Connection) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/Users/"+c.Name {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = io.WriteString(w, "user of "+c.Name)
	})
}

func (d *door) token(t *testing.T, connectionName string, lifetime time.Duration) string {
	t.Helper()
	if _, err := connection.New(connection.Config{Store: d.store}).Ensure(t.Context(), connectionName, ""); err != nil {
		t.Fatal(err)
	}
	text, _, err := d.auth.Create(t.Context(), auth.Request{Connection: connectionName, Lifetime: lifetime, Actor: "cli"})
	if err != nil {
		t.Fatal(err)
	}
	return text.Reveal()
}

// send sends a request with exactly this target. (http.Client would clean it.)
func (d *door) send(t *testing.T, method, target string, headers ...string) (*http.Response, string) {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", d.server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	head := method + " " + target + " HTTP/1.1\r\nHost: flexscim\r\nConnection: close\r\n"
	for _, h := range headers {
		head += h + "\r\n"
	}
	if _, err := io.WriteString(conn, head+"\r\n"); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%s %s: %v", method, target, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, target, err)
	}
	return res, string(body)
}

func bearer(token string) string { return "Authorization: Bearer " + token }

var methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"}

// targets returns the path of every route of every router, and request targets that
// look similar.
func targets(t *testing.T, c config) []string {
	t.Helper()
	var out []string
	for _, r := range scimdoor.Routers(c.Config) {
		err := r.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
			pattern, err := route.GetPathTemplate()
			if err != nil {
				return err
			}
			out = append(out, variants(strings.ReplaceAll(pattern, "{id}", "okta"))...)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	out = append(out, "*", "/", "//", "/.well-known/x", "/healthz/../scim/v2/Users/okta", "/healthz/..%2fscim/v2/Users/okta",
		"/healthz;/../scim/v2/Users", "/readyz%2f..%2fscim%2fv2%2fUsers", "/scim/v2/Users/okta?x=/healthz", "/healthz?", "/healthz?x", "/healthz#x")
	slices.Sort(out)
	return slices.Compact(out)
}

// variants returns a path and request targets that look similar or could be treated
// as the same path.
func variants(path string) []string {
	last := path[strings.LastIndex(strings.TrimSuffix(path, "/"), "/"):]
	dir := strings.TrimSuffix(path, last)
	return []string{
		path, path + "/", path + ".", path + "%00", path + "%20", path + ";", path + ";x=/healthz", path + "?", path + "?x=/healthz",
		"/" + path, path + "//", "//healthz" + path, "/." + path, "/./" + path, "/x/.." + path, "/%2e%2e" + path, "/..;" + path,
		"/healthz/.." + path, "/healthz/..;" + path, "/healthz/%2e%2e" + path, "/healthz%2f.." + path, "/healthz%00" + path,
		dir + "%2F" + last[1:], dir + "%2f" + last[1:], dir + "/" + last, dir + `\` + last[1:], dir + "%5c" + last[1:],
		strings.ToUpper(path), dir + strings.ToUpper(last), dir + "/%" + hex(last[1]) + last[2:],
		"http://flexscim" + path, "http://healthz" + path, "HTTP://FLEXSCIM" + path,
	}
}

func hex(b byte) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[b>>4], digits[b&15]})
}

// TestNoWayAround checks that a request without a valid token can reach only
// /healthz and /readyz, however its target is spelt.
func TestNoWayAround(t *testing.T) {
	t.Parallel()
	reached := func(store.Connection) http.Handler {
		return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("SCIM reached: %s %s", r.Method, r.RequestURI) })
	}
	for _, public := range []bool{false, true} {
		t.Run("public "+strconv.FormatBool(public), func(t *testing.T) {
			t.Parallel()
			noWayAround(t, newDoor(t, func(c *config) {
				c.SCIM = reached
				if public {
					c.Public = http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
				}
			}), public)
		})
	}
}

// noWayAround sends requests without a valid token to every route. Only the health
// endpoints may be served, and ServiceProviderConfig if it is public.
func noWayAround(t *testing.T, d *door, public bool) {
	t.Helper()
	expired := d.token(t, "okta", time.Nanosecond)
	list, err := d.auth.List(t.Context(), "entra")
	if err != nil {
		t.Fatal(err)
	}
	revoked := d.entra
	if _, err := d.auth.Revoke(t.Context(), list[0].ID, "cli"); err != nil {
		t.Fatal(err)
	}
	credentials := []string{"X-None: none", "Authorization:", bearer(""), "Authorization: Basic dTpw", bearer("a b"),
		bearer(expired), bearer(revoked), bearer("fscim_unknown"), bearer(d.okta) + "\r\n" + bearer(d.okta)}
	handler := d.config.handler()
	all := targets(t, d.config)
	if len(all) < 300 {
		t.Fatalf("got %d targets, want every route in every spelling", len(all))
	}
	for i, target := range all {
		for _, method := range methods {
			reads := method == "GET" || method == "HEAD"
			for j, credential := range credentials {
				open := reads && (target == "/healthz" || target == "/readyz" ||
					public && target == "/scim/v2/ServiceProviderConfig" && credential == credentials[0])
				if (i+j)%len(credentials) == 0 { // over the network, which is slow: only one credential for each target and method
					res, _ := d.send(t, method, target, credential)
					checkRefused(t, method+" "+target+" "+credential, open, res.StatusCode, res.Header)
					continue
				}
				if w := serve(handler, method, target, credential); w != nil {
					checkRefused(t, method+" "+target+" "+credential, open, w.Code, w.Header())
				}
			}
		}
	}
}

// serve calls the handler with a request for the target, without a network. If
// net/http refuses to parse the request, it returns nil.
func serve(h http.Handler, method, target, headers string) *httptest.ResponseRecorder {
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(method + " " + target + " HTTP/1.1\r\nHost: flexscim\r\n" + headers + "\r\n\r\n")))
	if err != nil {
		return nil
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func checkRefused(t *testing.T, what string, open bool, status int, h http.Header) {
	t.Helper()
	switch {
	case open && status == http.StatusOK:
	case open:
		t.Errorf("%s: got %d, want 200", what, status)
	case status == http.StatusBadRequest && h.Get("X-Request-Id") == "": // Go's own parser
	case status != http.StatusUnauthorized || !strings.HasPrefix(h.Get("WWW-Authenticate"), "Bearer"):
		t.Errorf("%s: got %d, want 401 with WWW-Authenticate", what, status)
	}
}

// TestOtherConnection checks that requests with the token of one connection get 404
// for a resource of another connection, however the path is spelt.
func TestOtherConnection(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	for range 2 { // the second time, the door uses the cached token
		if res, body := d.send(t, "GET", "/scim/v2/Users/okta", bearer(d.okta)); res.StatusCode != http.StatusOK || body != "user of okta" {
			t.Fatalf("with its own token: got %d %q", res.StatusCode, body)
		}
		for _, target := range variants("/scim/v2/Users/okta") {
			if res, body := d.send(t, "GET", target, bearer(d.entra)); res.StatusCode != http.StatusNotFound && res.StatusCode != http.StatusBadRequest || strings.Contains(body, "user of") {
				t.Errorf("%s: got %d %q, want 404", target, res.StatusCode, body)
			}
		}
	}
}

func TestRefusal(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	res, body := d.send(t, "GET", "/scim/v2/Users?filter=userName%20eq%20%22ann%40example.com%22", bearer("fscim_guessed"), "X-Request-Id: mine")
	var scim struct{ Status, Detail string }
	if err := json.Unmarshal([]byte(body), &scim); err != nil || scim.Status != "401" || res.StatusCode != http.StatusUnauthorized {
		t.Errorf("got %d %s, want a SCIM error with the status as a string", res.StatusCode, body)
	}
	id := res.Header.Get("X-Request-Id")
	if len(id) != 12 || !strings.Contains(scim.Detail, id) || res.Header.Get("Content-Type") != "application/scim+json" {
		t.Errorf("got id %q, detail %q, type %q", id, scim.Detail, res.Header.Get("Content-Type"))
	}
	refused := d.logs.FilterMessage("request refused").All()
	if len(refused) != 1 || refused[0].Level != zap.WarnLevel || refused[0].ContextMap()["reason"] != "unknown" || refused[0].ContextMap()["request_id"] != id {
		t.Errorf("got log %v, want one warning with reason and reference", refused)
	}
	checkLogs(t, d.logs, "guessed", "ann", "filter", "mine")
}

// checkLogs fails if a log line contains one of these texts.
func checkLogs(t *testing.T, logs *observer.ObservedLogs, never ...string) {
	t.Helper()
	for _, l := range logs.All() {
		line, err := json.Marshal(l.ContextMap())
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range never {
			if strings.Contains(string(line)+l.Message, n) {
				t.Errorf("the log has %q: %s %s", n, l.Message, line)
			}
		}
	}
}

func TestAccessLog(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	res, _ := d.send(t, "GET", "/scim/v2/Users/okta?q=ann@example.com", bearer(d.okta))
	lines := d.logs.FilterMessage("request").All()
	if len(lines) != 1 {
		t.Fatalf("got %d lines, want 1", len(lines))
	}
	f := lines[0].ContextMap()
	if f["route"] != "/scim/v2/Users/{id}" || f["status"] != int64(200) || f["connection"] != "okta" || f["bytes"] != int64(12) ||
		f["method"] != "GET" || f["request_id"] != res.Header.Get("X-Request-Id") {
		t.Errorf("got %v", f)
	}
	if f["token_id"] == nil || f["client"] != nil {
		t.Errorf("got %v, want the token's id and no address", f)
	}
	checkLogs(t, d.logs, d.okta, "ann@example.com")
}

// TestAccessLogAddresses checks that, with LogAddresses, the access log contains
// the addresses of clients. It also contains the token's id, even if the token is
// revoked.
func TestAccessLogAddresses(t *testing.T) {
	t.Parallel()
	for _, proxy := range []bool{false, true} {
		d := newDoor(t, func(c *config) { c.LogAddresses, c.BehindProxy = true, proxy })
		revoked := d.token(t, "okta", 0)
		if _, err := d.auth.Revoke(t.Context(), revoked[len(revoked)-4:], "cli"); err != nil {
			t.Fatal(err)
		}
		for _, token := range []string{d.okta, revoked, "unknown"} {
			d.send(t, "GET", "/scim/v2/Users/okta", bearer(token), "X-Forwarded-For: 198.51.100.9, 2001:db8::7")
		}
		want := "127.0.0.1"
		if proxy {
			want = "2001:db8::7"
		}
		lines := d.logs.FilterMessage("request").All()
		for i, line := range lines {
			if f := line.ContextMap(); f["client"] != want || (f["token_id"] != nil) != (i < 2) {
				t.Errorf("behind a proxy %v: got %v, want the address %s", proxy, f, want)
			}
		}
		if len(lines) != 3 {
			t.Errorf("got %d lines, want 3", len(lines))
		}
	}
}

func TestDatabaseUnavailable(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	if err := d.store.Close(); err != nil {
		t.Fatal(err)
	}
	res, _ := d.send(t, "GET", "/scim/v2/Users", bearer(d.okta))
	if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") != "5" || res.Header.Get("WWW-Authenticate") != "" {
		t.Errorf("got %d %v, want 503 with Retry-After", res.StatusCode, res.Header)
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	for _, c := range []struct {
		target, token string
		want          int
	}{
		{"/metrics", metricsToken, 200}, {"/metrics", d.okta, 404}, {"/metrics", "other", 401},
		{"/scim/v2/Users", metricsToken, 401}, {"/scim/v2/Users/okta", metricsToken, 401}, {"//metrics", metricsToken, 401},
	} {
		if res, body := d.send(t, "GET", c.target, bearer(c.token)); res.StatusCode != c.want {
			t.Errorf("GET %s: got %d %s, want %d", c.target, res.StatusCode, body, c.want)
		}
	}
	if res, _ := d.send(t, "POST", "/metrics", bearer(metricsToken)); res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Allow") == "" {
		t.Errorf("POST /metrics: got %d, want 405 with Allow", res.StatusCode)
	}
	if res, body := d.send(t, "GET", "/nowhere", bearer(d.okta)); res.StatusCode != http.StatusNotFound || !strings.Contains(body, "urn:ietf") {
		t.Errorf("GET /nowhere: got %d %s, want 404 with a SCIM error", res.StatusCode, body)
	}
}

func TestReady(t *testing.T) {
	t.Parallel()
	bad := func(context.Context) error { return errors.New("host=db password=hunter2") }
	for _, c := range []struct {
		name   string
		health web.Health
		want   int
		has    string
	}{
		{"nothing to check", web.Health{}, 200, `"status":"ok"`},
		{"the database is unavailable", web.Health{Database: bad}, 503, `"database":"unavailable"`},
		{"the queue stopped", web.Health{Queue: bad}, 503, `"queue":"unavailable"`},
		{"Twilio is down", web.Health{Twilio: func() web.TwilioState { return web.TwilioState{At: time.Now(), Outcome: "down"} }}, 200, `"last":"down"`},
		{"Twilio was not called yet", web.Health{Twilio: func() web.TwilioState { return web.TwilioState{} }}, 200, `"last":"none"`},
	} {
		d := newDoor(t, func(cfg *config) { cfg.health = c.health })
		res, body := d.send(t, "GET", "/readyz")
		if res.StatusCode != c.want || !strings.Contains(body, c.has) || strings.Contains(body, "hunter2") {
			t.Errorf("%s: got %d %s, want %d with %s", c.name, res.StatusCode, body, c.want, c.has)
		}
	}
}

func TestPanic(t *testing.T) {
	t.Parallel()
	d := newDoor(t, func(c *config) {
		c.SCIM = func(store.Connection) http.Handler {
			return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("ann@example.com") })
		}
	})
	res, body := d.send(t, "GET", "/scim/v2/Users", bearer(d.okta))
	if res.StatusCode != http.StatusInternalServerError || !strings.Contains(body, res.Header.Get("X-Request-Id")) || strings.Contains(body, "ann") {
		t.Errorf("got %d %s, want 500 with the reference and nothing else", res.StatusCode, body)
	}
	if n := d.logs.FilterLevelExact(zap.ErrorLevel).Len(); n != 1 {
		t.Errorf("got %d error lines, want 1", n)
	}
	if l := d.logs.FilterMessage("request").All(); len(l) != 1 || l[0].ContextMap()["status"] != int64(500) {
		t.Errorf("got access log %v, want one line with 500", l)
	}
}

// TestBody checks that a request whose Content-Length is too large is refused
// before its body is read, and that reading any other body stops at the limit.
func TestBody(t *testing.T) {
	t.Parallel()
	read := make(chan error, 1)
	d := newDoor(t, func(c *config) {
		c.transport.Body = 10
		c.SCIM = func(store.Connection) http.Handler {
			return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				_, err := io.ReadAll(r.Body)
				read <- err
			})
		}
	})
	if res, _ := d.send(t, "POST", "/scim/v2/Users", bearer(d.okta), "Content-Length: 11"); res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("Content-Length of 11: got %d, want 413", res.StatusCode)
	}
	d.send(t, "POST", "/scim/v2/Users", bearer(d.okta), "Transfer-Encoding: chunked\r\n\r\nb\r\n12345678901\r\n0")
	if _, tooLarge := errors.AsType[*http.MaxBytesError](<-read); !tooLarge {
		t.Error("11 bytes in chunks were read, want *http.MaxBytesError")
	}
}
