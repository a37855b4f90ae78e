package scimhttp_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/flexscim/flexscim/internal/logfield"
	"github.com/flexscim/flexscim/internal/web/scimdoor/openapitest"
	"github.com/flexscim/flexscim/scim/scimhttp"
	"github.com/flexscim/flexscim/scim/scimtest"
)

const (
	ref     = "r7k2"
	base    = "https://scim.example.com/scim/v2"
	urnUser = "urn:ietf:params:scim:schemas:core:2.0:User"
	urnEnt  = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
)

// service is an HTTP server that runs a SCIM handler.
type service struct {
	t   *testing.T
	url string
}

// open starts a service with the configuration c. If c has no Directory, the
// service has a directory in memory. The test fails if a request or response does
// not fit the OpenAPI document.
func open(t *testing.T, c scimhttp.Config) *service {
	t.Helper()
	contract, err := openapitest.NewContract()
	if err != nil {
		t.Fatal(err)
	}
	contract.Dialects = true
	srv := httptest.NewServer(contract.Handler("/scim/v2", newHandler(t, c)))
	t.Cleanup(func() {
		srv.Close()
		for _, problem := range contract.Problems() {
			t.Errorf("the OpenAPI document does not allow this: %s", problem)
		}
	})
	return &service{t: t, url: srv.URL}
}

func newHandler(tb testing.TB, c scimhttp.Config) http.Handler {
	tb.Helper()
	if c.Directory == nil {
		c.Directory = scimtest.NewDirectory()
	}
	if c.BaseURL == nil {
		c.BaseURL = func(*http.Request) string { return base }
	}
	h, err := scimhttp.New(c)
	if err != nil {
		tb.Fatalf("New: %v", err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r.WithContext(logfield.WithRequestID(r.Context(), ref)))
	})
}

// answer is a response.
type answer struct {
	status int
	header http.Header
	text   string
	body   any // the decoded JSON; nil if the body is not JSON
}

// do sends a request. In the argument header, each name of a header is followed by
// its value.
func (s *service) do(method, path, body string, header ...string) answer {
	s.t.Helper()
	var in io.Reader
	if body != "" {
		in = strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, in)
	if err != nil {
		s.t.Fatalf("request: %v", err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	a := answer{status: res.StatusCode, header: res.Header, text: string(text)}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	_ = d.Decode(&a.body) // no body: nil
	return a
}

// service.must sends a request, and fails the test unless the response has the
// given status.
func (s *service) must(status int, method, path, body string, header ...string) answer {
	s.t.Helper()
	a := s.do(method, path, body, header...)
	if a.status != status {
		s.t.Fatalf("%s %s %s: got %d %s, want %d", method, path, body, a.status, a.text, status)
	}
	return a
}

// user creates a user and returns its path.
func (s *service) user(name string) string {
	s.t.Helper()
	a := s.must(201, "POST", "/Users", `{"schemas":["`+urnUser+`"],"userName":"`+name+`"}`)
	return "/Users/" + a.at("id").(string)
}

// answer.at returns a value in the body. The path consists of names and, for lists,
// indexes. If the path leads to no value, the method returns nil.
func (a answer) at(path ...any) any {
	at := a.body
	for _, step := range path {
		switch step := step.(type) {
		case string:
			object, _ := at.(map[string]any)
			at = object[step]
		case int:
			list, _ := at.([]any)
			if step >= len(list) {
				return nil
			}
			at = list[step]
		}
	}
	return at
}
