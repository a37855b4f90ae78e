package flexsim

import (
	"encoding/json"
	"net/http"

	"github.com/flexscim/flexscim/flex/flexsim/internal/account"
)

// limited wraps the handler of an endpoint of the Interactions API, so that it refuses
// calls above the limit. The option interactions_per_second sets this limit.
func (s *Simulator) limited(handle func(*call) (response, error)) func(*call) (response, error) {
	limit := &rateLimit{}
	return func(c *call) (response, error) {
		if most := s.opt.Load().Interactions; most > 0 && !limit.allow(s.cfg.Clock(), most) {
			return response{}, &account.Error{Status: http.StatusTooManyRequests, Code: account.CodeTooFast,
				Message: "Operation failed: too many concurrent API requests"}
		}
		return handle(c)
	}
}

func (s *Simulator) showParticipant(c *call, p account.Participant) any {
	var routing any
	if p.TaskSID != "" {
		routing = map[string]string{"task_sid": p.TaskSID, "worker_sid": p.WorkerSID, "reservation_sid": p.ReservationSID}
	}
	return map[string]any{
		"sid": p.SID, "type": p.Type, "interaction_sid": p.InteractionSID, "channel_sid": p.ChannelSID,
		"routing_properties": routing,
		"url":                c.base + "/v1/Interactions/" + p.InteractionSID + "/Channels/" + p.ChannelSID + "/Participants/" + p.SID,
	}
}

func (s *Simulator) listParticipants(c *call) (response, error) {
	all, err := s.account.Participants(c.path("kd"), c.path("uo"))
	if err != nil {
		return response{}, err
	}
	return listAll(s, c, "participants", all, s.showParticipant)
}

func (s *Simulator) fetchParticipant(c *call) (response, error) {
	p, err := s.account.Participant(c.path("kd"), c.path("uo"), c.path("ut"))
	return respond(c, p, err, s.showParticipant)
}

func (s *Simulator) updateParticipant(c *call) (response, error) {
	p, err := s.account.UpdateParticipant(c.path("kd"), c.path("uo"), c.path("ut"), c.values.Get("Status"))
	return respond(c, p, err, s.showParticipant)
}

func (s *Simulator) createInvite(c *call) (response, error) {
	var routing struct {
		Properties *struct {
			Workspace   string         `json:"workspace_sid"`
			Workflow    string         `json:"workflow_sid"`
			TaskChannel string         `json:"task_channel_unique_name"`
			Attributes  map[string]any `json:"attributes"`
		} `json:"properties"`
	}
	if err := json.Unmarshal([]byte(c.values.Get("Routing")), &routing); err != nil || routing.Properties == nil {
		return response{}, account.Invalid("Routing is not a JSON object with properties")
	}
	p := routing.Properties
	i, err := s.account.Invite(c.path("kd"), c.path("uo"), account.Routing{
		WorkspaceSID: p.Workspace, WorkflowSID: p.Workflow, TaskChannel: p.TaskChannel, Attributes: p.Attributes,
	})
	if err != nil {
		return response{}, err
	}
	return response{status: http.StatusOK, body: map[string]any{
		"sid": i.SID, "interaction_sid": i.InteractionSID, "channel_sid": i.ChannelSID,
		"url": c.base + "/v1/Interactions/" + i.InteractionSID + "/Channels/" + i.ChannelSID + "/Invites/" + i.SID,
		"routing": map[string]any{"reservation": nil, "properties": map[string]any{
			"sid": i.Task.SID, "assignment_status": i.Task.Status, "attributes": i.Task.Attributes,
			"workspace_sid": p.Workspace, "workflow_sid": p.Workflow, "date_created": i.Task.Created.Unix(),
			"task_channel_unique_name": i.Task.Channel.UniqueName,
		}},
	}}, nil
}

// noInvite returns the response to an Invite under the fault NoEffect.
func noInvite(*call) (response, error) {
	return response{status: http.StatusOK, body: map[string]any{
		"sid": nil, "interaction_sid": nil, "channel_sid": nil, "url": nil, "routing": nil,
	}}, nil
}
