package scimhttp_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/scimhttp"
)

// people returns a service that has the three users of the tests below.
func people(t *testing.T) *service {
	t.Helper()
	s := open(t, scimhttp.Config{})
	for _, body := range []string{
		`{"userName":"Olga@x.io","name":{"familyName":"Employee"},"emails":[{"value":"olga@example.com","type":"work"}],"title":"b"}`,
		`{"userName":"ann@x.io","name":{"familyName":"employee"},"emails":[{"value":"a@home.io"},{"value":"a@example.ORG","primary":true}],"active":false}`,
		`{"userName":"Bob@x.io","name":{"familyName":"Guest"},"emails":[{"value":"bob@example.com"}],"title":"A",
			"` + urnEnt + `":{"department":"Care"},"urn:ietf:params:scim:schemas:extension:flexscim:2.0:User":{"skills":[{"name":"chat","level":3}]}}`,
	} {
		s.must(201, "POST", "/Users", body)
	}
	return s
}

// names returns the userNames in a list response, each up to its @.
func names(a answer) string {
	var all []string
	for _, r := range a.at("Resources").([]any) {
		name, _, _ := strings.Cut(r.(map[string]any)["userName"].(string), "@")
		all = append(all, name)
	}
	return strings.Join(all, " ")
}

// TestFilters checks which users a filter selects, for each form of the grammar
// (RFC 7644 §3.4.2.2). Microsoft's test suite sends the first three filters.
func TestFilters(t *testing.T) {
	t.Parallel()
	s := people(t)
	for _, row := range []struct{ filter, want string }{
		{`userName sw "O"`, "Olga"},
		{`meta.Created gt 2015-10-10T14:38:21.8617979-07:00`, "Olga ann Bob"},
		{`name.FamilyName eq "Employee" and (emails.Value co "example.com" or emails.Value co "example.org")`, "Olga ann"},
		{`title pr and userName sw "o"`, "Olga"},
		{`not (title pr)`, "ann"},
		{`title ge "B"`, "Olga"},
		{`title ne "a"`, "Olga ann"},
		{`title eq null`, "ann"},
		{`userName ew "B@X.IO"`, "Bob"},
		{`active eq true`, "Olga Bob"}, // without the attribute active, a user counts as active
		{`emails[value ew ".org" and primary eq true]`, "ann"},
		{`emails[value ew ".io" and primary eq true]`, ""},
		{urnEnt + `:department co "ar"`, "Bob"},
		{`urn:ietf:params:scim:schemas:extension:flexscim:2.0:User:skills[name eq "chat" and level gt 2]`, "Bob"},
		{`schemas eq "` + urnEnt + `"`, "Bob"},
		{`meta.resourceType eq "User" and meta.version eq "W/\"1\""`, "Olga ann Bob"},
		{`meta.lastModified lt "2015-10-10T14:38:21Z"`, ""},
		{`meta.location sw "` + base + `/Users/" and userName sw "o"`, "Olga"},
		{`meta.location co "/Groups/"`, ""},
		{`not (groups.$ref pr)`, "Olga ann Bob"},
	} {
		a := s.must(200, "GET", "/Users?filter="+escape(row.filter), "")
		if got := names(a); got != row.want || fmt.Sprint(a.at("totalResults")) != fmt.Sprint(len(strings.Fields(row.want))) {
			t.Errorf("%s: got %q of %v, want %q", row.filter, got, a.at("totalResults"), row.want)
		}
	}
	for _, filter := range []string{
		`meta.created gt "yesterday"`, `meta.created sw "2026"`, `active co "t"`,
		`members.$ref eq "x"`,
		`urn:ietf:params:scim:schemas:extension:flexscim:2.0:User:skills[level co 1]`,
	} {
		a := s.must(400, "GET", "/Users?filter="+escape(filter), "")
		if a.at("scimType") != "invalidFilter" {
			t.Errorf("%s: got %s", filter, a.text)
		}
		checkError(t, a)
	}
}

// TestSort checks the order of users for sortBy and sortOrder (RFC 7644 §3.4.2.3).
func TestSort(t *testing.T) {
	t.Parallel()
	s := people(t)
	for _, row := range []struct{ query, want string }{
		{"", "Olga ann Bob"},
		{"sortOrder=descending", "Olga ann Bob"}, // sortOrder has no effect without sortBy
		{"sortBy=userName", "ann Bob Olga"},
		{"sortBy=USERNAME&sortOrder=Descending", "Olga Bob ann"},
		{"sortBy=title", "Bob Olga ann"}, // users without a value come last
		{"sortBy=title&sortOrder=descending", "ann Olga Bob"},
		{"sortBy=name.familyName", "Olga ann Bob"}, // users with equal values stay in the order of creation
		{"sortBy=name.familyName&sortOrder=descending", "Bob Olga ann"},
		{"sortBy=emails", "ann Bob Olga"}, // the primary address counts, not the first address
		{"sortBy=emails.value&sortOrder=ascending&startIndex=2&count=1", "Bob"},
		{"sortBy=active", "ann Olga Bob"},
		{"sortBy=meta.created&sortOrder=descending", "Bob ann Olga"},
		{"sortBy=" + urnEnt + ":department", "Bob Olga ann"},
		{"sortBy=department", "Bob Olga ann"},
		{"sortBy=urn:ietf:params:scim:schemas:extension:flexscim:2.0:User:skills.level", "Bob Olga ann"},
		{"sortBy=", "Olga ann Bob"},
	} {
		if got := names(s.must(200, "GET", "/Users?"+row.query, "")); got != row.want {
			t.Errorf("%s: got %q, want %q", row.query, got, row.want)
		}
	}
	for _, by := range []string{"shoeSize", "name", "meta", urnEnt, "userName.x", `emails[type eq "work"]`} {
		a := s.must(400, "GET", "/Users?sortBy="+url.QueryEscape(by), "")
		if a.at("scimType") != "invalidPath" {
			t.Errorf("%s: got %s", by, a.text)
		}
		checkError(t, a)
	}
	checkError(t, s.must(400, "GET", "/Groups?sortBy=members", ""))
	checkError(t, s.must(400, "GET", "/Users?sortBy=userName&sortOrder=up", ""))
}

