package flexsim

import (
	"encoding/json"
	"net/http"

	"github.com/flexscim/flexscim/flex/flexsim/internal/world"
)

// fetchConfiguration answers the members of Flex's configuration that a client
// can use; the document has more, all of them optional.
func (s *Simulator) fetchConfiguration(c *call) (answer, error) {
	channels := []map[string]any{}
	for _, t := range s.world.TaskChannels {
		channels = append(channels, map[string]any{"name": t.UniqueName, "availability": true, "capacity": t.Capacity})
	}
	skill := func(name string) map[string]any {
		return map[string]any{"name": name, "multivalue": true, "minimum": 0, "maximum": 10}
	}
	return answer{status: http.StatusOK, body: map[string]any{
		"account_sid": s.world.Account, "status": "ok", "attributes": map[string]any{}, "url": c.base + "/v1/Configuration",
		"date_created": date(s.world.Created), "date_updated": date(s.world.Created),
		"taskrouter_workspace_sid": s.world.Workspace, "taskrouter_offline_activity_sid": s.world.Offline().SID,
		"taskrouter_target_workflow_sid": s.world.Workflow.SID, "taskrouter_target_taskqueue_sid": s.world.Queues[0].SID,
		"taskrouter_skills":            []any{skill("billing"), skill("support")},
		"taskrouter_worker_channels":   map[string]any{"agent": channels, "supervisor": channels, "admin": channels},
		"taskrouter_worker_attributes": map[string]any{"agent": map[string]any{}, "supervisor": map[string]any{}},
		"flex_instance_sid":            s.world.Instance, "flex_service_instance_sid": s.world.Service,
		"chat_service_instance_sid": s.world.Chat, "runtime_domain": c.base, "ui_version": "2.17.1", "ui_language": "en-US",
		"offline_config": map[string]any{"presence": true, "presence_ttl": 60},
	}}, nil
}

func (s *Simulator) showParticipant(c *call, p world.Participant) any {
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

func (s *Simulator) listParticipants(c *call) (answer, error) {
	all, err := s.world.Participants(c.path("kd"), c.path("uo"))
	if err != nil {
		return answer{}, err
	}
	return whole(s, c, "participants", all, func(p world.Participant) any { return s.showParticipant(c, p) })
}

func (s *Simulator) fetchParticipant(c *call) (answer, error) {
	p, err := s.world.Participant(c.path("kd"), c.path("uo"), c.path("ut"))
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusOK, body: s.showParticipant(c, p)}, nil
}

func (s *Simulator) updateParticipant(c *call) (answer, error) {
	p, err := s.world.UpdateParticipant(c.path("kd"), c.path("uo"), c.path("ut"), c.values.Get("Status"))
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusOK, body: s.showParticipant(c, p)}, nil
}

func (s *Simulator) createInvite(c *call) (answer, error) {
	var routing struct {
		Properties *struct {
			Workspace   string         `json:"workspace_sid"`
			Workflow    string         `json:"workflow_sid"`
			TaskChannel string         `json:"task_channel_unique_name"`
			Attributes  map[string]any `json:"attributes"`
		} `json:"properties"`
	}
	if err := json.Unmarshal([]byte(c.values.Get("Routing")), &routing); err != nil || routing.Properties == nil {
		return answer{}, world.Invalid("Routing is not a JSON object with properties")
	}
	p := routing.Properties
	i, err := s.world.Invite(c.path("kd"), c.path("uo"), world.Routing{
		WorkspaceSID: p.Workspace, WorkflowSID: p.Workflow, TaskChannel: p.TaskChannel, Attributes: p.Attributes,
	})
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusOK, body: map[string]any{
		"sid": i.SID, "interaction_sid": i.InteractionSID, "channel_sid": i.ChannelSID,
		"url": c.base + "/v1/Interactions/" + i.InteractionSID + "/Channels/" + i.ChannelSID + "/Invites/" + i.SID,
		"routing": map[string]any{"reservation": nil, "properties": map[string]any{
			"sid": i.Task.SID, "assignment_status": i.Task.Status, "attributes": i.Task.Attributes,
			"workspace_sid": p.Workspace, "workflow_sid": p.Workflow, "date_created": i.Task.Created.Unix(),
			"task_channel_unique_name": i.Task.Channel.UniqueName,
		}},
	}}, nil
}

// noInvite is the answer to an invite that made nothing.
func noInvite(*call) (answer, error) {
	return answer{status: http.StatusOK, body: map[string]any{"sid": nil, "routing": nil}}, nil
}
