package scimhttp_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/scim/scimhttp"
)

const urnSearch = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"

// TestSearch checks that POST .search and a GET with the same parameters return the
// same list (RFC 7644 §3.4.3).
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
			got := s.must(200, "POST", path+"/.search?count=0", body) // the query of the URL is ignored
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

// TestRoot checks that a list at the root contains first the matching users and
// then the matching groups (§3.4.2.1).
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
		{"filter=" + escape(`userName eq "u2"`), 1, "u2"}, // the filter is false for groups, because they have no userName
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
	for _, path := range []string{"", "/"} { // http.StripPrefix can return either of these paths for the root
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
		"sortBy=userName", "sortBy=members", "sortBy=shoeSize", "sortBy=id&sortOrder=up", "cursor=abc", "count=ten",
		"filter=" + escape(`userName eq "u2" or displayName eq "both"`), // without the refusal, groups with this name would be missing in the list
		"filter=" + escape(`not (userName eq "u2")`),
		"filter=" + escape(`shoeSize eq 42`),
	} {
		checkError(t, s.must(400, "GET", "/?"+query, ""))
	}
}

// TestRootInOrder checks that a list at the root sorts users and groups together by
// an attribute that both types have. It tests ascending and descending order, and
// pages of each size by index and by cursor.
func TestRootInOrder(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{MaxPage: 20})
	var users, groups [][2]string // id and name
	for _, body := range []string{
		`/Users u1 {"userName":"u1","displayName":"cc","externalId":"2"}`, `/Groups AB {"displayName":"AB","externalId":"2"}`,
		`/Users u2 {"userName":"u2","displayName":"b"}`, `/Users u3 {"userName":"u3"}`, `/Groups C {"displayName":"C"}`,
		`/Groups b {"displayName":"b","externalId":"10"}`, `/Users u4 {"userName":"u4","displayName":"B","externalId":"A"}`, `/Users u5 {"userName":"u5"}`,
	} {
		words := strings.Fields(body)
		made := [2]string{s.must(201, "POST", words[0], words[2]).at("id").(string), words[1]}
		if words[0] == "/Users" {
			users = append(users, made)
		} else {
			groups = append(groups, made)
		}
	}
	byID := func(direction int, all ...[2]string) string {
		var names []string
		slices.SortFunc(all, func(a, b [2]string) int { return direction * strings.Compare(a[0], b[0]) })
		for _, one := range all {
			names = append(names, one[1])
		}
		return strings.Join(names, " ")
	}
	for by, want := range map[string]string{
		"sortBy=displayName":                       "AB u2 b u4 C u1 u3 u5", // resources with equal names keep the order of creation
		"sortBy=displayName&sortOrder=descending":  "u3 u5 u1 C u2 b u4 AB",
		"sortBy=externalId":                        "b u1 AB u4 u2 u3 C u5",
		"sortBy=externalId&sortOrder=descending":   "u2 u3 C u5 u4 u1 AB b",
		"sortBy=meta.created":                      "u1 AB u2 u3 C b u4 u5",
		"sortBy=meta.created&sortOrder=descending": "u5 u4 b C u3 u2 AB u1",
		"sortBy=id":                byID(1, slices.Concat(users, groups)...),
		"sortBy=meta.version":      "u1 AB u2 u3 C b u4 u5", // all are equal
		"sortBy=meta.resourceType": "AB C b u1 u2 u3 u4 u5",
		"sortBy=META.RESOURCETYPE&sortOrder=DESCENDING":                      "u1 u2 u3 u4 u5 AB C b",
		"sortBy=meta.location&sortOrder=descending":                          byID(-1, users...) + " " + byID(-1, groups...),
		"sortBy=meta.location":                                               byID(1, groups...) + " " + byID(1, users...),
		"sortBy=userName&filter=" + escape("userName pr and displayName pr"): "u1 u2 u4",
		"sortBy=displayName&filter=" + escape(`displayName sw "b"`):          "u2 b u4",
	} {
		total := len(strings.Fields(want))
		for count := 1; count <= total+1; count++ {
			query := fmt.Sprintf("/?count=%d&%s", count, by)
			var byIndex []string
			for start := 1; start <= total+1; start += count {
				a := s.must(200, "GET", fmt.Sprintf("%s&startIndex=%d", query, start), "")
				names, _, _ := strings.Cut(namesOf(a), fmt.Sprint(" ", min(count, total+1-start), "/", total))
				byIndex = append(byIndex, strings.Fields(names)...)
			}
			if got := strings.Join(byIndex, " "); got != want {
				t.Errorf("%s by index: got %s, want %s", query, got, want)
			}
			there, back := walkThrough(t, func(cursor string) answer { return s.must(200, "GET", query+"&cursor="+cursor, "") })
			if got := onlyNames(there, total); got != want {
				t.Errorf("%s by cursor: got %s, want %s", query, got, want)
			}
			slices.Reverse(back)
			if got := onlyNames(append(back, there[len(there)-1]), total); got != want {
				t.Errorf("%s by cursor, back: got %s, want %s", query, got, want)
			}
		}
	}
	if a := s.must(200, "GET", "/?sortBy=id&startIndex=99", ""); namesOf(a) != " 0/8" {
		t.Errorf("after the end: got %s", a.text)
	}
	if a := s.must(200, "POST", "/.search", `{"sortBy":"displayName","startIndex":2,"count":2}`); namesOf(a) != "u2 b 2/8" {
		t.Errorf("a search: got %s", a.text)
	}
}

// onlyNames returns the names of the resources from the results of namesOf, without
// itemsPerPage and totalResults. The argument total is the totalResults of the
// list.
func onlyNames(pages []string, total int) string {
	var all []string
	for _, page := range pages {
		for _, word := range strings.Fields(page) {
			if !strings.HasSuffix(word, fmt.Sprint("/", total)) {
				all = append(all, word)
			}
		}
	}
	return strings.Join(all, " ")
}
