package flexsim_test

import (
	"fmt"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/flexscim/flexscim/flex/flexsim"
)

// TestControlAPI calls the control API over HTTP, as a script with curl would.
func TestControlAPI(t *testing.T) {
	t.Parallel()
	a := newAccount(t, flexsim.Config{})
	login := a.post("/_sim/login", `{"username":"ann","email":"a@x.org","full_name":"Ann","roles":["agent"]}`)
	login.want(t, 200, 0)
	sid := login.body["worker_sid"].(string)
	offline := a.post("/_sim/tasks", fmt.Sprintf(`{"worker_sid":%q,"channel":"voice","status":"accepted"}`, sid))
	if offline.status != 400 || !strings.Contains(offline.text, "force") {
		t.Errorf("work for an offline Worker: got %d %s, want an error response that names force", offline.status, offline.text)
	}
	work := a.post("/_sim/tasks", fmt.Sprintf(`{"worker_sid":%q,"channel":"voice","status":"accepted","interaction":true,"force":true}`, sid))
	work.want(t, 200, 0)
	if !strings.HasPrefix(fmt.Sprint(work.body["interaction_sid"]), "KD") {
		t.Errorf("work: got %s, want an interaction", work.text)
	}
	busy := func() any { return a.call("GET", a.ws+"/Workers/"+sid+"/Channels/voice", nil).body["assigned_tasks"] }
	if got := busy(); got != 1.0 {
		t.Errorf("assigned_tasks: got %v, want 1", got)
	}
	a.post("/_sim/tasks/"+work.body["task_sid"].(string), `{"status":"completed"}`).want(t, 200, 0)
	if got := busy(); got != 0.0 {
		t.Errorf("assigned_tasks: got %v, want 0", got)
	}
	requests := a.call("GET", "/_sim/requests", nil).body["requests"].([]any)
	if got := len(requests); got != 2 {
		t.Errorf("requests: got %d, want the two calls of Twilio's API", got)
	}
	a.call("DELETE", "/_sim/requests", nil).want(t, 200, 0)
	if got := a.sim.Requests(); len(got) != 0 {
		t.Errorf("requests after DELETE: got %v", got)
	}
	a.post("/_sim/faults", `{"method":"GET","path":"/v1/*","kind":"503"}`).want(t, 200, 0)
	if got := a.call("GET", "/v1/Configuration", nil).status; got != 503 {
		t.Errorf("with a fault: got %d, want 503", got)
	}
	a.call("DELETE", "/_sim/faults", nil).want(t, 200, 0)
	a.call("GET", "/v1/Configuration", nil).want(t, 200, 0)
}

func TestControlAPIRefuses(t *testing.T) {
	t.Parallel()
	a := newAccount(t, flexsim.Config{})
	for _, test := range []struct{ path, body, want string }{
		{"options", `{"etag":"odd"}`, "quoted"},
		{"options", `{"nothing":"x"}`, "delete_busy_worker"},
		{"options", `{"concurrency":-1}`, "concurrency"},
		{"options", `[]`, "read body"},
		{"faults", `{"kind":"odd"}`, "lost-answer"},
		{"faults", `{"kind":"latency"}`, "latency_ms"},
		{"faults", `{"kind":"429","rate":2}`, "between 0 and 1"},
		{"faults", `{"kind":"429","time":2}`, "time"},
		{"tasks", `{"worker_sid":"WK1"}`, "WK1"},
		{"tasks/WT1", `{"status":"completed"}`, "WT1"},
		{"tasks/WT1", `{"status":"odd"}`, "completed"},
		{"nothing", `{}`, "control call"},
	} {
		got := a.post("/_sim/"+test.path, test.body)
		if got.status < 400 || got.status > 404 || !strings.Contains(got.text, test.want) {
			t.Errorf("%s %s: got %d %s, want a 4xx with %q", test.path, test.body, got.status, got.text, test.want)
		}
	}
}

