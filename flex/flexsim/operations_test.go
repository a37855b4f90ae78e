package flexsim_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/flex/flexsim"
)

// TestEveryOperation calls each operation, and checks the requests and responses
// against Twilio's OpenAPI documents.
func TestEveryOperation(t *testing.T) {
	t.Parallel()
	a := newAccount(t, flexsim.Config{Strict: true})
	ann := a.worker("ann", `{"roles":["agent"],"routing":{"skills":["billing"]}}`)
	sid := ann[strings.LastIndex(ann, "/")+1:]
	work, err := a.sim.AddTask(flexsim.LiveWork{WorkerSID: sid, Channel: "chat", Status: "accepted", Interaction: true, Force: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{
		"/v1/Configuration", a.ws, a.ws + "/Workers", ann, ann + "/Channels", ann + "/Channels/voice", ann + "/Reservations",
		a.ws + "/Workers?TargetWorkersExpression=" + url.QueryEscape(`routing.skills HAS "billing"`),
		a.ws + "/Workers?TaskQueueName=Billing&Available=false&PageSize=1",
		ann + "/Reservations?ReservationStatus=accepted", ann + "/Reservations/" + work.ReservationSID,
		a.ws + "/Tasks/" + work.TaskSID, a.ws + "/TaskQueues", a.ws + "/TaskQueues?WorkerSid=" + sid,
		a.ws + "/Activities", a.ws + "/Activities?Available=true", a.ws + "/Activities/" + string(a.sim.ActivitySID("Offline")),
		a.ws + "/TaskChannels", a.ws + "/Workflows",
	} {
		a.call("GET", path, nil).want(t, 200, 0)
	}
	a.call("POST", ann+"/Channels/voice", url.Values{"Capacity": {"0"}, "Available": {"false"}}).want(t, 200, 0)
	a.call("POST", ann+"/Reservations/"+work.ReservationSID, url.Values{"ReservationStatus": {"wrapping"}}).want(t, 200, 0)
	a.call("POST", a.ws+"/Tasks/"+work.TaskSID, url.Values{"Priority": {"3"}}).want(t, 200, 0)

	queues := a.call("GET", a.ws+"/TaskQueues?EvaluateWorkerAttributes="+url.QueryEscape(`{"roles":["supervisor"]}`), nil)
	if got := len(queues.body["task_queues"].([]any)); got != 2 {
		t.Errorf("queues of a supervisor: got %d, want Everyone and Supervisors", got)
	}
	a.interaction(work)
	a.users()
}

func (a *account) interaction(work flexsim.LiveWorkSIDs) {
	a.t.Helper()
	task := a.call("GET", a.ws+"/Tasks/"+work.TaskSID, nil).body["attributes"].(string)
	uo := task[strings.Index(task, `"UO`)+1:][:34]
	channel := "/v1/Interactions/" + work.InteractionSID + "/Channels/" + uo
	list := a.call("GET", channel+"/Participants", nil)
	list.want(a.t, 200, 0)
	agent := list.body["participants"].([]any)[0].(map[string]any)
	a.call("POST", channel+"/Participants/"+agent["sid"].(string), url.Values{"Status": {"closed"}}).want(a.t, 200, 0)
	if got := a.call("GET", a.ws+"/Tasks/"+work.TaskSID, nil).body["assignment_status"]; got != "completed" {
		a.t.Errorf("task after the agent's part was closed: got %v, want completed", got)
	}
	workflow := a.call("GET", a.ws+"/Workflows", nil).body["workflows"].([]any)[0].(map[string]any)["sid"]
	routing := fmt.Sprintf(`{"properties":{"workspace_sid":%q,"workflow_sid":%q,"attributes":{"a":1}}}`, a.sim.WorkspaceSID(), workflow)
	a.call("POST", channel+"/Invites", url.Values{"Routing": {routing}}).want(a.t, 200, 0)
}

func (a *account) users() {
	a.t.Helper()
	users := "/v4/Instances/" + string(a.sim.InstanceSID()) + "/Users"
	body := `{"username":"bob","email":"b@x.org","full_name":"Bob","roles":["agent"],"worker":{"attributes":{"channel.voice.capacity":2,"n.int":"7"}}}`
	made := a.post(users+"/Provision", body)
	made.want(a.t, 201, 0)
	a.post(users+"/Provision", body).want(a.t, 200, 0)
	fu := made.body["flex_user_sid"].(string)
	v2 := "/v2/Instances/" + string(a.sim.InstanceSID()) + "/Users/" + fu
	for _, path := range []string{users, users + "?Username=bob", users + "/" + fu, v2, "/v1/Instances/" + string(a.sim.InstanceSID()) + "/Users"} {
		a.call("GET", path, nil).want(a.t, 200, 0)
	}
	a.call("POST", v2, url.Values{"Locale": {"de"}}).want(a.t, 200, 0)
	for range 2 { // again: still 204
		a.post(users+"/Deprovision", `{"flex_user_sid":"`+fu+`"}`).want(a.t, 204, 0)
	}
	if got := a.call("GET", users+"/"+fu, nil).body; got["deactivated"] != true || got["worker_sid"] != nil {
		a.t.Errorf("user after Deprovision: got %v, want deactivated without a Worker", got)
	}
}

func TestStrictRefusesWhatTwilioDoesNotHave(t *testing.T) {
	t.Parallel()
	sim, err := flexsim.New(flexsim.Config{Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	a := serve(t, sim)
	a.call("GET", a.ws+"/Workers?Friendlyname=x", nil).want(t, 400, 20001)
	a.call("POST", a.ws+"/Workers", url.Values{"FriendlyName": {"x"}, "Roles": {"x"}}).want(t, 400, 20001)
	a.call("PUT", a.ws+"/Workers", nil).want(t, 404, 20404)
	if got := len(sim.Violations()); got != 3 {
		t.Errorf("violations: got %d (%v), want 3", got, sim.Violations())
	}
}

func TestDeleteWorkerByOption(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		option, value, activity string
		busy                    bool
		status                  int
	}{
		{"delete_busy_worker", "refuse", "Offline", true, 400},
		{"delete_busy_worker", "refuse", "Offline", false, 204},
		{"delete_busy_worker", "allow", "Offline", true, 204},
		{"delete_available_worker", "allow", "Available", false, 204},
		{"delete_available_worker", "refuse", "Available", false, 400},
		{"delete_available_worker", "refuse", "Offline", false, 204},
	} {
		t.Run(fmt.Sprint(test), func(t *testing.T) {
			t.Parallel()
			a := newAccount(t, flexsim.Config{Strict: true})
			a.set(test.option, test.value)
			path := a.worker("ann", "{}")
			sid := path[strings.LastIndex(path, "/")+1:]
			if err := a.sim.SetActivity(flex.WorkerSID(sid), test.activity); err != nil {
				t.Fatal(err)
			}
			if test.busy {
				if _, err := a.sim.AddTask(flexsim.LiveWork{WorkerSID: sid, Status: "accepted", Force: true}); err != nil {
					t.Fatal(err)
				}
			}
			a.call("DELETE", path, nil).want(t, test.status, 20001)
		})
	}
}

func TestETagByOption(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{"quoted": `"0"`, "bare": `0`, "weak": `W/"0"`, "absent": ""} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			a := newAccount(t, flexsim.Config{Strict: true})
			a.set("etag", value)
			path := a.worker("ann", "{}")
			if got := a.call("GET", path, nil).header.Get("ETag"); got != want {
				t.Errorf("ETag: got %q, want %q", got, want)
			}
			a.call("POST", path, url.Values{"Attributes": {"{}"}}, "If-Match", "nonsense").want(t, 412, 20412)
			a.call("POST", path, url.Values{"Attributes": {"{}"}}, "If-Match", want).want(t, 200, 0)
			a.call("POST", path, url.Values{"Attributes": {"{}"}}, "If-Match", "*").want(t, 200, 0)
			a.set("if_match", "ignored")
			a.call("POST", path, url.Values{"Attributes": {"{}"}}, "If-Match", "nonsense").want(t, 200, 0)
		})
	}
}

