package flexsim

import (
	"encoding/json"
	"io"
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

// user2 is a Flex user as API v2 shows it.
func (s *Simulator) user2(c *call, u world.User) map[string]any {
	return map[string]any{
		"flex_user_sid": u.SID, "user_sid": u.UserSID, "account_sid": s.world.Account, "instance_sid": s.world.Instance,
		"worker_sid": nullable(u.WorkerSID), "workspace_sid": s.world.Workspace, "flex_team_sid": s.world.Team,
		"username": u.Username, "email": u.Email, "locale": nullable(u.Locale), "roles": u.Roles,
		"created_date": date(u.Created), "updated_date": date(u.Updated), "version": u.Version,
		"url": c.base + "/v2/Instances/" + s.world.Instance + "/Users/" + u.SID,
	}
}

// user4 is a Flex user as API v4 shows it.
// Source: https://www.twilio.com/docs/flex/developer/user-management/flex-users-api
func (s *Simulator) user4(c *call, u world.User) map[string]any {
	m := s.user2(c, u)
	m["url"] = c.base + "/v4/Instances/" + s.world.Instance + "/Users/" + u.SID
	m["full_name"] = u.FullName
	m["teams"] = map[string]any{"team_member": nil, "team_owner": nil}
	m["worker"] = map[string]any{"worker_sid": nullable(u.WorkerSID), "workspace_sid": s.world.Workspace}
	m["deactivated"] = !u.Deactivated.IsZero()
	m["deactivated_date"] = date(u.Deactivated)
	return m
}

func (s *Simulator) fetchUser2(c *call) (answer, error) {
	u, err := s.world.User(c.path("fu"))
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusOK, body: s.user2(c, u)}, nil
}

func (s *Simulator) updateUser2(c *call) (answer, error) {
	u, err := s.world.UpdateUser(c.path("fu"), world.UserChange{
		Email: c.text("Email"), UserSID: c.text("UserSid"), Locale: c.text("Locale"),
	})
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusOK, body: s.user2(c, u)}, nil
}

func (s *Simulator) listUsers1(c *call) (answer, error) {
	req, err := s.page(c)
	if err != nil {
		return answer{}, err
	}
	found, err := s.world.Users("", req)
	if err != nil {
		return answer{}, err
	}
	return list(c, "users", req, found, func(u world.User) any { return s.user4(c, u) }), nil
}

// v4 hides an operation where the account does not have the beta.
func (s *Simulator) v4(run func(*call) (answer, error)) func(*call) (answer, error) {
	return func(c *call) (answer, error) {
		if s.opt.Load().V4 == "off" {
			return answer{}, world.NotFound(c.r.URL.Path)
		}
		return run(c)
	}
}

func (s *Simulator) listUsers4(c *call) (answer, error) {
	req, err := s.page(c)
	if err != nil {
		return answer{}, err
	}
	found, err := s.world.Users(c.values.Get("Username"), req)
	if err != nil {
		return answer{}, err
	}
	users := []any{}
	for _, u := range found.Items {
		users = append(users, s.user4(c, u))
	}
	return answer{status: http.StatusOK, body: map[string]any{
		"users": users, "meta": map[string]any{"next_token": nullable(found.Next), "page_size": req.Size, "key": "users"},
	}}, nil
}

func (s *Simulator) fetchUser4(c *call) (answer, error) {
	u, err := s.world.User(c.path("fu"))
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusOK, body: s.user4(c, u)}, nil
}

func (s *Simulator) provision(c *call) (answer, error) {
	var p world.Provision
	if err := s.readJSON(c, &p); err != nil {
		return answer{}, err
	}
	u, made, err := s.world.Provision(p)
	if err != nil {
		return answer{}, err
	}
	status := http.StatusOK
	if made {
		status = http.StatusCreated
	}
	return answer{status: status, body: s.user4(c, u)}, nil
}

// noUser is the answer to a Provision that made nothing.
func noUser(*call) (answer, error) {
	return answer{status: http.StatusCreated, body: map[string]any{"flex_user_sid": nil, "worker": nil}}, nil
}

func (s *Simulator) deprovision(c *call) (answer, error) {
	var body struct {
		SID string `json:"flex_user_sid"`
	}
	if err := s.readJSON(c, &body); err != nil {
		return answer{}, err
	}
	if err := s.world.Deprovision(body.SID); err != nil {
		return answer{}, err
	}
	return nothing(c)
}

// readJSON reads the body of a v4 call; an unknown member counts as an unknown
// parameter.
func (s *Simulator) readJSON(c *call, into any) error {
	d := json.NewDecoder(c.r.Body)
	d.UseNumber()
	if s.cfg.Strict {
		d.DisallowUnknownFields()
	}
	if err := d.Decode(into); err != nil {
		s.violate("body of " + c.r.URL.Path + ": " + err.Error())
		return world.Invalid("the body is not the JSON object that %s takes", c.r.URL.Path)
	}
	if _, err := d.Token(); err != io.EOF {
		return world.Invalid("the body is more than one JSON object")
	}
	return nil
}
