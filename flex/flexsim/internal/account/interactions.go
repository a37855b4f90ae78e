package account

import (
	"maps"
	"slices"
)

// Participant is a copy of one participant in the channel of an Interaction.
type Participant struct {
	SID, Type, InteractionSID, ChannelSID string
	TaskSID, WorkerSID, ReservationSID    string // of an agent; "" for a customer
}

// Invite is an invitation of another agent to the channel of an Interaction, with
// the Task that the agent gets.
type Invite struct {
	SID, InteractionSID, ChannelSID string
	Task                            Task
}

// interaction is a conversation with a customer, with one channel.
type interaction struct {
	sid, channel string
	participants []*participant
}

type participant struct {
	Participant
	task *task // the Task of an agent; nil for a customer
}

// newInteraction makes a conversation between a customer and the Worker of the
// Reservation r. As Flex does, it adds the SIDs of the Interaction and its channel
// to the attributes of r's Task.
func (a *Account) newInteraction(r *reservation) *interaction {
	i := &interaction{sid: a.ids.next("KD"), channel: a.ids.next("UO")}
	agent := &participant{task: r.task, Participant: Participant{
		SID: a.ids.next("UT"), Type: "agent", InteractionSID: i.sid, ChannelSID: i.channel,
		TaskSID: r.TaskSID, WorkerSID: r.WorkerSID, ReservationSID: r.SID,
	}}
	customer := &participant{Participant: Participant{
		SID: a.ids.next("UT"), Type: "customer", InteractionSID: i.sid, ChannelSID: i.channel,
	}}
	i.participants = []*participant{agent, customer}
	a.interactions[i.sid] = i
	r.task.Attributes = formatAttributes(map[string]any{
		"flexInteractionSid": i.sid, "flexInteractionChannelSid": i.channel,
	})
	return i
}

func (a *Account) interaction(sid, channel string) (*interaction, error) {
	i := a.interactions[sid]
	if i == nil {
		return nil, NotFound(sid)
	}
	if i.channel != channel {
		return nil, NotFound(channel)
	}
	return i, nil
}

// Participants returns the participants of an Interaction's channel.
func (a *Account) Participants(interactionSID, channelSID string) ([]Participant, error) {
	a.lock()
	defer a.mu.Unlock()
	i, err := a.interaction(interactionSID, channelSID)
	if err != nil {
		return nil, err
	}
	all := make([]Participant, 0, len(i.participants))
	for _, p := range i.participants {
		all = append(all, p.Participant)
	}
	return all, nil
}

// Participant returns one participant.
func (a *Account) Participant(interactionSID, channelSID, sid string) (Participant, error) {
	return a.onParticipant(interactionSID, channelSID, sid, func(*participant) error { return nil })
}

// UpdateParticipant sets the status of an agent's participant. The status "wrapup"
// starts the wrap-up of the agent's Task; "closed" ends the Task, but neither the
// channel nor the customer's participant. A second call with the same status
// changes nothing.
func (a *Account) UpdateParticipant(interactionSID, channelSID, sid, status string) (Participant, error) {
	return a.onParticipant(interactionSID, channelSID, sid, func(p *participant) error {
		switch {
		case status != "closed" && status != "wrapup":
			return Invalid("Status %q is not one of closed, wrapup", status)
		case p.task == nil:
			return Invalid("Participant %s is a %s: only an agent's can be set to %s", sid, p.Type, status)
		case status == "wrapup" && p.task.Status == TaskAssigned:
			a.wrap(p.task)
		case status == "closed" && (p.task.Status == TaskAssigned || p.task.Status == TaskWrapping):
			a.finish(p.task)
		case status == "closed" && (p.task.Status == TaskPending || p.task.Status == TaskReserved):
			a.cancel(p.task)
		}
		return nil
	})
}

func (a *Account) onParticipant(interactionSID, channelSID, sid string, do func(*participant) error) (Participant, error) {
	a.lock()
	defer a.mu.Unlock()
	i, err := a.interaction(interactionSID, channelSID)
	if err != nil {
		return Participant{}, err
	}
	n := slices.IndexFunc(i.participants, func(p *participant) bool { return p.SID == sid })
	if n < 0 {
		return Participant{}, NotFound(sid)
	}
	return i.participants[n].Participant, do(i.participants[n])
}

// Routing says where the Task of an Invite goes, and which attributes it gets.
type Routing struct {
	WorkspaceSID, WorkflowSID string
	TaskChannel               string // unique name; "" means default
	Attributes                map[string]any
}

// Invite makes a pending Task for an Interaction's channel. The new Task has only
// the attributes in routing, not the attributes of an earlier Task.
func (a *Account) Invite(interactionSID, channelSID string, routing Routing) (Invite, error) {
	a.lock()
	defer a.mu.Unlock()
	i, err := a.interaction(interactionSID, channelSID)
	if err != nil {
		return Invite{}, err
	}
	if routing.WorkspaceSID != a.WorkspaceSID {
		return Invite{}, Invalid("Routing workspace_sid %q does not exist", routing.WorkspaceSID)
	}
	if routing.WorkflowSID != a.Workflow.SID {
		return Invite{}, Invalid("Routing workflow_sid %q does not exist", routing.WorkflowSID)
	}
	channel := 0
	if routing.TaskChannel != "" {
		if channel = a.channel(routing.TaskChannel); channel < 0 {
			return Invite{}, Invalid("Routing task_channel_unique_name %q does not exist", routing.TaskChannel)
		}
	}
	attributes := map[string]any{"flexInteractionSid": i.sid, "flexInteractionChannelSid": i.channel}
	maps.Copy(attributes, routing.Attributes)
	text := formatAttributes(attributes)
	if err := checkAttributes(text); err != nil {
		return Invite{}, err
	}
	t := a.newTask(channel, text)
	return Invite{a.ids.next("KG"), i.sid, i.channel, a.taskView(t)}, nil
}