// TestHugePages checks that startIndex and count can have numbers that do not fit
// into an int (RFC 7644 §3.4.2.4). These numbers become the largest or smallest
// int.
func TestHugePages(t *testing.T) {
	t.Parallel()
	s := people(t)
	for query, want := range map[string]string{
		"startIndex=99999999999999999999999":     "",
		"startIndex=-99999999999999999999999":    "Olga ann Bob",
		"count=99999999999999999999999":          "Olga ann Bob",
		"count=-99999999999999999999999":         "",
		"startIndex=9223372036854775807":         "",
		"startIndex=2&count=9223372036854775807": "ann Bob",
	} {
		a := s.must(200, "GET", "/Users?"+query, "")
		if got := names(a); got != want || fmt.Sprint(a.at("totalResults")) != "3" {
			t.Errorf("%s: got %q of %v, want %q of 3", query, got, a.at("totalResults"), want)
		}
	}
}

// TestParameters checks that no spelling of a known parameter is ignored: its value
// is used or refused. If a filter were ignored, the list would contain all users.
func TestParameters(t *testing.T) {
	t.Parallel()
	s := people(t)
	s.must(201, "POST", "/Groups", `{"displayName":"Care"}`)
	for _, row := range []struct {
		request string
		status  int
		want    string // totalResults, or the scimType
	}{
		{"GET /Users?filter=userName%20eq%20%22nobody;x%22", 200, "0"}, // RFC 3986 §3.4
		{"GET /Users?filter=userName%20eq%20%22nobody%22;x", 400, "invalidFilter"},
		{"GET /Users?filter=userName%20eq%20%22x%zz%22", 400, "invalidFilter"},
		{"GET /Groups?filter=displayName%20eq%20%22nobody;x%22", 200, "0"},
		{"GET /Groups?filter=displayName%20co%20%2250%%22", 400, "invalidFilter"},
		{"GET /?filter=displayName%20eq%20%22a;b%22", 200, "0"},
		{"GET /Users?Filter=userName%20eq%20%22nobody%22", 200, "0"},
		{"GET /Users?FILTER=userName%20eq%20%22bob@x.io%22&COUNT=0", 200, "1"},
		{"GET /Users?filter=userName%20eq%20%22a%22&filter=userName%20eq%20%22b%22", 400, "invalidFilter"},
		{"GET /Users?filter=userName%20eq%20%22a%22&Filter=userName%20eq%20%22a%22", 200, "0"},
		{"GET /Users?sortBy=title;", 400, "invalidPath"},
		{"GET /Users?SORTBY=shoeSize", 400, "invalidPath"},
		{"GET /Users?startIndex=1;count=2", 400, "invalidValue"},
		{"GET /Users?count=1&count=2", 400, "invalidValue"},
		{"GET /Users?cursor=a;b", 400, "invalidCursor"},
		{"GET /Users?colour=%zz", 200, "3"}, // docs/reference/identity-providers.md, row 41
		{"POST /Users?attributes=%zz", 400, "invalidValue"},
		{"GET /Schemas?filter=a;b", 403, ""},
		{"GET /Schemas?FILTER=a", 403, ""},
		{"GET /Schemas/" + urnUser + "?filter=a;b", 403, ""},
		{"GET /ServiceProviderConfig?filter=a%zz", 403, ""},
		{"GET /Schemas?filter=&count=%zz", 200, "7"},
		{"GET /Me?filter=%zz", 501, ""},
		{"GET /Users", 200, "3"}, // the POST created no user
	} {
		method, path, _ := strings.Cut(row.request, " ")
		body := map[string]string{"POST": `{"userName":"new"}`}[method]
		a := s.must(row.status, method, path, body)
		if row.status >= 400 {
			checkError(t, a)
		}
		got := fmt.Sprint(a.at("totalResults"))
		if a.at("totalResults") == nil {
			got, _ = a.at("scimType").(string)
		}
		if got != row.want {
			t.Errorf("%s: got %s, want %s", row.request, a.text, row.want)
		}
	}
}

// TestRefusedFilterNamesTheAttribute checks that the error for a filter contains
// the full name of the wrong attribute. So a reader can find the attribute in a
// filter with many comparisons.
func TestRefusedFilterNamesTheAttribute(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{})
	for _, row := range []struct{ filter, want string }{
		{`active gt true`, "active is a boolean, which gt cannot compare."},
		{`emails.primary gt true`, "emails.primary is a boolean, which gt"},
		{`emails[primary gt true]`, "emails.primary is a boolean, which gt"},
		{`x509Certificates.value gt "a"`, "x509Certificates.value is a binary, which gt"},
		{`meta.created gt "never"`, "meta.created is a dateTime, and the filter compares it with a value of another type."},
		{`meta[created gt "never"]`, "meta.created is a dateTime, and the filter"},
		{scim.URNFlex + `:skills.level eq "much"`, scim.URNFlex + ":skills.level is a"},
	} {
		a := s.must(400, "GET", "/Users?filter="+escape(row.filter), "")
		if detail, _ := a.at("detail").(string); !strings.HasPrefix(detail, row.want) {
			t.Errorf("%s: got %q, want %q", row.filter, detail, row.want)
		}
	}
}
