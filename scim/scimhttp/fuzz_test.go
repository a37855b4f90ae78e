package scimhttp_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/flexscim/flexscim/scim/scimhttp"
	"github.com/flexscim/flexscim/scim/scimtest"
)

// mostEchoed is the largest number of consecutive bytes of a request that an error
// may repeat.
const mostEchoed = 100

// try sends a request. It fails the test unless the response is a success or a SCIM
// error with a 4xx status. The error may repeat only a short part of the request.
func try(t *testing.T, h http.Handler, r *http.Request) (status int, body map[string]any) {
	t.Helper()
	sent, _ := io.ReadAll(r.Body) // of a text
	r.Body = io.NopCloser(bytes.NewReader(sent))
	query, _ := url.QueryUnescape(r.URL.RawQuery)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	_ = json.Unmarshal(w.Body.Bytes(), &body) // body stays nil if the response has no JSON
	switch {
	case w.Code == http.StatusNoContent && w.Body.Len() == 0:
	case w.Code >= 200 && w.Code < 300 && body != nil:
	case w.Code >= 400 && w.Code < 500:
		a := answer{status: w.Code, header: w.Header(), text: w.Body.String(), body: body}
		checkError(t, a)
		checkEcho(t, a, query+"\n"+string(sent)+"\n"+decoded(sent))
	default:
		t.Errorf("%s %s: got %d %s", r.Method, r.URL, w.Code, w.Body)
	}
	return w.Code, body
}

// decoded returns a JSON body as text in which the escapes of strings are decoded.
func decoded(body []byte) string {
	var value any
	_ = json.Unmarshal(body, &value) // value stays nil if the body is not JSON
	return fmt.Sprint(value)
}

// checkEcho fails the test if the detail of an error repeats more than mostEchoed
// consecutive bytes of a text.
func checkEcho(t *testing.T, a answer, text string) {
	t.Helper()
	detail, _ := a.at("detail").(string)
	for i := 0; i+mostEchoed < len(detail); i++ {
		if echo := detail[i : i+mostEchoed+1]; strings.Contains(text, echo) {
			t.Errorf("the error repeats %q", echo)
			return
		}
	}
}

// withUser returns a handler whose directory has one user, and the path of this
// user.
func withUser(tb testing.TB) (http.Handler, string) {
	tb.Helper()
	h := newHandler(tb, scimhttp.Config{Directory: scimtest.NewDirectory()})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/Users", strings.NewReader(okta)))
	var user struct{ ID string }
	if err := json.Unmarshal(w.Body.Bytes(), &user); err != nil || user.ID == "" {
		tb.Fatalf("create: %d %s", w.Code, w.Body)
	}
	return h, "/Users/" + user.ID
}

func FuzzFilter(f *testing.F) {
	for _, seed := range []string{
		`userName eq "ann@x.io"`, `emails[type eq "work"].value eq "a"`, `externalId eq jyoung`, `id eq "x" and manager eq "y"`,
		`not (title pr) or userName sw "a"`, `emails[type eq "work" and value co "x"]`, `active eq True`, `meta.created gt 2015-10-10T14:38:21Z`,
		urnEnt + `:department eq "\u00e4"`, `userName eq "`, `((((`, `a[b[c eq 1]]`, `]`, `emails[].value eq`, `not not(a pr)`, `name.givenName eq 1e5`,
	} {
		f.Add(seed)
	}
	h, _ := withUser(f)
	f.Fuzz(func(t *testing.T, filter string) {
		first, _ := try(t, h, httptest.NewRequest(http.MethodGet, "/Users?filter="+url.QueryEscape(filter), nil))
		second, _ := try(t, h, httptest.NewRequest(http.MethodGet, "/Users?filter="+url.QueryEscape(filter), nil))
		if first != second {
			t.Errorf("%q: got %d, then %d the second time", filter, first, second)
		}
	})
}

func FuzzPath(f *testing.F) {
	for _, seed := range []string{
		`userName`, `name.givenName`, `emails[type eq "work"].value`, `members[value eq "x"]`, urnEnt + `:manager.value`, urnEnt, `roles[primary eq "True"].value`,
		`emails[type eq`, `.`, `:`, `a:b:c`, `addresses[type eq "work"]`, `emails[not (type eq "work")].value`, `id`, `$ref`, `emails[type eq "work"].value eq "x"`,
	} {
		f.Add(seed, `"x"`)
		f.Add(seed, `{"value":"x"}`)
	}
	h, path := withUser(f)
	f.Fuzz(func(t *testing.T, target, value string) {
		if !json.Valid([]byte(value)) {
			t.Skip()
		}
		for _, op := range []string{"add", "replace", "remove"} {
			body, err := json.Marshal(map[string]any{"Operations": []any{map[string]any{"op": op, "path": target, "value": json.RawMessage(value)}}})
			if err != nil {
				t.Skip()
			}
			try(t, h, httptest.NewRequest(http.MethodPatch, path, strings.NewReader(string(body))))
		}
	})
}

func FuzzPatchBody(f *testing.F) {
	for _, seed := range []string{
		`{"Operations":[{"op":"replace","value":{"active":false}}]}`, `{"Operations":[]}`, `{"Operations":[{"op":"Remove","path":"emails","value":[{}]}]}`,
		`{"a":1,"a":2}`, `[]`, `{"Operations":[{"op":"add","path":"emails","value":[{"type":"work","value":"x"}]}]}`, `{"Operations":[null]}`, ``, `{"Operations":[{"op":"add","value":{"":{}}}]}`,
	} {
		f.Add(seed)
	}
	for _, seed := range []string{
		`{"Operations":[{"op":"add","path":"members","value":[{"value":"a"},{"value":"b"}]}]}`, `{"Operations":[{"op":"remove","path":"members[value eq \"a\"]"}]}`,
		`{"Operations":[{"op":"replace","value":{"members":[],"displayName":"h"}}]}`, `{"Operations":[{"op":"Remove","path":"members","value":[{"value":"b","$ref":null}]}]}`,
	} {
		f.Add(seed)
	}
	h, path := withUser(f)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/Groups", strings.NewReader(`{"displayName":"g"}`)))
	var group struct{ ID string }
	if err := json.Unmarshal(w.Body.Bytes(), &group); err != nil || group.ID == "" {
		f.Fatalf("create: %d %s", w.Code, w.Body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		try(t, h, httptest.NewRequest(http.MethodPatch, "/Groups/"+group.ID, strings.NewReader(body)))
		status, _ := try(t, h, httptest.NewRequest(http.MethodPatch, path, strings.NewReader(body)))
		if status < 300 && !json.Valid([]byte(body)) {
			t.Errorf("%q is not JSON and was accepted", body)
		}
		status, made := try(t, h, httptest.NewRequest(http.MethodPost, "/Users", strings.NewReader(body)))
		if id, ok := made["id"].(string); ok && status == http.StatusCreated {
			try(t, h, httptest.NewRequest(http.MethodDelete, "/Users/"+id, nil))
		}
	})
}
