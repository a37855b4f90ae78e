package scimhttp_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/scim/refusal"
	"github.com/flexscim/flexscim/scim/scimhttp"
	"github.com/flexscim/flexscim/scim/scimtest"
)

// walkThrough requests the first page, follows each nextCursor to the last page,
// and then follows each previousCursor to the first page. It returns the names on
// each page, for both directions.
func walkThrough(t *testing.T, ask func(cursor string) answer) (there, back []string) {
	t.Helper()
	a := ask("")
	if a.at("previousCursor") != nil || strings.Contains(a.text, "startIndex") {
		t.Errorf("the first page: got %s", a.text)
	}
	there = append(there, namesOf(a))
	for a.at("nextCursor") != nil {
		if a = ask(a.at("nextCursor").(string)); a.at("previousCursor") == nil || len(there) > 99 {
			t.Fatalf("page %d: got %s", len(there)+1, a.text)
		}
		there = append(there, namesOf(a))
	}
	for a.at("previousCursor") != nil {
		if a = ask(a.at("previousCursor").(string)); a.at("nextCursor") == nil || len(back) > 99 {
			t.Fatalf("page %d back: got %s", len(back)+1, a.text)
		}
		back = append(back, namesOf(a))
	}
	return there, back
}

// namesOf returns the names of the resources on a page, and the itemsPerPage and
// totalResults of the response.
func namesOf(a answer) string {
	var names []string
	resources, _ := a.at("Resources").([]any)
	for _, r := range resources {
		one := answer{body: r}
		name := one.at("userName")
		if name == nil {
			name = one.at("displayName")
		}
		names = append(names, fmt.Sprint(name))
	}
	return fmt.Sprint(strings.Join(names, " "), " ", a.at("itemsPerPage"), "/", a.at("totalResults"))
}

// TestCursor checks that a client can follow the cursors through a list forwards
// and backwards, with GET and with POST .search (RFC 9865 §2).
func TestCursor(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{MaxPage: 3})
	for _, name := range []string{"dan", "ann", "cid", "bob", "eve"} {
		s.must(201, "POST", "/Users", `{"userName":"`+name+`","title":"`+name[:1]+`"}`)
	}
	for _, name := range []string{"g1", "g2"} {
		s.must(201, "POST", "/Groups", `{"displayName":"`+name+`"}`)
	}
	for _, row := range []struct{ path, query, there, back string }{
		{"/Users", "count=2", "dan ann 2/5, cid bob 2/5, eve 1/5", "cid bob 2/5, dan ann 2/5"},
		{"/Users", "count=5", "dan ann cid 3/5, bob eve 2/5", "dan ann cid 3/5"}, // MaxPage
		{"/Users", "", "dan ann cid 3/5, bob eve 2/5", "dan ann cid 3/5"},
		{"/Users", "count=3&startIndex=4", "dan ann cid 3/5, bob eve 2/5", "dan ann cid 3/5"}, // startIndex is ignored
		{"/Users", "count=2&sortBy=userName", "ann bob 2/5, cid dan 2/5, eve 1/5", "cid dan 2/5, ann bob 2/5"},
		{"/Users", "count=3&sortBy=title&sortOrder=descending", "eve dan cid 3/5, bob ann 2/5", "eve dan cid 3/5"},
		{"/Users", "count=1&sortBy=userName&filter=" + escape(`title ne "b" and userName le "c"`), "ann 1/1", ""},
		{"/Users", "count=1&filter=" + escape(`title eq "nobody's"`), " 0/0", ""},
		{"/Users", "count=3&attributes=userName&sortBy=title", "ann bob cid 3/5, dan eve 2/5", "ann bob cid 3/5"},
		{"/Groups", "count=1&excludedAttributes=members", "g1 1/2, g2 1/2", "g1 1/2"},
		{"/", "count=3", "dan ann cid 3/7, bob eve g1 3/7, g2 1/7", "bob eve g1 3/7, dan ann cid 3/7"},
		{"/", "count=1&filter=" + escape(`displayName eq "g2"`), "g2 1/1", ""},
	} {
		query, err := url.ParseQuery(row.query)
		if err != nil {
			t.Fatal(err)
		}
		for method, ask := range map[string]func(string) answer{
			"GET": func(cursor string) answer {
				return s.must(200, "GET", row.path+"?"+row.query+"&cursor="+cursor, "")
			},
			"POST": func(cursor string) answer {
				fields := []string{fmt.Sprintf(`"cursor":%q`, cursor)}
				for name, values := range query {
					fields = append(fields, fmt.Sprintf("%q:%q", name, values[0]))
				}
				return s.must(200, "POST", strings.TrimSuffix(row.path, "/")+"/.search", "{"+strings.Join(fields, ",")+"}")
			},
		} {
			there, back := walkThrough(t, ask)
			if got := strings.Join(there, ", "); got != row.there {
				t.Errorf("%s %s?%s: got %q, want %q", method, row.path, row.query, got, row.there)
			}
			if got := strings.Join(back, ", "); got != row.back {
				t.Errorf("%s %s?%s, back: got %q, want %q", method, row.path, row.query, got, row.back)
			}
		}
	}
	if a := s.must(200, "GET", "/Users?count=2", ""); a.at("nextCursor") != nil || fmt.Sprint(a.at("startIndex")) != "1" {
		t.Errorf("without a cursor: got %s, want pages by index", a.text)
	}
}

