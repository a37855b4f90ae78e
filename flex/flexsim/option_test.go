package flexsim_test

import (
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/flexscim/flexscim/flex/flexsim"
)

// TestNextPageURL checks each form of next_page_url.
func TestNextPageURL(t *testing.T) {
	t.Parallel()
	a := newAccount(t, flexsim.Config{Strict: true})
	a.worker("ann", "{}")
	a.worker("bob", "{}")
	for option, want := range map[string]string{
		"absolute": a.url, "port": "https://taskrouter.twilio.com:443", "capitals": "HTTPS://TASKROUTER.TWILIO.COM",
		"relative": "", "http": "http://taskrouter.twilio.com",
	} {
		a.set("next_page_url", option)
		meta := a.call("GET", a.ws+"/Workers?PageSize=1", nil).body["meta"].(map[string]any)
		if got, _ := meta["next_page_url"].(string); !strings.HasPrefix(got, want+a.ws+"/Workers?") {
			t.Errorf("%s: got %q, want a URL that begins with %q", option, got, want)
		}
	}
}

// TestFetchAttributes checks that a fetch can hide the attributes, and that a list
// still shows them.
func TestFetchAttributes(t *testing.T) {
	t.Parallel()
	a := newAccount(t, flexsim.Config{Strict: true})
	path := a.worker("ann", `{"a":1}`)
	for option, want := range map[string]any{"present": `{"a":1}`, "null": nil, "empty": ""} {
		a.set("fetch_attributes", option)
		listed := a.call("GET", a.ws+"/Workers", nil).body["workers"].([]any)[0].(map[string]any)
		if got := a.call("GET", path, nil).body["attributes"]; got != want || listed["attributes"] != `{"a":1}` {
			t.Errorf("%s: got %v, and %v in the list", option, got, listed["attributes"])
		}
	}
}

// TestOfflineActivity checks what the configuration and the list of Activities show
// for each value of the option offline_activity.
func TestOfflineActivity(t *testing.T) {
	t.Parallel()
	a := newAccount(t, flexsim.Config{Strict: true})
	for option, want := range map[string]struct {
		status     int // HTTP status of a fetch of the configured Activity; 0: no Activity is configured
		activities int // number of Activities in the list
	}{"configured": {200, 4}, "wrong": {404, 4}, "available": {200, 4}, "unset": {0, 4}, "none": {0, 1}} {
		a.set("offline_activity", option)
		sid, isSet := a.call("GET", "/v1/Configuration", nil).body["taskrouter_offline_activity_sid"].(string)
		status, available := 0, any(nil)
		if isSet {
			activity := a.call("GET", a.ws+"/Activities/"+sid, nil)
			status, available = activity.status, activity.body["available"]
		}
		list := a.call("GET", a.ws+"/Activities", nil).body["activities"].([]any)
		if status != want.status || len(list) != want.activities || (available == true) != (option == "available") {
			t.Errorf("%s: got status %d, available %v, %d Activities, want %+v", option, status, available, len(list), want)
		}
	}
}

// TestAvailableLag checks that the field "available" of a Worker shows a change of
// the Activity some seconds later.
func TestAvailableLag(t *testing.T) {
	t.Parallel()
	var now atomic.Int64
	a := newAccount(t, flexsim.Config{Strict: true, Clock: func() time.Time { return time.Unix(1e9+now.Load(), 0) }})
	a.set("available_lag", 5)
	path := a.worker("ann", "{}")
	check := func(second int64, activity string, available bool) {
		t.Helper()
		now.Store(second)
		if got := a.call("GET", path, nil).body; got["activity_name"] != activity || got["available"] != available {
			t.Errorf("after %d s: got %v, available %v, want %s, %v", second, got["activity_name"], got["available"], activity, available)
		}
	}
	move := func(activity string) {
		a.call("POST", path, url.Values{"ActivitySid": {string(a.sim.ActivitySID(activity))}}).want(t, 200, 0)
	}
	check(0, "Offline", false)
	move("Available")
	check(4, "Available", false)
	check(5, "Available", true)
	move("Break")
	check(9, "Break", true)
	check(10, "Break", false)
}

// TestPlainRefusals checks that refusals give no reason if the option refusal_wording
// is "plain".
func TestPlainRefusals(t *testing.T) {
	t.Parallel()
	a := newAccount(t, flexsim.Config{Strict: true})
	a.set("refusal_wording", "plain")
	path := a.worker("ann", "{}")
	sid := path[strings.LastIndex(path, "/")+1:]
	if _, err := a.sim.AddTask(flexsim.LiveWork{WorkerSID: sid, Status: "accepted", Force: true}); err != nil {
		t.Fatal(err)
	}
	a.set("max_workers", 1)
	for _, got := range []reply{
		a.call("POST", a.ws+"/Workers", url.Values{"FriendlyName": {"Ann"}}),
		a.call("POST", a.ws+"/Workers", url.Values{"FriendlyName": {"bob"}}),
		a.call("DELETE", path, nil),
	} {
		if got.want(t, 400, 20001); got.body["message"] != "Bad Request" {
			t.Errorf("got the message %q, want one without a reason", got.body["message"])
		}
	}
}

// TestETags checks that a change of a Worker Channel changes the Worker's ETag, and
// that the ETag of a list changes with its content.
func TestETags(t *testing.T) {
	t.Parallel()
	a := newAccount(t, flexsim.Config{Strict: true})
	path := a.worker("ann", "{}")
	etag := func(path string) string { return a.call("GET", path, nil).header.Get("ETag") }
	worker, list, reservations := etag(path), etag(a.ws+"/Workers"), etag(path+"/Reservations")
	a.call("POST", path+"/Channels/voice", url.Values{"Capacity": {"2"}}).want(t, 200, 0)
	if got := etag(path); got == worker {
		t.Errorf("the Worker's ETag is still %s", got)
	}
	if got := etag(a.ws + "/Workers"); got != list || list == "" || reservations == "" {
		t.Errorf("got the ETags %q, then %q, and %q for Reservations, want the same list's ETag", list, got, reservations)
	}
	a.worker("bob", "{}")
	if got := etag(a.ws + "/Workers"); got == list {
		t.Errorf("the list's ETag is still %s", got)
	}
}

// TestInteractionsLimit checks that an endpoint of the Interactions API accepts 20 calls
// a second.
func TestInteractionsLimit(t *testing.T) {
	t.Parallel()
	var now atomic.Int64
	a := newAccount(t, flexsim.Config{Strict: true, Clock: func() time.Time { return time.Unix(1e9+now.Load(), 0) }})
	path := a.worker("ann", "{}")
	sid := path[strings.LastIndex(path, "/")+1:]
	work, err := a.sim.AddTask(flexsim.LiveWork{WorkerSID: sid, Status: "accepted", Interaction: true, Force: true})
	if err != nil {
		t.Fatal(err)
	}
	task := a.call("GET", a.ws+"/Tasks/"+work.TaskSID, nil).body["attributes"].(string)
	channel := task[strings.Index(task, `"UO`)+1:][:34]
	list := func() reply {
		return a.call("GET", "/v1/Interactions/"+work.InteractionSID+"/Channels/"+channel+"/Participants", nil)
	}
	for range 20 {
		list().want(t, 200, 0)
	}
	list().want(t, 429, 45780)
	now.Store(1)
	list().want(t, 200, 0)
}