// TestEveryOptionValue checks that the first value of each option is its default,
// and that POST /_sim/options sets and returns each value.
func TestEveryOptionValue(t *testing.T) {
	t.Parallel()
	a := newAccount(t, flexsim.Config{})
	table := a.call("GET", "/_sim/options", nil).body
	for _, c := range flexsim.Choices() {
		if table[c.Name] != c.Values[0] {
			t.Errorf("%s: got default %v, want %s", c.Name, table[c.Name], c.Values[0])
		}
		for _, value := range c.Values {
			if got := a.post("/_sim/options", fmt.Sprintf(`{%q:%q}`, c.Name, value)).body[c.Name]; got != value {
				t.Errorf("%s: got %v, want %s", c.Name, got, value)
			}
		}
	}
}

func TestListsByOption(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		option, value, query string
		status, found        int
	}{
		{"friendly_name_filter", "exact", "FriendlyName=ANN", 200, 1},
		{"friendly_name_filter", "exact_case", "FriendlyName=ANN", 200, 0},
		{"friendly_name_filter", "exact_case", "FriendlyName=ann", 200, 1},
		{"friendly_name_filter", "prefix", "FriendlyName=AN", 200, 2},
		{"friendly_name_filter", "exact", "FriendlyName=an", 200, 0},
		{"page_size_over_max", "clamp", "PageSize=5000", 200, 2},
		{"page_size_over_max", "refuse", "PageSize=5000", 400, 0},
		{"list_attributes", "null", "", 200, 2},
	} {
		t.Run(test.option+"="+test.value+" "+test.query, func(t *testing.T) {
			t.Parallel()
			a := newAccount(t, flexsim.Config{})
			a.set(test.option, test.value)
			a.worker("ann", "{}")
			a.worker("anna", "{}")
			got := a.call("GET", a.ws+"/Workers?"+test.query, nil)
			found, _ := got.body["workers"].([]any)
			if got.status != test.status || len(found) != test.found {
				t.Errorf("got %d with %d Workers, want %d with %d", got.status, len(found), test.status, test.found)
			}
			if test.value == "null" && found[0].(map[string]any)["attributes"] != nil {
				t.Error("attributes are in the list")
			}
		})
	}
}

func TestDuplicateAndLimitByOption(t *testing.T) {
	t.Parallel()
	a := newAccount(t, flexsim.Config{Strict: true})
	a.worker("ann", "{}")
	bob := a.worker("bob", "{}")
	a.set("duplicate_name", "409-20409")
	a.call("POST", a.ws+"/Workers", url.Values{"FriendlyName": {"ANN"}}).want(t, 409, 20409)
	a.call("POST", bob, url.Values{"FriendlyName": {"ANN"}}).want(t, 409, 20409)
	a.call("POST", bob, url.Values{"FriendlyName": {"BOB"}}).want(t, 200, 0)
	a.set("max_workers", 2)
	a.call("POST", a.ws+"/Workers", url.Values{"FriendlyName": {"new"}}).want(t, 400, 20001)
}

// TestTimePasses checks the changes that TaskRouter makes without a call, after
// some time.
func TestTimePasses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		start  flexsim.ReservationStatus
		finish bool
		after  time.Duration
		want   any // assignment_status; nil if the Task is deleted
	}{
		{"accepted", true, 4 * time.Minute, "completed"},
		{"accepted", true, 5 * time.Minute, nil},
		{"accepted", false, 23 * time.Hour, "assigned"},
		{"accepted", false, 24 * time.Hour, nil},
		{"pending", false, time.Minute, "reserved"},
		{"pending", false, 2 * time.Minute, "pending"},
	} {
		t.Run(fmt.Sprint(test), func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
			a := newAccount(t, flexsim.Config{Strict: true, Clock: func() time.Time {
				mu.Lock()
				defer mu.Unlock()
				return now
			}})
			sid, err := a.sim.AddWorker("ann", "{}")
			if err != nil {
				t.Fatal(err)
			}
			work, err := a.sim.AddTask(flexsim.LiveWork{WorkerSID: string(sid), Status: test.start, Force: true})
			if err != nil {
				t.Fatal(err)
			}
			task := a.ws + "/Tasks/" + work.TaskSID
			if test.finish {
				a.call("POST", task, url.Values{"AssignmentStatus": {"completed"}, "Reason": {"x"}}).want(t, 200, 0)
			}
			mu.Lock()
			now = now.Add(test.after)
			mu.Unlock()
			if got := a.call("GET", task, nil).body["assignment_status"]; got != test.want {
				t.Errorf("after %s: got %v, want %v", test.after, got, test.want)
			}
		})
	}
}

