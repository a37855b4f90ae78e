package flexsim

import (
	"net/http"
	"slices"
)

// paging has the names of the parameters that every list has. The parameter Page is
// valid only together with a PageToken, as in next_page_url.
const paging = "PageSize Page PageToken"

// routes returns a mux that serves Twilio's paths.
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

func (s *Simulator) workerOperations() []operation {
	const workers = "/v1/Workspaces/{ws}/Workers"
	const one, channel, reservation = workers + "/{wk}", workers + "/{wk}/Channels/{id}", workers + "/{wk}/Reservations/{wr}"
	return []operation{
		{pattern: "GET " + workers, handle: s.listWorkers,
			params: paging + " FriendlyName ActivityName ActivitySid Available TargetWorkersExpression TaskQueueName TaskQueueSid Ordering"},
		{pattern: "POST " + workers, params: "FriendlyName ActivitySid Attributes", handle: s.createWorker, noEffect: noWorker},
		{pattern: "GET " + one, handle: s.fetchWorker},
		{pattern: "POST " + one, handle: s.updateWorker, noEffect: s.unchangedWorker,
			params: "ActivitySid Attributes FriendlyName RejectPendingReservations"},
		{pattern: "DELETE " + one, handle: s.deleteWorker, noEffect: noContent},
		{pattern: "GET " + workers + "/{wk}/Channels", params: paging, handle: s.listChannels},
		{pattern: "GET " + channel, handle: s.fetchChannel},
		{pattern: "POST " + channel, params: "Capacity Available", handle: s.updateChannel, noEffect: s.fetchChannel},
		{pattern: "GET " + workers + "/{wk}/Reservations", params: paging + " ReservationStatus", handle: s.listReservations},
		{pattern: "GET " + reservation, handle: s.fetchReservation},
		{pattern: "POST " + reservation, params: "ReservationStatus WorkerActivitySid", handle: s.updateReservation, noEffect: s.fetchReservation},
	}
}

func (s *Simulator) taskOperations() []operation {
	const task = "/v1/Workspaces/{ws}/Tasks/{wt}"
	return []operation{
		{pattern: "GET " + task, handle: s.fetchTask},
		{pattern: "POST " + task, handle: s.updateTask, noEffect: s.fetchTask,
			params: "Attributes AssignmentStatus Reason Priority TaskChannel VirtualStartTime"},
	}
}

func (s *Simulator) workspaceOperations() []operation {
	const ws = "/v1/Workspaces/{ws}"
	return []operation{
		{pattern: "GET " + ws, handle: s.fetchWorkspace},
		{pattern: "GET " + ws + "/Activities", params: paging + " FriendlyName Available", handle: s.listActivities},
		{pattern: "GET " + ws + "/Activities/{wa}", handle: s.fetchActivity},
		{pattern: "GET " + ws + "/TaskChannels", params: paging, handle: s.listTaskChannels},
		{pattern: "GET " + ws + "/TaskQueues", handle: s.listQueues,
			params: paging + " FriendlyName EvaluateWorkerAttributes WorkerSid Ordering"},
		{pattern: "GET " + ws + "/TaskQueues/{wq}", handle: s.fetchQueue},
		{pattern: "GET " + ws + "/Workflows", params: paging + " FriendlyName", handle: s.listWorkflows},
	}
}

func (s *Simulator) interactionOperations() []operation {
	const channel = "/v1/Interactions/{kd}/Channels/{uo}"
	return []operation{
		{pattern: "GET /v1/Configuration", params: "UiVersion", handle: s.fetchConfiguration},
		{pattern: "GET " + channel + "/Participants", params: paging, handle: s.limited(s.listParticipants)},
		{pattern: "POST " + channel + "/Participants/{ut}", params: "Status", handle: s.limited(s.updateParticipant), noEffect: s.fetchParticipant},
		{pattern: "POST " + channel + "/Invites", params: "Routing", handle: s.limited(s.createInvite), noEffect: noInvite},
	}
}

func (s *Simulator) userOperations() []operation {
	const v4 = "/v4/Instances/{go}/Users"
	return []operation{
		{pattern: "GET /v2/Instances/{go}/Users/{fu}", handle: s.fetchUser2},
		{pattern: "POST /v2/Instances/{go}/Users/{fu}", params: "Email UserSid Locale", handle: s.updateUser2, noEffect: s.fetchUser2},
		{pattern: "GET /v1/Instances/{go}/Users", params: "PageSize Page PageToken", handle: s.listUsers1},
		{pattern: "GET " + v4, params: "Username PageSize PageToken", handle: s.v4(s.listUsers4)},
		{pattern: "GET " + v4 + "/{fu}", handle: s.v4(s.fetchUser4)},
		{pattern: "POST " + v4 + "/Provision", handle: s.v4(s.provision), noEffect: s.v4(noUser)},
		{pattern: "POST " + v4 + "/Deprovision", handle: s.v4(s.deprovision), noEffect: s.v4(noContent)},
	}
}

// noContent returns the response to a successful deletion: the status 204. It
// deletes nothing.
func noContent(*call) (response, error) { return response{status: http.StatusNoContent}, nil }
