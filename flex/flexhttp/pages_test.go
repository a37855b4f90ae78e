package flexhttp_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/flex/flexhttp"
)

// pageOf returns a handler that responds with a page of one Worker and the URL of
// the next page.
func pageOf(n int, next string) http.HandlerFunc {
	if next == "" {
		next = "null"
	} else {
		next = `"` + next + `"`
	}
	return reply(200, fmt.Sprintf(`{"workers":[%s],"meta":{"next_page_url":%s}}`, workerJSON(n, "a", "{}"), next))
}

func collect(t *testing.T, c *flexhttp.Client) (names []flex.WorkerSID, err error) {
	t.Helper()
	for w, err := range c.TaskRouter(ws).Workers(t.Context()) {
		if err != nil {
			return names, err
		}
		names = append(names, w.SID)
	}
	return names, nil
}

func TestWorkersFollowsPages(t *testing.T) {
	t.Parallel()
	own := func(next string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			pageOf(2, "http://"+r.Host+next)(w, r)
		}
	}
	for _, row := range []struct {
		name  string
		pages http.HandlerFunc
		want  int
		kind  flex.Kind
	}{
		{"one page", inTurn(pageOf(1, "")), 1, ""},
		{"Twilio's own URLs", inTurn(pageOf(1, "https://taskrouter.twilio.com"+workers+"?PageSize=1000&Page=1&PageToken=PT.1"),
			own(workers+"?PageToken=PT.2"), pageOf(3, "")), 3, ""},
		{"a foreign host", inTurn(pageOf(1, "https://evil.example.com"+workers+"?PageToken=1")), 1, flex.Down},
		{"a host that looks like Twilio's", inTurn(pageOf(1, "https://eviltwilio.com"+workers+"?PageToken=1")), 1, flex.Down},
		{"a host without TLS", inTurn(pageOf(1, "http://taskrouter.twilio.com"+workers+"?PageToken=1"), pageOf(2, "")), 2, ""},
		{"a host with its port", inTurn(pageOf(1, "https://taskrouter.twilio.com:443"+workers+"?PageToken=1"), pageOf(2, "")), 2, ""},
		{"a host in capitals", inTurn(pageOf(1, "HTTPS://TASKROUTER.TWILIO.COM"+workers+"?PageToken=1"), pageOf(2, "")), 2, ""},
		{"a path", inTurn(pageOf(1, workers+"?PageToken=1"), pageOf(2, "")), 2, ""},
		{"a query", inTurn(pageOf(1, "?PageToken=1"), pageOf(2, "")), 2, ""},
		{"empty", inTurn(pageOf(1, "")), 1, ""},
		{"another list", inTurn(own("/v1/Configuration")), 1, flex.Down},
		{"a page again", inTurn(own(workers + "?PageToken=1")), 2, flex.Down},
		{"an error in the middle", inTurn(own(workers+"?PageToken=1"), refuse(500, 20500, "x")), 1, flex.Down},
		{"429 on the first", inTurn(refuse(429, 20429, "x", "Retry-After: 0")), 0, flex.Slow},
		{"no list", inTurn(reply(200, `{}`)), 0, flex.Down},
		{"a record that is not a Worker", inTurn(reply(200, `{"workers":[{}],"meta":{}}`)), 0, flex.Down},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, c := play(t, map[string]http.HandlerFunc{"GET " + workers: row.pages})
			got, err := collect(t, c)
			if len(got) != row.want || flex.KindOf(err) != row.kind {
				t.Errorf("got %v, %v, want %d Workers and %q", got, err, row.want, row.kind)
			}
		})
	}
}

func TestPagesKeepTheQueryThatCame(t *testing.T) {
	t.Parallel()
	query := "PageSize=1000&FriendlyName=john.123%40example.com&PageToken=PT.99.7"
	s, c := play(t, map[string]http.HandlerFunc{"GET " + workers: inTurn(
		pageOf(1, "https://taskrouter.twilio.com"+workers+"?"+query), pageOf(2, ""))})
	if _, err := collect(t, c); err != nil {
		t.Fatal(err)
	}
	if got := s.last().Query; got.Get("PageToken") != "PT.99.7" || got.Get("FriendlyName") != "john.123@example.com" {
		t.Errorf("got %v, want %s", got, query)
	}
	if got := s.got[0].Query.Get("PageSize"); got != "1000" {
		t.Errorf("page size: got %s, want 1000", got)
	}
}

func TestWorkersStopsWhenTheReaderDoes(t *testing.T) {
	t.Parallel()
	s, c := play(t, map[string]http.HandlerFunc{"GET " + workers: pageOf(1, "https://taskrouter.twilio.com"+workers+"?PageToken=1")})
	for range c.TaskRouter(ws).Workers(t.Context()) {
		break
	}
	if got := len(s.requests()); got != 1 {
		t.Errorf("got %d requests, want 1", got)
	}
}

// TestNextPageGoesToOurHost checks that the request for a next page goes to the host of
// the first request, with TLS, whatever the next_page_url says.
func TestNextPageGoesToOurHost(t *testing.T) {
	t.Parallel()
	for _, next := range []string{"http://taskrouter.twilio.com", "https://taskrouter.twilio.com:443", ""} {
		cfg := config("")
		cfg.Region, cfg.Edge = "ie1", "dublin"
		var urls []string
		cfg.Transport = transport(func(r *http.Request) (*http.Response, error) {
			urls = append(urls, r.URL.Scheme+"://"+r.URL.Host)
			rec := httptest.NewRecorder()
			if len(urls) == 1 {
				pageOf(1, next+workers+"?PageToken=1")(rec, r)
			} else {
				pageOf(2, "")(rec, r)
			}
			return rec.Result(), nil
		})
		if _, err := collect(t, newClient(t, cfg)); err != nil {
			t.Errorf("%s: %v", next, err)
		}
		const want = "https://taskrouter.dublin.ie1.twilio.com"
		if got := strings.Join(urls, " "); got != want+" "+want {
			t.Errorf("%s: got requests to %s, want two to %s", next, got, want)
		}
	}
}

func TestForeignHostWithoutBaseURL(t *testing.T) {
	t.Parallel()
	foreign := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the credentials went to a foreign host")
	}))
	t.Cleanup(foreign.Close)
	cfg := config("")
	cfg.Region, cfg.Edge = "ie1", "dublin"
	var hosts []string
	cfg.Transport = transport(func(r *http.Request) (*http.Response, error) {
		hosts = append(hosts, r.URL.Host)
		rec := httptest.NewRecorder()
		pageOf(1, foreign.URL+workers+"?PageToken=1")(rec, r)
		return rec.Result(), nil
	})
	_, err := collect(t, newClient(t, cfg))
	if !errors.Is(err, flex.Down) {
		t.Errorf("got %v, want Down", err)
	}
	if got := strings.Join(hosts, " "); got != "taskrouter.dublin.ie1.twilio.com" {
		t.Errorf("hosts: got %s, want Twilio's with edge and region, once", got)
	}
}

// transport is an http.RoundTripper for tests that check hosts or use the synctest
// clock.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
