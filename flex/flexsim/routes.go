package flexsim

import (
	"net/http"
	"slices"
)

// paging is what every list takes. Page goes with a PageToken only: it stands
// in next_page_url.
const paging = "PageSize Page PageToken"

// routes leads Twilio's paths to their operations.
func (s *Simulator) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for _, op := range s.operations() {
		mux.Handle(op.pattern, s.handler(op))
	}
	mux.HandleFunc("/", s.unknownPath)
	return mux
}

func (s *Simulator) operations() []operation {
	return slices.Concat(s.workerOperations(), s.taskOperations(), s.workspaceOperations(), s.interactionOperations(), s.userOperations())
}

// Operations lists what is answered of Twilio's: "GET /v1/Configuration", …
func (s *Simulator) Operations() []string {
	var all []string
	for _, op := range s.operations() {
		all = append(all, op.pattern)
	}
	return all
}

func (s *Simulator) workerOperations() []operation {
	const workers = "/v1/Workspaces/{ws}/Workers"
	const one, channel, reservation = workers + "/{wk}", workers + "/{wk}/Channels/{id}", workers + "/{wk}/Reservations/{wr}"
	return []operation{
		{pattern: "GET " + workers, run: s.listWorkers,
			params: paging + " FriendlyName ActivityName ActivitySid Available TargetWorkersExpression TaskQueueName TaskQueueSid Ordering"},
		{pattern: "POST " + workers, params: "FriendlyName ActivitySid Attributes", run: s.createWorker, idle: noWorker},
		{pattern: "GET " + one, run: s.fetchWorker},
		{pattern: "POST " + one, run: s.updateWorker, idle: s.fetchWorker,
			params: "ActivitySid Attributes FriendlyName RejectPendingReservations"},
		{pattern: "DELETE " + one, run: s.deleteWorker, idle: nothing},
		{pattern: "GET " + workers + "/{wk}/Channels", params: paging, run: s.listChannels},
		{pattern: "GET " + channel, run: s.fetchChannel},
		{pattern: "POST " + channel, params: "Capacity Available", run: s.updateChannel, idle: s.fetchChannel},
		{pattern: "GET " + workers + "/{wk}/Reservations", params: paging + " ReservationStatus", run: s.listReservations},
		{pattern: "GET " + reservation, run: s.fetchReservation},
		{pattern: "POST " + reservation, params: "ReservationStatus WorkerActivitySid", run: s.updateReservation, idle: s.fetchReservation},
	}
}

func (s *Simulator) taskOperations() []operation {
	const task = "/v1/Workspaces/{ws}/Tasks/{wt}"
	return []operation{
		{pattern: "GET " + task, run: s.fetchTask},
		{pattern: "POST " + task, run: s.updateTask, idle: s.fetchTask,
			params: "Attributes AssignmentStatus Reason Priority TaskChannel VirtualStartTime"},
	}
}

func (s *Simulator) workspaceOperations() []operation {
	const ws = "/v1/Workspaces/{ws}"
	return []operation{
		{pattern: "GET " + ws, run: s.fetchWorkspace},
		{pattern: "GET " + ws + "/Activities", params: paging + " FriendlyName Available", run: s.listActivities},
		{pattern: "GET " + ws + "/Activities/{wa}", run: s.fetchActivity},
		{pattern: "GET " + ws + "/TaskChannels", params: paging, run: s.listTaskChannels},
		{pattern: "GET " + ws + "/TaskQueues", run: s.listQueues,
			params: paging + " FriendlyName EvaluateWorkerAttributes WorkerSid Ordering"},
		{pattern: "GET " + ws + "/TaskQueues/{wq}", run: s.fetchQueue},
		{pattern: "GET " + ws + "/Workflows", params: paging + " FriendlyName", run: s.listWorkflows},
	}
}

func (s *Simulator) interactionOperations() []operation {
	const channel = "/v1/Interactions/{kd}/Channels/{uo}"
	return []operation{
		{pattern: "GET /v1/Configuration", params: "UiVersion", run: s.fetchConfiguration},
		{pattern: "GET " + channel + "/Participants", params: paging, run: s.listParticipants},
		{pattern: "POST " + channel + "/Participants/{ut}", params: "Status", run: s.updateParticipant, idle: s.fetchParticipant},
		{pattern: "POST " + channel + "/Invites", params: "Routing", run: s.createInvite, idle: noInvite},
	}
}

func (s *Simulator) userOperations() []operation {
	const v4 = "/v4/Instances/{go}/Users"
	return []operation{
		{pattern: "GET /v2/Instances/{go}/Users/{fu}", run: s.fetchUser2},
		{pattern: "POST /v2/Instances/{go}/Users/{fu}", params: "Email UserSid Locale", run: s.updateUser2, idle: s.fetchUser2},
		{pattern: "GET /v1/Instances/{go}/Users", params: "PageSize Page PageToken", run: s.listUsers1},
		{pattern: "GET " + v4, params: "Username PageSize PageToken", run: s.v4(s.listUsers4)},
		{pattern: "GET " + v4 + "/{fu}", run: s.v4(s.fetchUser4)},
		{pattern: "POST " + v4 + "/Provision", run: s.v4(s.provision), idle: s.v4(noUser)},
		{pattern: "POST " + v4 + "/Deprovision", run: s.v4(s.deprovision), idle: s.v4(nothing)},
	}
}

// nothing answers as a delete does.
func nothing(*call) (answer, error) { return answer{status: http.StatusNoContent}, nil }
