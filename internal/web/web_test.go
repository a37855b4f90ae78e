package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/flexscim/flexscim/internal/secret"
	"github.com/flexscim/flexscim/internal/web"
)

// door is a test door. Its header X-Door and its error texts contain its prefix.
type door struct {
	prefix string
	serve  http.HandlerFunc
}

func (d door) Prefix() string { return d.prefix }

func (d door) SetHeaders(h http.Header) { h.Set("X-Door", d.prefix) }

func (d door) ServeHTTP(w http.ResponseWriter, r *http.Request) { d.serve(w, r) }

func (d door) Fail(w http.ResponseWriter, _ *http.Request, status int, limit int64) {
	w.WriteHeader(status)
	fmt.Fprintf(w, "%s says %d, limit %d", d.prefix, status, limit)
}

// strict is a door that responds to every request with 401.
var strict = door{"/", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }}

// TestDoors checks that the transport passes each request to the door of the
// request's path. If the transport refuses a request, the same door must set the
// headers and write the error.
func TestDoors(t *testing.T) {
	t.Parallel()
	serve := func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/panic") {
			panic("fault")
		}
		fmt.Fprint(w, "served")
	}
	h := web.New(web.Config{Body: 10, Headers: 1000, MetricsToken: metricsToken, Doors: []web.Door{door{"/api", serve}, door{"/", serve}, door{"/api/v2", serve}},
		Endpoints: map[string]http.Handler{web.MetricsPath: http.HandlerFunc(serve), web.HealthPath: http.HandlerFunc(serve)}})
	for _, row := range []struct {
		method, target, body, header string // "Name: value"
		door, want                   string
		status                       int
	}{
		{"GET", "/x", "", "", "/", "served", 200},
		{"GET", "/apis", "", "", "/", "served", 200},
		{"GET", "/api", "", "", "/api", "served", 200},
		{"GET", "/api/x", "", "", "/api", "served", 200},
		{"GET", "/api/v2/x", "", "", "/api/v2", "served", 200},
		{"GET", "/healthz", "", "", "/", "served", 200},
		{"GET", "/api/panic", "", "", "/api", "/api says 500, limit 0", 500},
		{"GET", "/panic", "", "", "/", "/ says 500, limit 0", 500},
		{"POST", "/api/x", "eleven byte", "", "/api", "/api says 413, limit 10", 413},
		{"POST", "/x", "eleven byte", "", "/", "/ says 413, limit 10", 413},
		{"GET", "/api/x", "", "X-Long: " + strings.Repeat("x", 1000), "/api", "/api says 431, limit 1000", 431},
		{"GET", "/metrics", "", "Authorization: Bearer scraper", "/", "served", 200},
		{"POST", "/metrics", "", "Authorization: Bearer scraper", "/", "/ says 405, limit 0", 405},
		{"GET", "/%6detrics", "", "Authorization: Bearer scraper", "/", "/ says 404, limit 0", 404},
	} {
		r := httptest.NewRequestWithContext(context.Background(), row.method, row.target, strings.NewReader(row.body))
		if name, value, ok := strings.Cut(row.header, ": "); ok {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != row.status || w.Body.String() != row.want || w.Header().Get("X-Door") != row.door || w.Header().Get("X-Request-Id") == "" {
			t.Errorf("%s %s: got %d %q by the door %q, want %d %q by %q", row.method, row.target, w.Code, w.Body, w.Header().Get("X-Door"), row.status, row.want, row.door)
		}
	}
}

var metricsToken = secret.New("scraper")
