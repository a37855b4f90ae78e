package scimdoor_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/flexscim/flexscim/internal/auth"
	"github.com/flexscim/flexscim/internal/connection"
	"github.com/flexscim/flexscim/internal/directory"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
	"github.com/flexscim/flexscim/internal/web/scimdoor"
	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/scimhttp"
)

// people is a server whose connection okta has the users Ann and Bob. The field
// anns is Ann's token.
type people struct {
	t        *testing.T
	handler  http.Handler
	auth     *auth.Auth
	users    scim.Directory
	ann, bob scim.User
	okta     string // the IdP's token
	anns     string
	now      time.Time
}

func newPeople(t *testing.T, s *store.Store, change ...func(*config)) *people {
	t.Helper()
	p := &people{t: t, auth: auth.New(auth.Config{Store: s}), now: time.Now()}
	t.Cleanup(p.auth.Close)
	c, err := connection.New(connection.Config{Store: s}).Ensure(t.Context(), "okta", "")
	if err != nil {
		t.Fatal(err)
	}
	p.okta = p.token(auth.Request{Connection: "okta"})
	p.users = directory.New(s, c)
	p.ann = p.user(scim.Document{"userName": "ann@example.com", "title": "Agent", "active": true})
	p.bob = p.user(scim.Document{"userName": "bob@example.com"})
	p.anns = p.token(auth.Request{Connection: "okta", Person: "Ann@Example.com"})
	cfg := config{Config: scimdoor.Config{Auth: p.auth, Clock: func() time.Time { return p.now }, SCIM: func(c store.Connection) http.Handler {
		h, err := scimhttp.New(scimhttp.Config{Directory: directory.New(s, c),
			BaseURL: func(*http.Request) string { return "https://scim.example.com/scim/v2" }})
		if err != nil {
			t.Error(err)
		}
		return h
	}}}
	for _, f := range change {
		f(&cfg)
	}
	p.handler = cfg.handler()
	return p
}

func (p *people) token(r auth.Request) string {
	p.t.Helper()
	r.Actor = "cli"
	text, _, err := p.auth.Create(p.t.Context(), r)
	if err != nil {
		p.t.Fatal(err)
	}
	return text.Reveal()
}

func (p *people) user(doc scim.Document) scim.User {
	p.t.Helper()
	u, err := p.users.CreateUser(p.t.Context(), scim.User{Doc: doc})
	if err != nil {
		p.t.Fatal(err)
	}
	return u
}