// TestCursorOfWhatIsGone checks that a page that has become empty has cursors to the
// resources before and after it, and that a cursor stays valid after its resource
// was deleted.
func TestCursorOfWhatIsGone(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{})
	var paths []string
	for _, name := range []string{"ann", "bob", "cid"} {
		paths = append(paths, s.user(name))
	}
	list := func(cursor any) answer { return s.must(200, "GET", fmt.Sprint("/Users?count=1&cursor=", cursor), "") }
	first := list("")
	second := list(first.at("nextCursor"))
	third := list(second.at("nextCursor"))
	s.must(204, "DELETE", paths[1], "")
	if got := namesOf(list(second.at("nextCursor"))); got != "cid 1/2" {
		t.Errorf("after the deleted user: got %s", got)
	}
	if got := namesOf(list(third.at("previousCursor"))); got != "ann 1/2" {
		t.Errorf("before the third: got %s", got)
	}
	s.must(204, "DELETE", paths[2], "")
	empty := list(second.at("nextCursor"))
	if got := namesOf(empty); got != " 0/1" || empty.at("nextCursor") != nil {
		t.Fatalf("after the end: got %s", empty.text)
	}
	last := list(empty.at("previousCursor"))
	if got := namesOf(last); got != "ann 1/1" || last.at("nextCursor") != nil || last.at("previousCursor") != nil {
		t.Errorf("the last page: got %s", last.text)
	}
	s.must(204, "DELETE", paths[0], "")
	s.user("dan")
	empty = list(second.at("previousCursor"))
	if got := namesOf(list(empty.at("nextCursor"))); namesOf(empty) != " 0/1" || got != "dan 1/1" {
		t.Errorf("before the start: got %s, then %s", empty.text, got)
	}
}

// TestCursorErrors checks that the errors have the scimTypes of RFC 9865 §2.1.
func TestCursorErrors(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	directory, key := scimtest.NewDirectory(), make([]byte, 32)
	config := func(key []byte) scimhttp.Config {
		return scimhttp.Config{Directory: directory, Clock: func() time.Time { return now },
			CursorKey: func(context.Context) ([]byte, error) { return key, nil }}
	}
	s, replica := open(t, config(key)), open(t, config(key))
	stranger := open(t, config([]byte("another connection has other key")))
	for _, name := range []string{"ann", "bob", "cid"} {
		s.user(name)
		s.must(201, "POST", "/Groups", `{"displayName":"`+name+`"}`)
	}
	byTitle := "filter=" + escape(`title pr or userName pr`) + "&sortBy=userName"
	cursor := s.must(200, "GET", "/Users?cursor=&count=1&"+byTitle, "").at("nextCursor").(string)
	plain := s.must(200, "GET", "/Users?cursor&count=1", "").at("nextCursor").(string)
	replica.must(200, "GET", "/Users?count=2&"+byTitle+"&cursor="+cursor, "") // count may change
	for _, row := range []struct {
		s           *service
		path, query string
		want        string // scimType
	}{
		{s, "/Users", "count=1&cursor=" + cursor, refusal.InvalidCursor},
		{s, "/Users", "count=1&sortOrder=descending&" + byTitle + "&cursor=" + cursor, refusal.InvalidCursor},
		{s, "/Users", "sortBy=title&filter=" + escape(`title pr or userName pr`) + "&cursor=" + cursor, refusal.InvalidCursor},
		{s, "/Users", byTitle + "&cursor=" + plain, refusal.InvalidCursor},
		{s, "/Users", byTitle + "&cursor=" + cursor[1:], refusal.InvalidCursor},
		{s, "/Users", "cursor=abc", refusal.InvalidCursor},
		{s, "/Users", "cursor=%00%FF", refusal.InvalidCursor},
		{s, "/Groups", "cursor=" + plain, refusal.InvalidCursor},
		{s, "/", "cursor=" + plain, refusal.InvalidCursor},
		{stranger, "/Users", "cursor=" + plain, refusal.InvalidCursor},
		{s, "/Users", "cursor=&count=0", refusal.InvalidCount},
		{s, "/Users", "cursor=&count=-1", refusal.InvalidCount},
		{s, "/Users", "cursor=&count=ten", refusal.InvalidCount},
		{s, "/Users", "cursor=&count=1.5", refusal.InvalidCount},
		{s, "/", "cursor=&count=0", refusal.InvalidCount},
		{s, "/", "cursor=&sortBy=userName", refusal.InvalidPath},
		{s, "/Users", "cursor=&filter=x", refusal.InvalidFilter},
	} {
		a := row.s.must(400, "GET", row.path+"?"+row.query, "")
		if checkError(t, a); a.at("scimType") != row.want {
			t.Errorf("%s?%s: got %s, want %s", row.path, row.query, a.text, row.want)
		}
	}
	s.must(200, "GET", "/Users?cursor="+plain, "")
	now = now.Add(time.Hour)
	a := s.must(400, "GET", "/Users?cursor="+plain, "")
	if checkError(t, a); a.at("scimType") != refusal.ExpiredCursor {
		t.Errorf("after an hour: got %s, want expiredCursor", a.text)
	}
	checkError(t, s.must(400, "POST", "/Users/.search", `{"cursor":{}}`))
}

