package openapi_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/web"
	"github.com/flexscim/flexscim/internal/web/scimdoor"
	"github.com/flexscim/flexscim/internal/web/scimdoor/openapitest"
	"github.com/flexscim/flexscim/scim"
)

// exchange is a request and the status that the response must have.
type exchange struct {
	method, path, body string
	status             int
	keep               string   // a name in braces; in later requests it stands for the id or nextCursor in the response
	header             []string // alternating names and values
}

// TestContract checks that the server does exactly what the document describes: the
// requests of the test produce each operation, parameter and status in the
// document, and nothing that is not in the document.
func TestContract(t *testing.T) {
	t.Parallel()
	c, err := openapitest.NewContract()
	if err != nil {
		t.Fatal(err)
	}
	s, none := newSite(t, c, nil).withAnn(), newSite(t, c, nil)
	none.offer = nil
	s.exchange(exchanges())
	none.exchange(withoutOffer())
	everywhere(t, c)
	for _, problem := range c.Problems() {
		t.Error(problem)
	}
	for _, what := range c.Unseen() {
		t.Errorf("in the document, but no request produced it: %s", what)
	}
}

// exchange sends requests one after the other, and checks the status of each
// response.
func (s *site) exchange(list []exchange) {
	s.t.Helper()
	for _, x := range list {
		w := s.send(x.method, x.path, x.body, x.header...)
		if w.Code != x.status {
			s.t.Fatalf("%s %s %s: got %d %s, want %d", x.method, s.known(x.path), s.known(x.body), w.Code, w.Body, x.status)
		}
		if x.keep != "" {
			s.ids[x.keep] = member(w, "id") + member(w, "nextCursor")
		}
	}
}

// everywhere sends requests that produce the errors that every operation can have:
// an invalid token, too many requests, too large headers, a fault of the server, an
// unavailable database.
func everywhere(t *testing.T, c *openapitest.Contract) {
	t.Helper()
	s := newSite(t, c, nil).withAnn()
	faulty := newSite(t, c, func(cfg *scimdoor.Config, _ *web.Health) {
		cfg.SCIM = func(store.Connection) http.Handler {
			return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("fault") })
		}
	})
	unavailable := newSite(t, c, func(_ *scimdoor.Config, health *web.Health) {
		health.Database = func(context.Context) error { return errors.New("unavailable") }
	})
	if err := unavailable.store.Close(); err != nil {
		t.Fatal(err)
	}
	slow := newSite(t, c, func(cfg *scimdoor.Config, _ *web.Health) {
		cfg.Rate, cfg.LimitFailures, cfg.Clock = func(store.Connection) int { return 1 }, true, frozenClock
	})
	for range 10 { // the burst
		slow.send("GET", "/scim/v2/Users", "")
	}
	expect := func(s *site, status int, method, path string, header ...string) {
		if w := s.send(method, path, "", header...); w.Code != status {
			t.Errorf("%s %s: got %d %s, want %d", method, path, w.Code, w.Body, status)
		}
	}
	long := strings.Repeat("x", 64<<10)
	operations(c, func(method, path string) {
		expect(s, http.StatusUnauthorized, method, path, "Authorization", "Bearer wrong")
		expect(slow, http.StatusTooManyRequests, method, path)
		expect(s, http.StatusRequestHeaderFieldsTooLarge, method, path, "X-Padding", long)
		expect(unavailable, http.StatusServiceUnavailable, method, path)
		op := c.Document().Paths.Value(path).GetOperation(method)
		if op.Responses.Value("403") != nil && op.Tags[0] != "Discovery" {
			expect(s, http.StatusForbidden, method, path, "Authorization", "Bearer "+annsToken)
		}
		if op.Responses.Value("500") != nil {
			expect(faulty, http.StatusInternalServerError, method, path)
		}
	})
	expect(unavailable, http.StatusServiceUnavailable, "GET", "/readyz")
}

