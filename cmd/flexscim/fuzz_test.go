package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/flexscim/flexscim/internal/auth"
	"github.com/flexscim/flexscim/internal/connection"
)

// mostEchoed is the maximum number of consecutive bytes of a request that an
// error may repeat.
const mostEchoed = 100

// readRequest adds a valid token to the text of a request, and parses the text in the
// same way as net/http's server. It returns nil if the server would reject the
// request.
func readRequest(method, target, headers, body string) *http.Request {
	head := method + " /scim/v2" + target + " HTTP/1.1\r\nHost: scim.example.com\r\nAuthorization: Bearer " + killToken + "\r\n"
	if headers != "" {
		head += headers + "\r\n"
	}
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(head + fmt.Sprintf("Content-Length: %d\r\n\r\n", len(body)) + body)))
	if err != nil {
		return nil
	}
	return r
}

// said returns all parts of a request as one text. The text contains path, query
// and body both as sent and decoded.
func said(r *http.Request, headers, body string) string {
	query, _ := url.QueryUnescape(r.URL.RawQuery)
	text := strings.Join([]string{r.Method, r.RequestURI, r.URL.Path, query, headers, body}, "\n")
	var decoded any
	if json.Unmarshal([]byte(body), &decoded) == nil {
		text += fmt.Sprint(decoded)
	}
	return text
}

// checkAnswer checks that a response is not a server error. If the request was
// refused, it also checks that the response is a SCIM error (RFC 7644 §3.12),
// contains the request id, and repeats at most mostEchoed consecutive bytes of the
// request.
func checkAnswer(t *testing.T, r *http.Request, w *httptest.ResponseRecorder, input string) {
	t.Helper()
	what := fmt.Sprintf("%s %q", r.Method, r.RequestURI)
	switch {
	case w.Code == http.StatusNotImplemented: // /Me (§3.11)
	case w.Code >= 500 || w.Code < 200:
		t.Fatalf("%s: got %d %s", what, w.Code, w.Body)
	}
	if r.Method == http.MethodHead || w.Body.Len() == 0 {
		return
	}
	var answer map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatalf("%s: got %d %q, want JSON", what, w.Code, w.Body)
	}
	if w.Code >= 400 {
		checkRefusal(t, what, w.Code, w.Header().Get("X-Request-Id"), answer, input)
	}
	outcomes, _ := answer["Operations"].([]any)
	for i, one := range outcomes {
		outcome, _ := one.(map[string]any)
		response, refused := outcome["response"].(map[string]any)
		var code int
		if _, err := fmt.Sscan(fmt.Sprint(outcome["status"]), &code); err != nil || code >= 500 || refused != (code >= 400) {
			t.Fatalf("%s: operation %d: got %v", what, i, outcome)
		}
		if refused {
			checkRefusal(t, fmt.Sprintf("%s: operation %d", what, i), code, w.Header().Get("X-Request-Id"), response, input)
		}
	}
}

func checkRefusal(t *testing.T, what string, status int, id string, answer map[string]any, input string) {
	t.Helper()
	detail, _ := answer["detail"].(string)
	const urn = "[urn:ietf:params:scim:api:messages:2.0:Error]"
	if fmt.Sprint(answer["schemas"]) != urn || answer["status"] != fmt.Sprint(status) || id == "" || !strings.HasSuffix(detail, "(ref "+id+")") {
		t.Fatalf("%s: got %d %v, want a SCIM error with the reference %s", what, status, answer, id)
	}
	for i := 0; i+mostEchoed < len(detail); i++ {
		if echo := detail[i : i+mostEchoed+1]; strings.Contains(input, echo) {
			t.Fatalf("%s: the error repeats %q", what, echo)
		}
	}
}

// checkPerson checks that a request with a person's token changed nothing, and that
// the response contains no data of another person.
func checkPerson(t *testing.T, r *http.Request, w *httptest.ResponseRecorder, others ...string) {
	t.Helper()
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions
	if w.Code >= 500 || w.Code < 300 && !reads {
		t.Fatalf("%s %q as a person: got %d %s", r.Method, r.RequestURI, w.Code, w.Body)
	}
	for _, other := range others {
		if w.Code < 300 && strings.Contains(w.Body.String(), other) {
			t.Fatalf("%s %q as a person: got another person: %s", r.Method, r.RequestURI, w.Body)
		}
	}
}

