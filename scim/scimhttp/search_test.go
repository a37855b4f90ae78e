package scimhttp_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/scim/scimhttp"
)

const urnSearch = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"

// A search answers what a list with the same wishes answers (RFC 7644 §3.4.3).
func TestSearch(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{})
	ann := s.user("ann@x.io")
	for i := range 4 {
		s.user(fmt.Sprintf("user%d@x.io", i))
	}
	s.must(201, "POST", "/Groups", `{"displayName":"Care","members":[{"value":"`+ann[len("/Users/"):]+`"}]}`)
	for body, query := range map[string]string{
		`{}`:                                                 "",
		`{"filter":"userName eq \"ANN@x.io\""}`:              "filter=" + escape(`userName eq "ann@x.io"`),
		`{"filter":""}`:                                      "",
		`{"startIndex":2,"count":2}`:                         "startIndex=2&count=2",
		`{"startIndex":"3","COUNT":"1"}`:                     "startIndex=3&count=1",
		`{"startIndex":2.0,"count":20e-1}`:                   "startIndex=2&count=2",
		`{"startIndex":1e30}`:                                "startIndex=" + strings.Repeat("9", 30),
		`{"startIndex":-7,"count":0}`:                        "count=0",
		`{"count":null,"attributes":null}`:                   "",
		`{"attributes":["userName","meta.version"]}`:         "attributes=userName,meta.version",
		`{"attributes":"displayName"}`:                       "attributes=displayName",
		`{"excludedAttributes":["meta","members","groups"]}`: "excludedAttributes=meta,members,groups",
		`{"sortBy":"id","sortOrder":"descending"}`:           "sortBy=id&sortOrder=descending",
		`{"colour":"red"}`:                                   "",
	} {
		for _, path := range []string{"/Users", "/Groups"} {
			if path == "/Groups" && strings.Contains(body, "userName eq") {
				continue
			}
			body := strings.Replace(body, "{", `{"schemas":["`+urnSearch+`"],`, 1)
			body = strings.Replace(body, ",}", "}", 1)
			want := s.must(200, "GET", path+"?"+query, "")
			got := s.must(200, "POST", path+"/.search?count=0", body) // the query is not what is asked
			if diff := cmp.Diff(want.body, got.body); diff != "" {
				t.Errorf("%s%s (-GET +search):\n%s", path, body, diff)
			}
		}
	}
}

func TestSearchRefused(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{})
	for _, path := range []string{"/Users/.search", "/Groups/.search", "/.search"} {
		for _, body := range []string{
			``, `[]`, `{"filter":["a"]}`, `{"filter":true}`, `{"filter":[]}`, `{"filter":5}`, `{"count":[]}`, `{"count":1.5}`, `{"count":"ten"}`, `{"startIndex":{}}`, `{"attributes":[1]}`,
			`{"attributes":{}}`, `{"filter":"userName eq"}`, `{"filter":"shoeSize eq 42"}`, `{"filter":"id eq \"a\"","FILTER":"id eq \"b\""}`,
		} {
			checkError(t, s.must(400, "POST", path, body))
		}
		checkError(t, s.must(415, "POST", path, `{}`, "Content-Type", "text/xml"))
	}
}

// TestRoot: what is asked at the root is answered with users, then groups
// (§3.4.2.1).
func TestRoot(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{MaxPage: 4, DefaultPage: 4})
	for _, name := range []string{"u1", "u2", "u3"} {
		s.must(201, "POST", "/Users", `{"userName":"`+name+`","displayName":"both"}`)
	}
	s.must(201, "POST", "/Groups", `{"displayName":"both"}`)
	s.must(201, "POST", "/Groups", `{"displayName":"g2"}`)
	for _, row := range []struct {
		query string
		total int
		want  string // names, in order
	}{
		{"", 5, "u1 u2 u3 both"},
		{"startIndex=4", 5, "both g2"},
		{"startIndex=3&count=2", 5, "u3 both"},
		{"startIndex=5&count=9", 5, "g2"},
		{"startIndex=6", 5, ""},
		{"count=0", 5, ""},
		{"count=3", 5, "u1 u2 u3"},
		{"filter=" + escape(`displayName eq "both"`), 4, "u1 u2 u3 both"},
		{"filter=" + escape(`displayName eq "both"`) + "&startIndex=4", 4, "both"},
		{"filter=" + escape(`userName eq "u2"`), 1, "u2"}, // no group has it: false there
		{"filter=" + escape(`displayName eq "both" and userName eq "u2"`), 1, "u2"},
		{"filter=" + escape(`displayName eq "g2" and userName eq "u2"`), 0, ""},
		{"filter=" + escape(`displayName eq "nobody"`), 0, ""},
	} {
		query, err := url.ParseQuery(row.query)
		if err != nil {
			t.Fatal(err)
		}
		var fields []string
		for name, values := range query {
			fields = append(fields, fmt.Sprintf("%q:%q", name, values[0]))
		}
		for _, a := range []answer{
			s.must(200, "GET", "/?"+row.query, ""),
			s.must(200, "POST", "/.search", "{"+strings.Join(fields, ",")+"}"),
		} {
			var names []string
			resources, _ := a.at("Resources").([]any)
			for _, r := range resources {
				one := answer{body: r}
				name := one.at("userName")
				if one.at("meta", "resourceType") == "Group" {
					name = one.at("displayName")
				}
				names = append(names, name.(string))
			}
			got := fmt.Sprintln(a.at("totalResults"), a.at("itemsPerPage"), strings.Join(names, " "))
			if want := fmt.Sprintln(row.total, len(strings.Fields(row.want)), row.want); got != want {
				t.Errorf("%s: got %s, want %s", row.query, got, want)
			}
		}
	}
	h := newHandler(t, scimhttp.Config{})
	for _, path := range []string{"", "/"} { // as StripPrefix leaves them
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL.Path = path
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != http.StatusOK {
			t.Errorf("the root as %q: got %d %s", path, w.Code, w.Body)
		}
	}
	a := s.must(200, "POST", "/.search", `{"attributes":["userName"],"startIndex":3}`)
	if got := shape(a.at("Resources", 0).(map[string]any), nil) + "; " + shape(a.at("Resources", 1).(map[string]any), nil); got != "schemas id userName; schemas id" {
		t.Errorf("got %s, want the attributes of each type", got)
	}
	for _, query := range []string{
		"sortBy=id", "cursor=abc", "count=ten",
		"filter=" + escape(`userName eq "u2" or displayName eq "both"`), // groups called so would be missing
		"filter=" + escape(`not (userName eq "u2")`),
		"filter=" + escape(`shoeSize eq 42`),
	} {
		checkError(t, s.must(400, "GET", "/?"+query, ""))
	}
}