// send sends a request with a token. The argument header contains alternating names
// and values.
func (p *people) send(token, method, target, body string, header ...string) *httptest.ResponseRecorder {
	p.t.Helper()
	r := httptest.NewRequestWithContext(p.t.Context(), method, target, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	return w
}

// TestMe checks that a request with a person's token can read that person at /Me
// (RFC 7644 §3.11) and the discovery endpoints. Every other request must get 403,
// with a detail that says what the token can read.
func TestMe(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		p := newPeople(t, open(t))
		home := "https://scim.example.com/scim/v2/Users/" + string(p.ann.ID)
		for _, row := range []struct {
			method, path, header string // "Name: value"
			want                 int
			has                  string
		}{
			{"GET", "/Me", "", 200, `"userName":"ann@example.com"`},
			{"GET", "/Me", "", 200, `"location":"` + home + `"`},
			{"GET", "/Me/", "", 200, `"title":"Agent"`},
			{"GET", "//Me", "", 200, `"title":"Agent"`},
			{"HEAD", "/Me", "", 200, ""},
			{"OPTIONS", "/Me", "", 204, ""},
			{"GET", "/Me?attributes=title", "", 200, `"id":"` + string(p.ann.ID) + `","title":"Agent"}`},
			{"GET", "/Me?excludedAttributes=title,meta,active", "", 200, `"userName":"ann@example.com"}`},
			{"GET", "/Me?attributes=%zz", "", 400, "attributes has a % without two hexadecimal digits"},
			{"GET", "/Me", `If-None-Match: W/"1"`, 304, ""},
			{"GET", "/Me", `If-Match: W/"7"`, 412, ""},
			{"PUT", "/Me", "", 403, "change the person's data in the identity provider"},
			{"PATCH", "/Me", "", 403, "change the person's data in the identity provider"},
			{"DELETE", "/Me", "", 403, "change the person's data in the identity provider"},
			{"POST", "/Me", "", 403, "change the person's data in the identity provider"},
			{"GET", "/Me/" + string(p.bob.ID), "", 403, "read that person at /Me"},
			{"GET", "/me", "", 403, "read that person at /Me"},

			{"GET", "/ServiceProviderConfig", "", 200, "authenticationSchemes"},
			{"GET", "/Schemas", "", 200, "nickName"},
			{"HEAD", "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User", "", 200, ""},
			{"GET", "/Schemas/urn:none", "", 404, ""},
			{"GET", "/ResourceTypes/User", "", 200, "/Users"},
			{"OPTIONS", "/ResourceTypes", "", 204, ""},
			{"GET", "/openapi.json", "", 200, "/scim/v2/Me"},
			{"POST", "/openapi.json", "", 403, "/Me"},
			{"POST", "/Schemas", "", 403, "/Me"},

			{"GET", "/Users/" + string(p.ann.ID), "", 403, "/Me"}, // her own id, too: a person's token can read the person only at /Me
			{"GET", "/Users/" + string(p.bob.ID), "", 403, "/Me"},
			{"GET", "/Users/" + string(scim.NewID()), "", 403, "/Me"}, // not 404, because then 403 would show that a user exists
			{"GET", `/Users?filter=userName+eq+"bob@example.com"`, "", 403, "/Me"},
			{"GET", `/Me?filter=userName+eq+"bob@example.com"`, "", 200, "ann@example.com"},
			{"HEAD", "/Users", "", 403, ""},
			{"OPTIONS", "/Users", "", 403, "/Me"},
			{"POST", "/Users", "", 403, "/Me"},
			{"POST", "/Users/.search", "", 403, "/Me"},
			{"POST", "/Me/.search", "", 403, "/Me"},
			{"GET", "/Groups", "", 403, "/Me"},
			{"GET", "/Roles", "", 403, "/Me"},
			{"GET", "/Entitlements", "", 403, "/Me"},
			{"GET", "", "", 403, "/Me"},
			{"GET", "/", "", 403, "/Me"},
			{"POST", "/.search", "", 403, "/Me"},
			{"POST", "/Bulk", "", 403, "/Me"},
			{"GET", "/nowhere", "", 403, "/Me"},
			{"GET", "/../../metrics", "", 403, "/Me"},
		} {
			name, value, _ := strings.Cut(row.header, ": ")
			w := p.send(p.anns, row.method, "/scim/v2"+row.path, "{}", name, value)
			body := w.Body.String()
			if w.Code != row.want || !strings.Contains(body, row.has) || strings.Contains(body, "bob@example.com") {
				t.Errorf("%s %s: got %d %.300s, want %d with %s", row.method, row.path, w.Code, body, row.want, row.has)
			}
			if row.want == http.StatusForbidden && row.method != http.MethodHead {
				checkSCIMError(t, w.Body.Bytes(), "403")
			}
			path, _, _ := strings.Cut(row.path, "?")
			isMe := path == "/Me" || path == "/Me/" || path == "//Me"
			if got := w.Header().Get("Location"); (got == home) != isMe || !isMe && got != "" {
				t.Errorf("%s %s: got Location %q, want hers at /Me, and none elsewhere", row.method, row.path, got)
			}
			shown := isMe && (row.want == http.StatusOK || row.want == http.StatusNotModified)
			if got := w.Header().Get("Content-Location"); (got == home) != shown || (w.Header().Get("ETag") != "") != shown {
				t.Errorf("%s %s: got Content-Location %q, ETag %q, want both set: %t", row.method, row.path, got, w.Header().Get("ETag"), shown)
			}
		}
		for _, target := range []string{"/metrics", "/", "/healthz/x"} {
			if w := p.send(p.anns, "GET", target, ""); w.Code != http.StatusForbidden {
				t.Errorf("GET %s: got %d, want 403", target, w.Code)
			}
		}
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} {
			if w := p.send(p.okta, method, "/scim/v2/Me", "{}"); w.Code != http.StatusNotImplemented || w.Header().Get("Location") != "" {
				t.Errorf("%s /Me as the IdP: got %d, want 501", method, w.Code)
			}
		}
		if w := p.send(p.okta, "GET", "/scim/v2/Users/"+string(p.bob.ID), ""); w.Code != http.StatusOK {
			t.Errorf("the IdP reads Bob: got %d, want 200: one of the requests above changed him", w.Code)
		}
	})
}

