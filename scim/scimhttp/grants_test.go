package scimhttp_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/scimhttp"
)

const (
	urnOktaRole        = "urn:okta:scim:schemas:core:1.0:Role"
	urnOktaEntitlement = "urn:okta:scim:schemas:core:1.0:Entitlement"
)

// grants returns the roles and the entitlement that the tests configure.
func grants() *scim.Grants {
	return &scim.Grants{
		Roles: []scim.Grant{
			{Value: "agent", Display: "Agent", Description: "Takes calls."},
			{Value: "supervisor", Display: "Supervisor"},
			{Value: "wfo.team_leader", Display: "Flex Insights: team leader"},
		},
		Entitlements: []scim.Grant{{Value: "Überprüfung & Co", Display: "Quality", Type: "Entitlement"}},
	}
}

// ids returns the ids of the resources in a list response, in the order of the
// response.
func ids(a answer) string {
	list, _ := a.at("Resources").([]any)
	all := make([]string, len(list))
	for i, r := range list {
		all[i], _ = r.(map[string]any)["id"].(string)
	}
	return strings.Join(all, ", ")
}

// TestEntitlements sends the requests that Okta Identity Governance sends
// (docs/reference/identity-providers.md §1.5). Okta reads the resource types and
// their schemas. If a type has one of Okta's two schemas, Okta reads the resources
// of this type. Then Okta assigns the roles and entitlements to users.
func TestEntitlements(t *testing.T) {
	t.Parallel()
	teams := grants()
	teams.Entitlements = append(teams.Entitlements, scim.Grant{Value: "north", Display: "North", Type: "Team", Description: "Hamburg"})
	srv := httptest.NewServer(newHandler(t, scimhttp.Config{Grants: teams})) // the function open would check responses against the OpenAPI document, which has no /Teams
	t.Cleanup(srv.Close)
	s := &service{t: t, url: srv.URL}
	endpoints := map[string]string{} // :: name of a resource type → endpoint
	for _, r := range s.must(200, "GET", "/ResourceTypes", "").at("Resources").([]any) {
		r := r.(map[string]any)
		if schema := r["schema"]; schema == urnOktaRole || schema == urnOktaEntitlement {
			endpoints[r["name"].(string)] = r["endpoint"].(string)
		}
		s.must(200, "GET", "/ResourceTypes/"+r["id"].(string), "")
		s.must(200, "GET", "/Schemas/"+r["schema"].(string), "")
	}
	if diff := cmp.Diff(map[string]string{"Role": "/Roles", "Entitlement": "/Entitlements", "Team": "/Teams"}, endpoints); diff != "" {
		t.Fatalf("types (-want +got):\n%s", diff)
	}
	north := `{"schemas":["` + urnOktaEntitlement + `"],"id":"north","displayName":"North","description":"Hamburg","type":"Team",` +
		`"meta":{"resourceType":"Team","location":"` + base + `/Teams/north"}}`
	if got := s.must(200, "GET", "/Teams/north", "").text; got != north {
		t.Errorf("got %s, want %s", got, north)
	}
	if got := ids(s.must(200, "GET", "/Schemas", "")); strings.Count(got, "urn:okta:") != 2 {
		t.Errorf("got the schemas %s, want Role and Entitlement once each", got)
	}
	user := s.must(201, "POST", "/Users", `{"schemas":["`+urnUser+`"],"userName":"barbara@example.com","externalId":701984,"name":null,
		"emails":[{"value":"b@example.com","type":"work","primary":true}],"addresses":[{"type":"work","postalCode":91608}],
		"nickName":null,"photos":null,"password":"secret","groups":[],"roles":[],"entitlements":[]}`)
	if user.at("externalId") != "701984" || user.at("name") != nil || user.at("addresses", 0, "postalCode") != "91608" {
		t.Errorf("got %s, want numbers as texts, and no name", user.text)
	}
	path := "/Users/" + user.at("id").(string)
	for name, endpoint := range endpoints {
		for _, r := range s.must(200, "GET", endpoint, "").at("Resources").([]any) {
			id := r.(map[string]any)["id"].(string)
			if name == "Role" {
				given := fmt.Sprintf(`[{"value":%q,"display":%q}]`, id, r.(map[string]any)["displayName"])
				s.must(200, "PATCH", path, `{"Operations":[{"op":"replace","value":{"roles":`+given+`}}]}`)
			} else {
				given := fmt.Sprintf(`{"value":%q,"display":%q,"type":%q}`, id, r.(map[string]any)["displayName"], name)
				s.must(200, "PATCH", path, `{"Operations":[{"op":"add","path":"entitlements","value":[`+given+`]}]}`)
			}
		}
	}
	a := s.must(200, "GET", path+"?attributes=roles,entitlements", "")
	if a.at("roles", 0, "value") != "wfo.team_leader" || a.at("roles", 1) != nil || a.at("entitlements", 1, "value") == nil {
		t.Errorf("got %s, want the last assigned role and both entitlements", a.text)
	}
}

