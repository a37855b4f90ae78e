package flexhttp

import (
	"context"
	"encoding/json"

	flexv1 "github.com/twilio/twilio-go/rest/flex/v1"
	taskrouterv1 "github.com/twilio/twilio-go/rest/taskrouter/v1"

	"github.com/flexscim/flexscim/flex"
)

// endReason is the Reason of a Task that we completed.
const endReason = "The agent has left (flexscim)"

// These types are the records that we read, in Twilio's JSON, with the fields that
// we use. Sources:
// https://www.twilio.com/docs/taskrouter/api/reservations,
// https://www.twilio.com/docs/taskrouter/api/task,
// https://www.twilio.com/docs/flex/developer/conversations/interactions-api
type (
	reservation struct {
		SID     string `json:"sid"`
		TaskSID string `json:"task_sid"`
		Status  string `json:"reservation_status"`
	}
	task struct {
		SID        string `json:"sid"`
		Status     string `json:"assignment_status"`
		Attributes object `json:"attributes"`
	}
	participant struct {
		SID     string `json:"sid"`
		Type    string `json:"type"`
		Routing *struct {
			Worker      string `json:"worker_sid"`
			Reservation string `json:"reservation_sid"`
		} `json:"routing_properties"`
	}
)

// LiveReservations returns the Reservations of a Worker that are accepted or
// wrapping, with one call for each status.
//
// Twilio: GET /v1/Workspaces/{WorkspaceSid}/Workers/{WorkerSid}/Reservations
// Source: https://www.twilio.com/docs/taskrouter/api/reservations
func (t *TaskRouter) LiveReservations(ctx context.Context, sid flex.WorkerSID) ([]flex.Reservation, error) {
	var live []flex.Reservation
	for _, status := range []string{"accepted", "wrapping"} {
		for r, err := range walk[reservation](ctx, t, list{"list reservations", "reservations", func(call *call) error {
			params := &taskrouterv1.ListWorkerReservationParams{ReservationStatus: &status}
			_, err := call.taskrouter().PageWorkerReservation(string(call.ws.SID), pathSID(call, sid, "WK"), params, "", "")
			return err
		}}) {
			if err != nil {
				return nil, err
			}
			live = append(live, flex.Reservation{
				SID: flex.ReservationSID(r.SID), TaskSID: flex.TaskSID(r.TaskSID), Status: r.Status})
		}
	}
	return live, nil
}

// EndReservation ends a Worker's live work. If the Task belongs to an Interaction,
// EndReservation removes the agent from the conversation, and the customer's
// conversation continues. Otherwise it completes the Task. If the work has already
// ended, EndReservation returns nil. It never deletes a Task or a conversation.
//
// Twilio: GET /v1/Workspaces/{WorkspaceSid}/Tasks/{Sid}
// Twilio: POST /v1/Workspaces/{WorkspaceSid}/Tasks/{Sid}
// Twilio: GET /v1/Interactions/{InteractionSid}/Channels/{ChannelSid}/Participants
// Twilio: POST /v1/Interactions/{InteractionSid}/Channels/{ChannelSid}/Participants/{Sid}
// Twilio: POST /v1/Workspaces/{WorkspaceSid}/Workers/{WorkerSid}/Reservations/{Sid}
// Source: https://www.twilio.com/docs/flex/developer/conversations/best-practices (never through the Task API)
func (t *TaskRouter) EndReservation(ctx context.Context, sid flex.WorkerSID, r flex.Reservation) error {
	tk, ended, err := t.look(ctx, r.TaskSID)
	if err != nil || ended {
		return err
	}
	err = t.end(ctx, sid, r, tk)
	if flex.KindOf(err) == flex.Refused { // the work may have ended since we read it
		if _, ended, again := t.look(ctx, r.TaskSID); again == nil && ended {
			return nil
		}
	}
	return err
}

// look fetches a Task and reports whether it has ended or no longer exists.
func (t *TaskRouter) look(ctx context.Context, sid flex.TaskSID) (tk task, ended bool, err error) {
	tk, err = t.task(ctx, sid)
	if flex.KindOf(err) == flex.Gone {
		return tk, true, nil
	}
	return tk, tk.hasEnded(), err
}

func (t *TaskRouter) end(ctx context.Context, sid flex.WorkerSID, r flex.Reservation, tk task) error {
	interaction, channel := tk.interaction()
	if interaction == "" {
		return t.completeTask(ctx, r.TaskSID)
	}
	agent, err := t.agent(ctx, interaction, channel, func(p participant) bool {
		return p.Routing != nil && (p.Routing.Worker == string(sid) || p.Routing.Reservation == string(r.SID))
	})
	if err != nil {
		return err
	}
	if agent == "" {
		// The agent has left the conversation, but the wrap-up has not ended.
		return t.completeReservation(ctx, sid, r.SID)
	}
	call := t.newCall(ctx, "close participant", writes)
	params := (&flexv1.UpdateInteractionChannelParticipantParams{}).SetStatus("closed")
	_, err = call.flex().UpdateInteractionChannelParticipant(interaction, channel, agent, params)
	return ignoreGone(err)
}

func (t *TaskRouter) task(ctx context.Context, sid flex.TaskSID) (task, error) {
	call := t.newCall(ctx, "fetch task", reads)
	if _, err := call.taskrouter().FetchTask(string(call.ws.SID), pathSID(call, sid, "WT")); err != nil {
		return task{}, err
	}
	tk, err := decode[task](call)
	if err == nil && (tk.SID != string(sid) || tk.Status == "") {
		return task{}, call.invalidResponse("is not the Task")
	}
	return tk, err
}

func (tk task) hasEnded() bool { return tk.Status == "completed" || tk.Status == "canceled" }

// interaction returns the SIDs of the Task's Interaction and channel, or "" for
// both if the Task has no Interaction.
func (tk task) interaction() (interaction, channel string) {
	var a struct {
		Interaction string `json:"flexInteractionSid"`
		Channel     string `json:"flexInteractionChannelSid"`
	}
	if json.Unmarshal([]byte(tk.Attributes), &a) != nil {
		return "", ""
	}
	if !flex.IsSID(a.Interaction, "KD") || !flex.IsSID(a.Channel, "UO") {
		return "", ""
	}
	return a.Interaction, a.Channel
}

func (t *TaskRouter) completeTask(ctx context.Context, sid flex.TaskSID) error {
	call := t.newCall(ctx, "complete task", writes)
	params := (&taskrouterv1.UpdateTaskParams{}).SetAssignmentStatus("completed").SetReason(endReason)
	if _, err := call.taskrouter().UpdateTask(string(call.ws.SID), string(sid), params); err != nil {
		return ignoreGone(err)
	}
	tk, err := decode[task](call)
	if err == nil && !tk.hasEnded() {
		return call.notApplied("AssignmentStatus")
	}
	return err
}

func (t *TaskRouter) completeReservation(ctx context.Context, worker flex.WorkerSID, sid flex.ReservationSID) error {
	call := t.newCall(ctx, "complete reservation", writes)
	params := (&taskrouterv1.UpdateWorkerReservationParams{}).SetReservationStatus("completed")
	_, err := call.taskrouter().UpdateWorkerReservation(string(call.ws.SID),
		pathSID(call, worker, "WK"), pathSID(call, sid, "WR"), params)
	return ignoreGone(err)
}

// agent returns the SID of the first participant of the type "agent" that the
// function matches accepts, or "" if it accepts none.
func (t *TaskRouter) agent(ctx context.Context, interaction, channel string, matches func(participant) bool) (string, error) {
	for p, err := range walk[participant](ctx, t, list{"list participants", "participants", func(call *call) error {
		_, err := call.flex().PageInteractionChannelParticipant(interaction, channel,
			&flexv1.ListInteractionChannelParticipantParams{}, "", "")
		return err
	}}) {
		if flex.KindOf(err) == flex.Gone {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		if p.Type == "agent" && flex.IsSID(p.SID, "UT") && matches(p) {
			return p.SID, nil
		}
	}
	return "", nil
}

// ignoreGone returns nil if err is Gone, because work that does not exist has
// ended.
func ignoreGone(err error) error {
	if flex.KindOf(err) == flex.Gone {
		return nil
	}
	return err
}
