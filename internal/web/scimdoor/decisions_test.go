package scimdoor_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"
)

// TestDecisions tests those rows of the decision table for IdPs
// (docs/reference/identity-providers.md §4) that the code of the door implements.
// TestDecisions in package scimhttp tests the other rows.
func TestDecisions(t *testing.T) {
	t.Parallel()
	t.Run("row 37: 25 requests per second never get 429, and Retry-After is in whole seconds", func(t *testing.T) {
		t.Parallel()
		p := newPaced(t, 25)
		for second := range 60 {
			if got := p.count(25, p.entra, here); got != "25×200" {
				t.Fatalf("second %d: got %s", second, got)
			}
			p.now = p.now.Add(time.Second)
		}
		p.count(250, p.entra, here) // the burst
		w := p.get(p.entra, here)
		if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "1" {
			t.Errorf("got %d, Retry-After %q, want 429 and 1", w.Code, w.Header().Get("Retry-After"))
		}
		checkSCIMError(t, w.Body.Bytes(), "429")
	})
	t.Run("row 38: every request without a token gets 401 with a SCIM error", func(t *testing.T) {
		t.Parallel()
		p := newPaced(t, 25)
		for _, path := range []string{"/scim/v2/Users", "/scim/v2/ServiceProviderConfig", "/scim/v2/no/such/thing"} {
			for _, credential := range []string{"X-None: none", bearer("fscim_unknown")} {
				w := serve(p.handler, http.MethodGet, path, credential)
				checkRefused(t, path, false, w.Code, w.Header())
				if got := w.Header().Get("Content-Type"); got != "application/scim+json" {
					t.Errorf("%s: got Content-Type %s", path, got)
				}
				checkSCIMError(t, w.Body.Bytes(), "401")
			}
		}
	})
	t.Run("row 54: while the database is unavailable, the status is 503, not 401", func(t *testing.T) {
		t.Parallel()
		p := newPaced(t, 25)
		if err := p.store.Close(); err != nil {
			t.Fatal(err)
		}
		w := p.get(p.okta, here)
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "5" || w.Header().Get("WWW-Authenticate") != "" {
			t.Errorf("got %d %v, want 503 with Retry-After", w.Code, w.Header())
		}
		checkSCIMError(t, w.Body.Bytes(), "503")
	})
}

// checkSCIMError checks that a body is an error as RFC 7644 §3.12 defines it, in
// which the status is a string.
func checkSCIMError(t *testing.T, body []byte, status string) {
	t.Helper()
	var e struct {
		Schemas        []string
		Status, Detail string
	}
	err := json.Unmarshal(body, &e)
	if err != nil || e.Status != status || e.Detail == "" || len(e.Schemas) != 1 || e.Schemas[0] != "urn:ietf:params:scim:api:messages:2.0:Error" {
		t.Errorf("got %s, want a SCIM error of status %s", body, status)
	}
}