// TestGrants checks that /Roles and /Entitlements list the grants, with filters,
// sorting and pages (RFC 7644 §3.4).
func TestGrants(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{Grants: grants(), MaxPage: 2})
	for _, row := range []struct {
		path  string
		total int
		ids   string
	}{
		{"/Roles", 3, "agent, supervisor"}, // MaxPage
		{"/Roles/", 3, "agent, supervisor"},
		{"/Roles?startIndex=3&count=2", 3, "wfo.team_leader"},
		{"/Roles?startIndex=9", 3, ""},
		{"/Roles?startIndex=99999999999999999999", 3, ""},
		{"/Roles?count=0", 3, ""},
		{"/Roles?count=-1", 3, ""},
		{"/Roles?filter=" + escape(`id eq "supervisor"`), 1, "supervisor"},
		{"/Roles?filter=" + escape(`id eq "Supervisor"`), 0, ""},
		{"/Roles?filter=" + escape(`displayName eq "SUPERVISOR"`), 1, "supervisor"},
		{"/Roles?filter=" + escape(`displayName sw "flex" or description pr`), 2, "agent, wfo.team_leader"},
		{"/Roles?filter=" + escape(`not (description pr)`), 2, "supervisor, wfo.team_leader"},
		{"/Roles?filter=" + escape(`meta.resourceType eq "Role" and schemas eq "`+urnOktaRole+`"`), 3, "agent, supervisor"},
		{"/Roles?filter=" + escape(`meta.created pr`), 0, ""},
		{"/Roles?sortBy=displayName&sortOrder=descending", 3, "supervisor, wfo.team_leader"},
		{"/Entitlements", 1, "Überprüfung & Co"},
		{"/Entitlements?filter=" + escape(`type eq "Entitlement" and displayName pr`), 1, "Überprüfung & Co"},
		{"/Entitlements?filter=" + escape(`type eq "entitlement"`), 0, ""},
	} {
		a := s.must(200, "GET", row.path, "")
		if got := ids(a); got != row.ids || fmt.Sprint(a.at("totalResults")) != fmt.Sprint(row.total) {
			t.Errorf("%s: got %q of %v, want %q of %d", row.path, got, a.at("totalResults"), row.ids, row.total)
		}
	}
	a := s.must(200, "GET", "/Roles?cursor=&count=2&sortBy=displayName", "")
	if got := ids(a) + ", " + ids(s.must(200, "GET", "/Roles?count=2&sortBy=displayName&cursor="+a.at("nextCursor").(string), "")); got != "agent, wfo.team_leader, supervisor" {
		t.Errorf("by cursor: got %s", got)
	}
	a = s.must(200, "POST", "/Roles/.search", `{"filter":"displayName co \"vis\"","attributes":["displayName"]}`)
	if diff := cmp.Diff([]any{map[string]any{"schemas": []any{urnOktaRole}, "id": "supervisor", "displayName": "Supervisor"}}, a.at("Resources")); diff != "" {
		t.Errorf("search (-want +got):\n%s", diff)
	}
}