// FuzzRequest sends random requests with a valid token to a site. It checks that
// every response is valid SCIM and that nothing panics. It sends the same requests
// with a token for one person, and checks that they neither read nor change another
// person.
func FuzzRequest(f *testing.F) {
	const user, group = `{"userName":"fuzz","emails":[{"value":"a@x.io","type":"work"}]}`, `{"displayName":"fuzz","members":[{"value":"x"}]}`
	for _, seed := range [][4]string{
		{"GET", "/Users?filter=userName+eq+%22fuzz%22&count=1&sortBy=userName&attributes=emails", "", ""},
		{"GET", "/Groups?cursor=&count=2&excludedAttributes=members", "Accept-Encoding: gzip;q=0", ""},
		{"GET", "/Users/ID", `If-None-Match: W/"1", *`, ""}, {"HEAD", "/Users", "", ""}, {"GET", "/?filter=id+pr", "", ""},
		{"GET", "/Users?sortOrder=descending&startIndex=-1&count=99999999999999999999", "", ""}, {"GET", "/Users/%2e%2e/Groups", "", ""},
		{"POST", "/Users", "Content-Type: application/scim+json", user}, {"POST", "/Users/", "Content-Type: text/xml", "<a/>"},
		{"PUT", "/Users/ID", `If-Match: "7"`, user}, {"DELETE", "/Users/unknown", "", ""}, {"DELETE", "/Groups/ID?x", "", ""},
		{"PATCH", "/Users/ID", "", `{"Operations":[{"op":"add","path":"emails[type eq \"work\"].value","value":"b@x.io"}]}`},
		{"PATCH", "/Groups/GROUP?attributes=members", "", `{"Operations":[{"op":"Remove","path":"members[value eq \"x\"]"},{"op":"add","value":{"members":[{"value":"ID"}]}}]}`},
		{"POST", "/Groups", "", group}, {"PUT", "/Groups/GROUP", "", group},
		{"POST", "/Bulk", "", `{"failOnErrors":1,"Operations":[{"method":"POST","path":"/Users","bulkId":"a","data":` + user + `},{"method":"PATCH","path":"/Groups/GROUP","data":{"Operations":[{"op":"add","path":"members","value":[{"value":"bulkId:a"}]}]}}]}`},
		{"POST", "/.search", "", `{"filter":"userName sw \"f\"","count":1}`}, {"POST", "/Users/.search", "Content-Encoding: gzip", "\x1f\x8b\x08\x00"},
		{"GET", "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User", "", ""}, {"GET", "/ServiceProviderConfig?filter=a", "", ""}, {"OPTIONS", "/ResourceTypes/User", "", ""},
		{"GET", "/Roles?filter=displayName+sw+%22a%22&sortBy=description&cursor=", "", ""}, {"GET", "/Roles/agent%2F?attributes=meta", `If-None-Match: *`, ""}, {"PUT", "/Roles/agent", "", user},
		{"POST", "/Roles/.search", "", `{"filter":"not (meta.created gt \"2020-01-01T00:00:00Z\")","startIndex":2}`}, {"GET", "/Entitlements/quality", "", ""},
		{"GET", "/Me", "", ""}, {"TRACE", "/nowhere", "X-Request-Id: mine", ""}, {"POST", "/Users", "Transfer-Encoding: chunked", "1\r\n{\r\n0\r\n\r\n"}, {"BREW", "/Users", "", "\x00"},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3])
	}
	core, logs := observer.New(zap.ErrorLevel)
	rules := filepath.Join(f.TempDir(), "mapping.yaml")
	if err := os.WriteFile(rules, []byte(governedRules), 0o600); err != nil {
		f.Fatal(err)
	}
	s := newTestSite(f, zap.New(core), "FLEXSCIM_MAPPING_FILE="+rules)
	if _, err := s.connections.Change(f.Context(), sandboxConnection, connection.Values{"entitlements": "true"}, "cli"); err != nil {
		f.Fatal(err)
	}
	h := s.handler()
	fuzz, fuzzes := madeAt(f, h, "/Users", user), madeAt(f, h, "/Groups", group)
	made := strings.NewReplacer("ID", fuzz, "GROUP", fuzzes)
	ann := madeAt(f, h, "/Users", `{"userName":"ann@example.com"}`)
	anns, _, err := s.auth.Create(f.Context(), auth.Request{Connection: sandboxConnection, Person: ann, Actor: "cli"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, method, target, headers, body string) {
		target, body = made.Replace(target), made.Replace(body)
		r := readRequest(method, target, headers, body)
		if r == nil {
			t.Skip()
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Header().Get("Content-Encoding") == "" {
			checkAnswer(t, r, w, said(r, headers, body))
		}
		if r = readRequest(method, target, headers, body); len(r.Header.Values("Authorization")) == 1 {
			r.Header.Set("Authorization", "Bearer "+anns.Reveal())
			w = httptest.NewRecorder()
			r.Header.Del("Accept-Encoding")
			h.ServeHTTP(w, r)
			checkPerson(t, r, w, fuzz, fuzzes)
		}
		if n := logs.Len(); n > 0 {
			t.Fatalf("%s %q: got errors in the log: %v", method, target, logs.TakeAll())
		}
	})
}

// madeAt creates a resource and returns its id.
func madeAt(tb testing.TB, h http.Handler, path, body string) string {
	tb.Helper()
	status, answer := answerTo(h, scimRequest(http.MethodPost, path, body))
	id, _ := answer["id"].(string)
	if status != http.StatusCreated {
		tb.Fatalf("POST %s: got %d %v", path, status, answer)
	}
	return id
}
