package scimhttp_test

import (
	"strings"
	"testing"

	"github.com/flexscim/flexscim/scim/scimhttp"
)

// TestAddresses checks that a response with a resource has its meta.location in
// Content-Location (RFC 7643 §3.1) and in Location (the examples of RFC 7644).
func TestAddresses(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{Grants: grants()})
	user := s.user("ann")
	group := "/Groups/" + s.must(201, "POST", "/Groups", `{"displayName":"Care"}`).at("id").(string)
	patch := `{"Operations":[{"op":"add","path":"externalId","value":"x"}]}`
	for _, row := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", "/Users", `{"userName":"bob"}`, 201}, {"POST", "/Groups", `{"displayName":"Sales"}`, 201},
		{"GET", user, "", 200}, {"HEAD", user, "", 200}, {"GET", user + "?attributes=userName", "", 200}, {"GET", group, "", 200}, {"GET", "/Roles/agent", "", 200},
		{"PUT", user, `{"userName":"ann"}`, 200}, {"PUT", group, `{"displayName":"Care"}`, 200},
		{"PATCH", user, patch, 200}, {"PATCH", group + "?attributes=displayName", patch, 200}, {"PATCH", group, patch, 204},
	} {
		a := s.must(row.status, row.method, row.path, row.body)
		want, _, _ := strings.Cut(base+row.path, "?")
		if id, _ := a.at("id").(string); row.method == "POST" {
			want += "/" + id
		}
		content := want
		if row.status == 204 {
			content = ""
		}
		if a.header.Get("Location") != want || a.header.Get("Content-Location") != content {
			t.Errorf("%s %s: got %v, want %s", row.method, row.path, a.header, want)
		}
	}
	a := s.must(304, "GET", user, "", "If-None-Match", "*")
	if a.header.Get("Content-Location") != base+user {
		t.Errorf("304: got %v", a.header)
	}
	for _, path := range []string{"/Users", "/Schemas"} {
		if a := s.must(200, "GET", path, ""); a.header.Get("Location")+a.header.Get("Content-Location") != "" {
			t.Errorf("%s: got %v", path, a.header)
		}
	}
}