// TestCursorKeyUnavailable checks that a request fails if CursorKey returns an
// error, and that the next request calls CursorKey again.
func TestCursorKeyUnavailable(t *testing.T) {
	t.Parallel()
	calls := 0
	s := open(t, scimhttp.Config{CursorKey: func(context.Context) ([]byte, error) {
		if calls++; calls == 1 {
			return nil, errors.New("the database is unavailable")
		}
		return make([]byte, 32), nil
	}})
	a := s.must(503, "GET", "/Users?cursor", "")
	if checkError(t, a); strings.Contains(a.text, "database") {
		t.Errorf("got %s", a.text)
	}
	s.must(200, "GET", "/Users?cursor", "")
	s.must(200, "GET", "/Users?cursor", "")
	if calls != 2 {
		t.Errorf("the key was read %d times, want 2", calls)
	}
}

// TestServiceProviderConfig compares the whole ServiceProviderConfig (RFC 7643 §5,
// RFC 9865 §4) with the expected JSON.
func TestServiceProviderConfig(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{MaxPage: 50, CursorTimeout: 90 * time.Second})
	const want = `{"authenticationSchemes":[{"description":"A bearer token of the connection, in the header Authorization.","name":"OAuth Bearer Token",` +
		`"primary":true,"specUri":"https://www.rfc-editor.org/info/rfc6750","type":"oauthbearertoken"}],` +
		`"bulk":{"maxOperations":1000,"maxPayloadSize":4194304,"supported":true},"changePassword":{"supported":false},"etag":{"supported":true},` +
		`"filter":{"maxResults":50,"supported":true},"meta":{"location":"https://scim.example.com/scim/v2/ServiceProviderConfig","resourceType":"ServiceProviderConfig"},` +
		`"pagination":{"cursor":true,"cursorTimeout":90,"defaultPageSize":50,"defaultPaginationMethod":"index","index":true,"maxPageSize":50},` +
		`"patch":{"supported":true},"schemas":["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],"sort":{"supported":true}}`
	if diff := cmp.Diff(want, s.must(200, "GET", "/ServiceProviderConfig", "").text); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// FuzzCursor checks that no cursor and no other parameter causes a server error.
func FuzzCursor(f *testing.F) {
	h, _ := withUser(f)
	for _, name := range []string{"bob", "cid"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/Users", strings.NewReader(`{"userName":"`+name+`"}`)))
	}
	for _, seed := range []string{"", "abc", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "=", "\x00", "-_~."} {
		f.Add(seed, "userName", "1")
		f.Add(seed, "", "0")
	}
	f.Fuzz(func(t *testing.T, cursor, by, count string) {
		query := url.Values{"cursor": {cursor}, "sortBy": {by}, "count": {count}}
		status, body := try(t, h, httptest.NewRequest(http.MethodGet, "/Users?"+query.Encode(), nil))
		next, more := body["nextCursor"].(string)
		switch {
		case status == http.StatusOK && cursor != "":
			t.Errorf("%q was accepted as one of our cursors", cursor)
		case more:
			query.Set("cursor", next)
			if status, body = try(t, h, httptest.NewRequest(http.MethodGet, "/Users?"+query.Encode(), nil)); status != http.StatusOK {
				t.Errorf("%v: the next page: got %d %v", query, status, body)
			}
		}
	})
}