func TestPagesDuringDeletions(t *testing.T) {
	t.Parallel()
	for stability, want := range map[string]int{"snapshot": 9, "live": 8} {
		t.Run(stability, func(t *testing.T) {
			t.Parallel()
			a := newAccount(t, flexsim.Config{Strict: true})
			a.set("page_stability", stability)
			paths := map[string]string{}
			for i := range 9 {
				name := fmt.Sprintf("w%d", i)
				paths[name] = a.worker(name, "{}")
			}
			seen, next := map[string]bool{}, a.ws+"/Workers?PageSize=3"
			for next != "" {
				page := a.call("GET", next, nil)
				page.want(t, 200, 0)
				for _, wk := range page.body["workers"].([]any) {
					seen[wk.(map[string]any)["friendly_name"].(string)] = true
				}
				if len(seen) == 3 {
					a.call("DELETE", paths["w0"], nil).want(t, 204, 0)
					a.worker("late", "{}")
				}
				next, _ = page.body["meta"].(map[string]any)["next_page_url"].(string)
			}
			delete(seen, "late")
			if len(seen) != want {
				t.Errorf("got %d Workers (%v), want %d", len(seen), seen, want)
			}
		})
	}
}

func TestTaskAndReservationStates(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		start, move string // a Task's status, or "reservation:" and a Reservation's status
		status      int
		want        string // the Task's status afterwards
	}{
		{"pending", "completed", 400, "reserved"},
		{"pending", "wrapping", 400, "reserved"},
		{"pending", "canceled", 200, "canceled"},
		{"pending", "assigned", 400, "reserved"},
		{"accepted", "canceled", 400, "assigned"},
		{"accepted", "wrapping", 200, "wrapping"},
		{"accepted", "completed", 200, "completed"},
		{"wrapping", "completed", 200, "completed"},
		{"pending", "reservation:rejected", 200, "pending"},
		{"pending", "reservation:accepted", 200, "assigned"},
		{"pending", "reservation:completed", 400, "reserved"},
		{"accepted", "reservation:rejected", 400, "assigned"},
		{"accepted", "reservation:wrapping", 200, "wrapping"},
		{"accepted", "reservation:completed", 200, "completed"},
		{"wrapping", "reservation:completed", 200, "completed"},
	} {
		t.Run(test.start+" "+test.move, func(t *testing.T) {
			t.Parallel()
			a := newAccount(t, flexsim.Config{Strict: true, Clock: func() time.Time { return now }})
			worker := a.worker("ann", "{}")
			work, err := a.sim.AddTask(flexsim.LiveWork{
				WorkerSID: worker[strings.LastIndex(worker, "/")+1:], Status: flexsim.ReservationStatus(test.start), Force: true,
			})
			if err != nil {
				t.Fatal(err)
			}
			task := a.ws + "/Tasks/" + work.TaskSID
			if status, ok := strings.CutPrefix(test.move, "reservation:"); ok {
				a.call("POST", worker+"/Reservations/"+work.ReservationSID, url.Values{"ReservationStatus": {status}}).want(t, test.status, 20001)
			} else {
				a.call("POST", task, url.Values{"AssignmentStatus": {test.move}, "Reason": {"test"}}).want(t, test.status, 20001)
			}
			if got := a.call("GET", task, nil).body["assignment_status"]; got != test.want {
				t.Errorf("task: got %v, want %s", got, test.want)
			}
		})
	}
}