// TestOthers checks the responses to methods and paths that are not in the
// document, such as 404 and 405.
func TestOthers(t *testing.T) {
	t.Parallel()
	c, err := openapitest.NewContract()
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, c, nil)
	for _, row := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"POST", "/scim/v2/openapi.json", 405, "GET, HEAD, OPTIONS"},
		{"DELETE", "/scim/v2/openapi.json", 405, "GET, HEAD, OPTIONS"},
		{"OPTIONS", "/scim/v2/openapi.json", 204, "GET, HEAD, OPTIONS"},
		{"GET", "/scim/v2/openapi.json/", 404, ""},
		{"GET", "/openapi.json", 404, ""},
		{"DELETE", "/scim/v2/Users", 405, "GET, HEAD, POST, OPTIONS"},
		{"GET", "/scim/v2/Bulk", 405, "POST, OPTIONS"},
		{"POST", "/scim/v2/Roles", 405, "GET, HEAD, OPTIONS"},
		{"DELETE", "/scim/v2/Entitlements/quality", 405, "GET, HEAD, OPTIONS"},
		{"OPTIONS", "/scim/v2/Users", 204, "GET, HEAD, POST, OPTIONS"},
	} {
		if w := s.send(row.method, row.path, ""); w.Code != row.status || w.Header().Get("Allow") != row.allow {
			t.Errorf("%s %s: got %d, Allow %q, want %d, %q", row.method, row.path, w.Code, w.Header().Get("Allow"), row.status, row.allow)
		}
	}
	if w := s.send("GET", "/scim/v2/openapi.json", "", "Accept-Encoding", "gzip"); w.Header().Get("Content-Encoding") != "gzip" || w.Code != 200 {
		t.Errorf("got %d %v, want it compressed", w.Code, w.Header())
	}
	for _, problem := range c.Problems() {
		t.Error(problem)
	}
}

// TestContractCatches checks that the contract finds each kind of mistake.
func TestContractCatches(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, method, path, body, answer, want string }{
		{"a status", "DELETE", "/scim/v2/Users/1", "", "418 {}", "status is not supported"},
		{"an attribute", "GET", "/scim/v2/Users/1", "", `200 {"schemas":["x"],"id":"1","shoeSize":42}`, "shoeSize"},
		{"a type", "GET", "/scim/v2/Users/1", "", `200 {"schemas":["x"],"id":"1","active":"True"}`, "boolean"},
		{"a body", "PATCH", "/scim/v2/Users/1", `{"Operations":[]}`, `200 {"schemas":["x"],"id":"1"}`, "schemas"},
		{"an error", "GET", "/scim/v2/Users/1", "", `404 {"detail":"x"}`, "schemas"},
		{"a path", "GET", "/scim/v2/Licenses", "", `200 {}`, "no matching operation"},
		{"a header", "GET", "/scim/v2/Users/1", "", `200 {"schemas":["x"],"id":"1"}`, "ETag"},
	} {
		c, err := openapitest.NewContract()
		if err != nil {
			t.Fatal(err)
		}
		h := c.Handler("", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/scim+json")
			w.Header().Set("Location", "x")
			w.Header().Set("Content-Location", "x")
			if row.name != "a header" {
				w.Header().Set("ETag", `W/"1"`)
			}
			status, body, _ := strings.Cut(row.answer, " ")
			w.WriteHeader(map[string]int{"200": 200, "404": 404, "418": 418}[status])
			_, _ = w.Write([]byte(body))
		}))
		s := &site{t: t, Handler: h}
		s.send(row.method, row.path, row.body)
		if got := strings.Join(c.Problems(), "\n"); !strings.Contains(got, row.want) {
			t.Errorf("%s: got %q, want a problem with %s", row.name, got, row.want)
		}
		if len(c.Unseen()) < 100 {
			t.Errorf("%s: got %d unseen items, want nearly all", row.name, len(c.Unseen()))
		}
	}
}

// The variable nobody contains an id that no resource has.
var nobody = string(scim.NewID())