// TestGrant checks that a GET by id returns a role or entitlement, and that other
// methods are refused.
func TestGrant(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{Grants: grants()})
	for path, want := range map[string]string{
		"/Roles/agent": `{"schemas":["` + urnOktaRole + `"],"id":"agent","displayName":"Agent","description":"Takes calls.",
			"meta":{"resourceType":"Role","location":"` + base + `/Roles/agent"}}`,
		"/Roles/%61gent?attributes=description":           `{"schemas":["` + urnOktaRole + `"],"id":"agent","description":"Takes calls."}`,
		"/Roles/wfo.team_leader?attributes=meta.location": `{"schemas":["` + urnOktaRole + `"],"id":"wfo.team_leader","meta":{"location":"` + base + `/Roles/wfo.team_leader"}}`,
		"/Entitlements/%C3%9Cberpr%C3%BCfung%20&%20Co": `{"schemas":["` + urnOktaEntitlement + `"],"id":"Überprüfung & Co","displayName":"Quality","type":"Entitlement",
			"meta":{"resourceType":"Entitlement","location":"` + base + `/Entitlements/%C3%9Cberpr%C3%BCfung%20&%20Co"}}`,
		"/Roles/supervisor?excludedAttributes=meta,displayName": `{"schemas":["` + urnOktaRole + `"],"id":"supervisor"}`,
	} {
		a := s.must(200, "GET", path, "", "If-None-Match", "*", "If-Match", `W/"7"`)
		var wanted any
		if err := json.Unmarshal([]byte(want), &wanted); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(wanted, a.body); diff != "" || a.header.Get("ETag") != "" {
			t.Errorf("%s: ETag %q (-want +got):\n%s", path, a.header.Get("ETag"), diff)
		}
		if head := s.must(200, "HEAD", path, ""); head.text != "" || head.header.Get("Content-Length") != a.header.Get("Content-Length") {
			t.Errorf("HEAD %s: got %q, Content-Length %s", path, head.text, head.header.Get("Content-Length"))
		}
	}
	for path, endpoint := range map[string]string{"/Roles/admin": "/Roles", "/Roles/Agent": "/Roles", "/Roles/a%2Fb": "/Roles", "/Entitlements/agent": "/Entitlements"} {
		a := s.must(404, "GET", path, "")
		checkError(t, a)
		if detail, _ := a.at("detail").(string); !strings.Contains(detail, "GET "+endpoint+" lists") {
			t.Errorf("%s: got %s, want the path of the list in it", path, detail)
		}
	}
	for _, path := range []string{"/Roles", "/Roles/agent", "/Roles/none", "/Entitlements", "/Entitlements/%C3%9Cberpr%C3%BCfung%20&%20Co"} {
		for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
			status := http.StatusMethodNotAllowed
			if method == "OPTIONS" {
				status = http.StatusNoContent
			}
			if a := s.must(status, method, path, `{"displayName":"x"}`); a.header.Get("Allow") != "GET, HEAD, OPTIONS" {
				t.Errorf("%s %s: got Allow %q", method, path, a.header.Get("Allow"))
			}
		}
	}
}

// TestNoGrants checks that no response mentions roles or entitlements if none are
// configured, and that configured roles and entitlements do not change other
// responses.
func TestNoGrants(t *testing.T) {
	t.Parallel()
	s, with := open(t, scimhttp.Config{}), open(t, scimhttp.Config{Grants: grants()})
	for _, path := range []string{"/Roles", "/Roles/agent", "/Roles/.search", "/Entitlements", "/Teams", "/ResourceTypes/Role", "/Schemas/" + urnOktaRole} {
		for _, method := range []string{"GET", "POST", "DELETE", "OPTIONS"} {
			if a := s.must(404, method, path, ""); !strings.Contains(a.text, "There is nothing at this address.") {
				t.Errorf("%s %s: got %s", method, path, a.text)
			}
		}
	}
	for _, path := range []string{"/ServiceProviderConfig", "/ResourceTypes/User", "/Schemas/" + urnUser, "/Users", "/Groups", "/", "/Licenses"} {
		if a, b := s.do("GET", path, ""), with.do("GET", path, ""); a.text != b.text || a.text == "" {
			t.Errorf("%s: got %s, with grants %s", path, a.text, b.text)
		}
	}
	for _, path := range []string{"/ResourceTypes", "/Schemas"} {
		a, b := s.must(200, "GET", path, "").at("Resources").([]any), with.must(200, "GET", path, "").at("Resources").([]any)
		if diff := cmp.Diff(a, b[:len(a)]); diff != "" || len(b) <= len(a) || strings.Contains(fmt.Sprint(a), "okta") {
			t.Errorf("%s: grants change the other resources (-without +with):\n%s", path, diff)
		}
	}
}