// TestPausedTask checks that a paused Task has an accepted Reservation, takes no
// capacity, is counted as the option assigned_tasks says, and is routed to somebody
// else after 14 days.
func TestPausedTask(t *testing.T) {
	t.Parallel()
	var days atomic.Int64
	a := newAccount(t, flexsim.Config{Strict: true, Clock: func() time.Time { return time.Unix(1e9+days.Load()*24*3600, 0) }})
	path := a.worker("ann", "{}")
	sid := path[strings.LastIndex(path, "/")+1:]
	a.post("/_sim/tasks", fmt.Sprintf(`{"worker_sid":%q,"channel":"email","status":"wrapping","paused":true,"force":true}`, sid)).want(t, 400, 20001)
	work := a.post("/_sim/tasks", fmt.Sprintf(`{"worker_sid":%q,"channel":"email","status":"accepted","paused":true,"force":true}`, sid))
	for option, want := range map[string]any{"unpaused": 0.0, "all": 1.0, "absent": nil} {
		a.set("assigned_tasks", option)
		got := a.call("GET", path+"/Channels/email", nil).body
		if got["assigned_tasks"] != want || got["available_capacity_percentage"] != 100.0 {
			t.Errorf("%s: got %v, want %v assigned and all capacity free", option, got, want)
		}
	}
	accepted := func() int {
		return len(a.call("GET", path+"/Reservations?ReservationStatus=accepted", nil).body["reservations"].([]any))
	}
	status := func() any {
		return a.call("GET", a.ws+"/Tasks/"+work.body["task_sid"].(string), nil).body["assignment_status"]
	}
	if days.Store(13); accepted() != 1 || status() != "assigned" {
		t.Errorf("after 13 days: got %d Reservations, the Task %v, want one, assigned", accepted(), status())
	}
	a.call("DELETE", path, nil).want(t, 400, 20001)
	if days.Store(14); accepted() != 0 || status() != "pending" {
		t.Errorf("after 14 days: got %d Reservations, the Task %v, want none, pending", accepted(), status())
	}
}

func TestRejectPendingReservations(t *testing.T) {
	t.Parallel()
	a := newAccount(t, flexsim.Config{Strict: true})
	path := a.worker("ann", "{}")
	sid := path[strings.LastIndex(path, "/")+1:]
	for _, status := range []flexsim.ReservationStatus{"pending", "accepted"} {
		if _, err := a.sim.AddTask(flexsim.LiveWork{WorkerSID: sid, Status: status, Force: true}); err != nil {
			t.Fatal(err)
		}
	}
	reject := func(activity string) reply {
		return a.call("POST", path, url.Values{"ActivitySid": {string(a.sim.ActivitySID(activity))}, "RejectPendingReservations": {"true"}})
	}
	reject("Available").want(t, 400, 20001)
	reject("Offline").want(t, 200, 0)
	for status, want := range map[string]int{"pending": 0, "rejected": 1, "accepted": 1} {
		list := a.call("GET", path+"/Reservations?ReservationStatus="+status, nil)
		if got := len(list.body["reservations"].([]any)); got != want {
			t.Errorf("%s: got %d, want %d", status, got, want)
		}
	}
}
