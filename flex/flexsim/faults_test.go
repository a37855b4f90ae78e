package flexsim_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/flex/flexsim"
)

// TestFaults checks for each kind of fault which error the client gets and whether
// the Worker was created.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		kind   flexsim.Fault
		status int // 0: no response
		made   bool
	}{
		{flexsim.Fault{Kind: flexsim.TooMany}, 429, false},
		{flexsim.Fault{Kind: flexsim.ServerError}, 500, false},
		{flexsim.Fault{Kind: flexsim.Unavailable}, 503, false},
		{flexsim.Fault{Kind: flexsim.Reset}, 0, false},
		{flexsim.Fault{Kind: flexsim.LostAnswer}, 0, true},
		{flexsim.Fault{Kind: flexsim.NoEffect}, 201, false},
		{flexsim.Fault{Kind: flexsim.Latency, LatencyMS: 1}, 201, true},
	} {
		t.Run(string(test.kind.Kind), func(t *testing.T) {
			t.Parallel()
			a := newAccount(t, flexsim.Config{Strict: true})
			test.kind.Method, test.kind.Path, test.kind.Times = "POST", "/Workers", 1
			if err := a.sim.AddFault(test.kind); err != nil {
				t.Fatal(err)
			}
			a.call("GET", a.ws+"/Workers", nil).want(t, 200, 0)
			got := a.call("POST", a.ws+"/Workers", url.Values{"FriendlyName": {"ann"}})
			if got.status != test.status {
				t.Errorf("got %d %s, want %d", got.status, got.text, test.status)
			}
			if made := len(a.sim.Snapshot()) == 1; made != test.made {
				t.Errorf("created: got %t, want %t", made, test.made)
			}
			a.call("POST", a.ws+"/Workers", url.Values{"FriendlyName": {"bob"}}).want(t, 201, 0)
		})
	}
}

func TestNoEffectOnAWorkerThatExists(t *testing.T) {
	t.Parallel()
	a := newAccount(t, flexsim.Config{Strict: true})
	path := a.worker("ann", `{"a":1}`)
	before := a.sim.Snapshot()
	if err := a.sim.AddFault(flexsim.Fault{Kind: flexsim.NoEffect}); err != nil {
		t.Fatal(err)
	}
	updated := a.call("POST", path, url.Values{"Attributes": {`{"a":2}`}})
	if updated.want(t, 200, 0); updated.body["attributes"] != `{"a":1}` {
		t.Errorf("update: got %v, want the unchanged Worker", updated.text)
	}
	a.call("DELETE", path, nil).want(t, 204, 0)
	if diff := cmp.Diff(before, a.sim.Snapshot()); diff != "" {
		t.Errorf("the account changed (-before +after):\n%s", diff)
	}
}

func TestTimeoutHoldsUntilTheClientLeaves(t *testing.T) {
	t.Parallel()
	a := newAccount(t, flexsim.Config{})
	if err := a.sim.AddFault(flexsim.Fault{Kind: flexsim.Timeout, Times: 1}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url+a.ws+"/Workers", strings.NewReader("FriendlyName=ann"))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth("AC1", "secret")
	if got := a.send(r); !strings.Contains(got.text, "deadline") {
		t.Errorf("got %v, want the client's deadline", got)
	}
	if got := len(a.sim.Snapshot()); got != 0 {
		t.Errorf("Workers: got %d, want none", got)
	}
}

func TestServerErrorsAlternateJSONAndHTML(t *testing.T) {
	t.Parallel()
	a := newAccount(t, flexsim.Config{Strict: true})
	if err := a.sim.AddFault(flexsim.Fault{Kind: flexsim.Unavailable}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"application/json", "text/html", "application/json"} {
		if got := a.call("GET", "/v1/Configuration", nil); got.status != 503 || !strings.HasPrefix(got.header.Get("Content-Type"), want) {
			t.Errorf("got %d %s, want 503 %s", got.status, got.header.Get("Content-Type"), want)
		}
	}
}

func TestRateFollowsFromTheSeed(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) (statuses []int) {
		a := newAccount(t, flexsim.Config{Seed: seed})
		if err := a.sim.AddFault(flexsim.Fault{Kind: flexsim.TooMany, Rate: 0.5}); err != nil {
			t.Fatal(err)
		}
		for range 40 {
			statuses = append(statuses, a.call("GET", "/v1/Configuration", nil).status)
		}
		return statuses
	}
	first := run(7)
	if diff := cmp.Diff(first, run(7)); diff != "" {
		t.Errorf("the same seed made other decisions:\n%s", diff)
	}
	if cmp.Equal(first, run(8)) {
		t.Error("another seed made the same decisions")
	}
}

func TestConcurrencyLimit(t *testing.T) {
	t.Parallel()
	a := newAccount(t, flexsim.Config{Strict: true})
	a.set("concurrency", 2)
	a.set("retry_after_on_429", 3)
	if err := a.sim.AddFault(flexsim.Fault{Kind: flexsim.Latency, LatencyMS: 300}); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	replies := make([]reply, 6)
	for i := range replies {
		wg.Go(func() { replies[i] = a.call("GET", "/v1/Configuration", nil) })
	}
	wg.Wait()
	count := map[int]int{}
	for _, r := range replies {
		count[r.status]++
		if r.header.Get("Twilio-Concurrent-Requests") == "" {
			t.Error("a response lacks Twilio-Concurrent-Requests")
		}
		if got := r.header.Get("Retry-After"); r.status == 429 && got != "3" {
			t.Errorf("Retry-After: got %q, want 3", got)
		}
	}
	if count[200] != 2 || count[429] != 4 {
		t.Errorf("statuses: got %v, want 2 of 200 and 4 of 429", count)
	}
}

func TestExpressionsAreLimitedToThreeASecond(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	a := newAccount(t, flexsim.Config{Strict: true, Clock: func() time.Time { return now }})
	for i, want := range []int{200, 200, 200, 429} {
		got := a.call("GET", a.ws+"/Workers?TargetWorkersExpression=1%3D%3D1", nil)
		if got.status != want {
			t.Errorf("request %d: got %d, want %d", i+1, got.status, want)
		}
	}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name           string
		want           *flexsim.Credentials
		user, password string
		status         int
	}{
		{"any credentials", nil, "AC1", "x", 200},
		{"no credentials", nil, "", "", 401},
		{"the right pair", &flexsim.Credentials{User: "SK1", Password: "s"}, "SK1", "s", 200},
		{"another password", &flexsim.Credentials{User: "SK1", Password: "s"}, "SK1", "t", 401},
		{"another user", &flexsim.Credentials{User: "SK1", Password: "s"}, "SK2", "s", 401},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := newAccount(t, flexsim.Config{Credentials: test.want})
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.url+"/v1/Configuration", nil)
			if err != nil {
				t.Fatal(err)
			}
			if test.user != "" {
				r.SetBasicAuth(test.user, test.password)
			}
			a.send(r).want(t, test.status, 20003)
		})
	}
}
