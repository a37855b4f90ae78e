package openapi_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/flexscim/flexscim/internal/auth"
	"github.com/flexscim/flexscim/internal/connection"
	"github.com/flexscim/flexscim/internal/directory"
	"github.com/flexscim/flexscim/internal/metrics"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
	"github.com/flexscim/flexscim/internal/web"
	"github.com/flexscim/flexscim/internal/web/scimdoor"
	"github.com/flexscim/flexscim/internal/web/scimdoor/openapitest"
	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/scimhttp"
)

// site is a server whose requests and responses an openapitest.Contract checks.
type site struct {
	t     *testing.T
	store *store.Store
	auth  *auth.Auth
	http.Handler
	token string            // of the IdP
	ids   map[string]string // :: {name} → id
	offer *scim.Grants
}

// annsToken stands for Ann's token in the headers of an exchange.
const annsToken = "{token of ann}"

// maxBody is small, so that a test can exceed it quickly.
const maxBody = 64 << 10

// newSite returns a server with an empty database.
func newSite(t *testing.T, c *openapitest.Contract, change func(*scimdoor.Config, *web.Health)) *site {
	t.Helper()
	s := &site{t: t, store: storetest.Open(t), ids: map[string]string{}, offer: &scim.Grants{
		Roles:        []scim.Grant{{Value: "agent", Display: "Agent"}, {Value: "supervisor", Display: "Supervisor", Description: "Follows the work of agents in Twilio Flex and changes their skills."}},
		Entitlements: []scim.Grant{{Value: "quality", Display: "Quality team", Type: scim.EntitlementType}, {Value: "north", Display: "North", Type: scim.EntitlementType}},
	}}
	a := auth.New(auth.Config{Store: s.store})
	t.Cleanup(a.Close)
	if _, err := connection.New(connection.Config{Store: s.store}).Ensure(t.Context(), "okta", ""); err != nil {
		t.Fatal(err)
	}
	token, _, err := a.Create(t.Context(), auth.Request{Connection: "okta", Actor: "cli"})
	if err != nil {
		t.Fatal(err)
	}
	s.token = token.Reveal()
	s.auth = a
	cfg, health := scimdoor.Config{Auth: a, Body: maxBody, Metrics: metrics.New("test"), SCIM: func(conn store.Connection) http.Handler {
		h, err := scimhttp.New(scimhttp.Config{Directory: directory.New(s.store, conn), MaxBody: maxBody, Grants: s.offer,
			BaseURL: func(*http.Request) string { return "https://scim.example.com/scim/v2" }})
		if err != nil {
			t.Error(err)
		}
		return h
	}}, web.Health{}
	if change != nil {
		change(&cfg, &health)
	}
	cfg.Endpoints = web.Endpoints(health, cfg.Metrics)
	s.Handler = c.Handler("", web.New(web.Config{Doors: []web.Door{scimdoor.New(cfg)}, Endpoints: cfg.Endpoints, Body: maxBody}))
	return s
}

// withAnn creates the user Ann and a token for her.
func (s *site) withAnn() *site {
	s.t.Helper()
	const userName = "ann.who.asks@example.com"
	c, err := s.store.ConnectionByName(s.t.Context(), "okta")
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := directory.New(s.store, c).CreateUser(s.t.Context(), scim.User{Doc: scim.Document{"userName": userName}}); err != nil {
		s.t.Fatal(err)
	}
	token, _, err := s.auth.Create(s.t.Context(), auth.Request{Connection: "okta", Person: userName, Actor: "cli"})
	if err != nil {
		s.t.Fatal(err)
	}
	s.ids[annsToken] = token.Reveal()
	return s
}

// send sends a request. The argument header contains alternating names and values.
func (s *site) send(method, path, body string, header ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	var in io.Reader = strings.NewReader(s.known(body))
	if body == late {
		in = iotest.ErrReader(os.ErrDeadlineExceeded) // the error of net/http
	}
	r := httptest.NewRequestWithContext(s.t.Context(), method, s.known(path), in)
	r.Header.Set("Authorization", "Bearer "+s.token)
	if body != "" {
		r.Header.Set("Content-Type", "application/scim+json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], s.known(header[i+1]))
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// known replaces the names of ids, such as {a}, with the ids.
func (s *site) known(text string) string {
	for name, id := range s.ids {
		text = strings.ReplaceAll(text, name, id)
	}
	return text
}

// member returns the string that the JSON object in a response contains under this
// name. If there is none, it returns "".
func member(w *httptest.ResponseRecorder, name string) string {
	var object map[string]any
	_ = json.Unmarshal(w.Body.Bytes(), &object) // if the body is not an object, the result is ""
	text, _ := object[name].(string)
	return text
}

// operations calls the function f for each operation of the document that needs a
// token.
func operations(c *openapitest.Contract, f func(method, path string)) {
	for path, item := range c.Document().Paths.Map() {
		for method, op := range item.Operations() {
			if op.Responses.Value("401") != nil {
				f(method, path)
			}
		}
	}
}

// frozenClock is a clock that never advances.
func frozenClock() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }
