package flexsim_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/flexscim/flexscim/flex/flexsim"
)

// TestParticipantStates checks how the status of the agent's participant changes
// the Task, and that the status of the customer's participant cannot be set.
func TestParticipantStates(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		start  flexsim.ReservationStatus
		party  int // index of the participant: 0 is the agent, 1 the customer
		set    string
		status int
		want   string
	}{
		{"accepted", 0, "closed", 200, "completed"},
		{"accepted", 0, "wrapup", 200, "wrapping"},
		{"wrapping", 0, "closed", 200, "completed"},
		{"wrapping", 0, "wrapup", 200, "wrapping"},
		{"pending", 0, "closed", 200, "canceled"},
		{"accepted", 1, "closed", 400, "assigned"},
	} {
		t.Run(string(test.start)+" "+test.set, func(t *testing.T) {
			t.Parallel()
			a := newAccount(t, flexsim.Config{Strict: true})
			channel, task := a.conversation(test.start)
			party := a.call("GET", channel+"/Participants", nil).body["participants"].([]any)[test.party].(map[string]any)
			path := channel + "/Participants/" + party["sid"].(string)
			a.call("POST", path, url.Values{"Status": {test.set}}).want(t, test.status, 20001)
			if got := a.call("GET", task, nil).body["assignment_status"]; got != test.want {
				t.Errorf("task: got %v, want %s", got, test.want)
			}
			if got := len(a.call("GET", channel+"/Participants", nil).body["participants"].([]any)); got != 2 {
				t.Errorf("participants: got %d, want both, because the conversation stays", got)
			}
		})
	}
}

// conversation creates an Interaction with an agent and returns the paths of its
// channel and its Task.
func (a *account) conversation(status flexsim.ReservationStatus) (channel, task string) {
	a.t.Helper()
	sid, err := a.sim.AddWorker("ann", "{}")
	if err != nil {
		a.t.Fatal(err)
	}
	work, err := a.sim.AddTask(flexsim.LiveWork{WorkerSID: string(sid), Channel: "chat", Status: status, Interaction: true, Force: true})
	if err != nil {
		a.t.Fatal(err)
	}
	task = a.ws + "/Tasks/" + work.TaskSID
	attributes := a.call("GET", task, nil).body["attributes"].(string)
	uo := attributes[strings.Index(attributes, `"UO`)+1:][:34]
	return "/v1/Interactions/" + work.InteractionSID + "/Channels/" + uo, task
}

// TestNoEffectEverywhere checks for several POST requests, with the fault NoEffect,
// that the response is a 2xx of the right shape and the account does not change.
func TestNoEffectEverywhere(t *testing.T) {
	t.Parallel()
	a := newAccount(t, flexsim.Config{Strict: true})
	channel, task := a.conversation("accepted")
	agent := a.call("GET", channel+"/Participants", nil).body["participants"].([]any)[0].(map[string]any)["sid"].(string)
	users := "/v4/Instances/" + string(a.sim.InstanceSID()) + "/Users"
	if err := a.sim.AddFault(flexsim.Fault{Method: "POST", Kind: flexsim.NoEffect}); err != nil {
		t.Fatal(err)
	}
	a.call("POST", task, url.Values{"AssignmentStatus": {"completed"}, "Reason": {"x"}}).want(t, 200, 0)
	a.call("POST", channel+"/Participants/"+agent, url.Values{"Status": {"closed"}}).want(t, 200, 0)
	a.call("POST", channel+"/Invites", url.Values{"Routing": {"{}"}}).want(t, 200, 0)
	a.post(users+"/Provision", `{"username":"u","email":"e","full_name":"f","roles":["agent"]}`).want(t, 201, 0)
	if got := a.call("GET", task, nil).body["assignment_status"]; got != "assigned" {
		t.Errorf("task: got %v, want assigned", got)
	}
	if got := len(a.sim.Snapshot()); got != 1 {
		t.Errorf("Workers: got %d, want the existing one", got)
	}
}