// TestPersonReachesNobodyElse checks that no response to a request with a person's
// token contains another person, however the target is spelt.
func TestPersonReachesNobodyElse(t *testing.T) {
	t.Parallel()
	p := newPeople(t, storetest.Open(t))
	seen := 0
	for _, path := range []string{"/scim/v2/Users/" + string(p.bob.ID), "/scim/v2/Users", "/scim/v2/Me", "/metrics"} {
		for _, target := range variants(path) {
			for _, method := range methods {
				w := serve(p.handler, method, target, bearer(p.anns))
				if w == nil {
					continue // Go's parser refuses it
				}
				seen++
				ok := w.Code == 403 || w.Code == 400 || strings.HasSuffix(path, "/Me") || target == "http://healthz"+path
				if !ok || strings.Contains(w.Body.String(), "bob@example.com") || strings.Contains(w.Body.String(), "flexscim_") {
					t.Errorf("%s %s: got %d %.200s, want 403", method, target, w.Code, w.Body)
				}
			}
		}
	}
	if seen < 500 {
		t.Errorf("got %d targets, want every spelling", seen)
	}
}

// TestLeaverLosesTheirToken checks that a person's token is invalid when the IdP
// gets the response to the request that deactivates or deletes the person.
func TestLeaverLosesTheirToken(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		p := newPeople(t, open(t))
		user := "/scim/v2/Users/" + string(p.ann.ID)
		active := func(value string) string {
			return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"active","value":` + value + `}]}`
		}
		for _, row := range []struct {
			name, method, target, body string
			change, want               int
		}{
			{"active", "GET", user, "", 200, 200},
			{"deactivated", "PATCH", user, active("false"), 200, 401},
			{"reactivated by PATCH", "PATCH", user, active("true"), 200, 200},
			{"deactivated by PUT", "PUT", user, `{"userName":"ann@example.com","active":false}`, 200, 401},
			{"reactivated with another userName", "PUT", user, `{"userName":"ann.lee@example.com","active":true}`, 200, 200},
			{"deleted", "DELETE", user, "", 204, 401},
			{"created again, with another id", "POST", "/scim/v2/Users", `{"userName":"ann.lee@example.com"}`, 201, 401},
		} {
			if w := p.send(p.okta, row.method, row.target, row.body); w.Code != row.change {
				t.Fatalf("%s: the IdP got %d %s, want %d", row.name, w.Code, w.Body, row.change)
			}
			for _, path := range []string{"/Me", "/Schemas"} {
				w := p.send(p.anns, "GET", "/scim/v2"+path, "")
				if w.Code != row.want {
					t.Errorf("%s: %s: got %d, want %d", row.name, path, w.Code, row.want)
				}
				if row.want == http.StatusUnauthorized {
					checkRefused(t, row.name, false, w.Code, w.Header())
					checkSCIMError(t, w.Body.Bytes(), "401")
				}
			}
		}
	})
}

// TestPeopleDoNotStarveTheIdP checks that the people of a connection share one rate
// limit, and that their requests do not count for the IdP's limit.
func TestPeopleDoNotStarveTheIdP(t *testing.T) {
	t.Parallel()
	p := newPeople(t, storetest.Open(t), func(c *config) { c.Rate, c.LimitFailures = func(store.Connection) int { return 2 }, true })
	bobs := p.token(auth.Request{Connection: "okta", Person: "bob@example.com"})
	count := func(token, path string) (good int) {
		for range 30 {
			if p.send(token, "GET", path, "").Code == http.StatusOK {
				good++
			}
		}
		return good
	}
	if got := count(p.anns, "/scim/v2/Me"); got != 20 {
		t.Errorf("Ann: %d of 30 requests were accepted, want 20 (ten seconds' worth)", got)
	}
	w := p.send(p.anns, "GET", "/scim/v2/Me", "")
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "1" || !strings.Contains(w.Body.String(), "The people of the connection") {
		t.Errorf("got %d %v %s, want 429 that names the sender", w.Code, w.Header(), w.Body)
	}
	if got := count(bobs, "/scim/v2/Me"); got != 0 {
		t.Errorf("Bob: %d requests were accepted, want 0 because people share a limit", got)
	}
	if got := count(p.okta, "/scim/v2/Users"); got != 20 {
		t.Errorf("the IdP: %d requests were accepted, want 20 (ten seconds' worth)", got)
	}
	p.now = p.now.Add(time.Second)
	if got := count(p.anns, "/scim/v2/Me"); got != 2 {
		t.Errorf("a second later: %d requests were accepted, want 2 (one second's worth)", got)
	}
}
