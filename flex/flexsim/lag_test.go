package flexsim_test

import (
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/flexscim/flexscim/flex/flexsim"
)

// TestLag checks that fetches and lists, if an option says so, show a Worker as it
// was some seconds ago.
func TestLag(t *testing.T) {
	t.Parallel()
	var now atomic.Int64
	a := newAccount(t, flexsim.Config{Strict: true, Clock: func() time.Time { return time.Unix(1e9+now.Load(), 0) }})
	a.set("fetch_lag", 5)
	a.set("list_lag", 20)
	look := func(sid string) (fetched, listed any) {
		t.Helper()
		fetched = a.call("GET", a.ws+"/Workers/"+sid, nil).body["friendly_name"]
		for _, each := range a.call("GET", a.ws+"/Workers", nil).body["workers"].([]any) {
			listed = each.(map[string]any)["friendly_name"]
		}
		return fetched, listed
	}
	sid := a.call("POST", a.ws+"/Workers", url.Values{"FriendlyName": {"ann"}}).body["sid"].(string)
	now.Store(30)
	a.call("POST", a.ws+"/Workers/"+sid, url.Values{"FriendlyName": {"ben"}}).want(t, 200, 0)
	now.Store(60)
	a.call("DELETE", a.ws+"/Workers/"+sid, nil).want(t, 204, 0)
	for _, c := range []struct {
		at              int64
		fetched, listed any
	}{
		{0, nil, nil}, {4, nil, nil}, {5, "ann", nil}, {20, "ann", "ann"}, {34, "ann", "ann"}, {35, "ben", "ann"},
		{50, "ben", "ben"}, {64, "ben", "ben"}, {65, nil, "ben"}, {80, nil, nil},
	} {
		now.Store(c.at)
		if fetched, listed := look(sid); fetched != c.fetched || listed != c.listed {
			t.Errorf("at second %d: got %v and %v, want %v and %v", c.at, fetched, listed, c.fetched, c.listed)
		}
	}
	now.Store(60)
	if got := a.call("GET", a.ws+"/Workers?FriendlyName=BEN", nil).body["workers"].([]any); len(got) != 1 {
		t.Errorf("got %v by name, want the deleted Worker, for a while", got)
	}
}

// TestNamesShown checks that the simulator can show a Worker's name in lower case.
func TestNamesShown(t *testing.T) {
	t.Parallel()
	a := newAccount(t, flexsim.Config{Strict: true})
	a.set("names_shown", "lower")
	if got := a.call("POST", a.ws+"/Workers", url.Values{"FriendlyName": {"Ann"}}).body["friendly_name"]; got != "ann" {
		t.Errorf("got %v, want ann", got)
	}
}
