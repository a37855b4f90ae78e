package scimhttp_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/flexscim/flexscim/scim/scimhttp"
	"github.com/flexscim/flexscim/scim/scimtest"
)

// okta is the body of a POST that an Okta app sends.
const okta = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
"userName":"ann@example.com","name":{"givenName":"Ann","familyName":"Lee"},"emails":[{"primary":true,"value":"ann@example.com","type":"work"}],
"displayName":"Ann Lee","locale":"en-US","externalId":"00ujl29u0le5T6Aj10h7","groups":[],"password":"1mz050nq","active":true,
"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Support","manager":{"value":"x"}}}`

// send serves one request without a network.
func send(b *testing.B, h http.Handler, method, path, body string) {
	b.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
	if w.Code >= 300 {
		b.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
}

func BenchmarkCreate(b *testing.B) {
	b.ReportAllocs()
	const fresh = 200 // the benchmark makes a new directory after this many users, because a fuller directory is slower
	var h http.Handler
	for i := 0; b.Loop(); i++ {
		if i%fresh == 0 {
			h = newHandler(b, scimhttp.Config{Directory: scimtest.NewDirectory()})
		}
		send(b, h, http.MethodPost, "/Users", strings.NewReplacer(`"ann@`, fmt.Sprintf(`"u%d@`, i), "00ujl29u0le5T6Aj10h7", fmt.Sprint(i)).Replace(okta))
	}
}

func BenchmarkGet(b *testing.B) { read1(b, "") }

func BenchmarkFilter(b *testing.B) {
	h, _ := withUser(b)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		send(b, h, http.MethodGet, "/Users?filter="+url.QueryEscape(fmt.Sprintf(`userName eq "user%d@example.com"`, i)), "")
	}
}

func BenchmarkPatchPathless(b *testing.B) {
	patch(b, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","value":{"active":false}}]}`)
}

func BenchmarkPatchPath(b *testing.B) {
	patch(b, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"emails[type eq \"work\"].value","value":"ann@x.io"}]}`)
}

func patch(b *testing.B, body string) {
	b.Helper()
	h, path := withUser(b)
	b.ReportAllocs()
	for b.Loop() {
		send(b, h, http.MethodPatch, path, body)
	}
}

func read1(b *testing.B, query string) {
	b.Helper()
	h, path := withUser(b)
	b.ReportAllocs()
	for b.Loop() {
		send(b, h, http.MethodGet, path+query, "")
	}
}

func BenchmarkGetProjected(b *testing.B) { read1(b, "?attributes=userName,active") }
