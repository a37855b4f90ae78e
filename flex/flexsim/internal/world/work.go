package world

import (
	"slices"

	"github.com/flexscim/flexscim/flex/flexsim/internal/claim"
)

// Work is what the control door asks for: live work on a Worker.
type Work struct {
	WorkerSID   string            `json:"worker_sid"`
	Channel     string            `json:"channel"`     // unique name of a TaskChannel; "" means default
	Status      ReservationStatus `json:"status"`      // pending, accepted or wrapping; "" means pending
	Interaction bool              `json:"interaction"` // a conversation of Flex Conversations
	Force       bool              `json:"force"`       // even where the Activity takes no Tasks
}

// WorkDone names what AddWork made; InteractionSID is "" without one.
type WorkDone struct {
	TaskSID        string `json:"task_sid"`
	ReservationSID string `json:"reservation_sid"`
	InteractionSID string `json:"interaction_sid"`
}

// AddWork gives a Worker a Task. It does not look at the channel's capacity.
func (w *World) AddWork(work Work) (WorkDone, error) {
	w.lock()
	defer w.mu.Unlock()
	k := w.bySID[work.WorkerSID]
	if k == nil {
		return WorkDone{}, NotFound("worker_sid " + work.WorkerSID)
	}
	if work.Channel == "" {
		work.Channel = "default"
	}
	channel := w.channel(work.Channel)
	if channel < 0 {
		return WorkDone{}, Invalid("channel %q is not one of voice, chat, default, sms, email", work.Channel)
	}
	taskStatus, status, ok := work.states()
	if !ok {
		return WorkDone{}, Invalid("status %q is not one of pending, accepted, wrapping", work.Status)
	}
	if !k.activity.Available && !work.Force {
		return WorkDone{}, Invalid(`worker %s is %s and takes no tasks: set another activity, or "force":true`, k.SID, k.activity.Name)
	}
	t := w.newTask(channel, "{}")
	r := w.reserve(t, k, status)
	w.setTask(t, taskStatus)
	done := WorkDone{TaskSID: t.SID, ReservationSID: r.SID}
	if work.Interaction {
		done.InteractionSID = w.newInteraction(r).sid
	}
	return done, nil
}

func (work Work) states() (TaskStatus, ReservationStatus, bool) {
	switch work.Status {
	case "", Pending:
		return TaskReserved, Pending, true
	case Accepted:
		return TaskAssigned, Accepted, true
	case Wrapping:
		return TaskWrapping, Wrapping, true
	default:
		return "", "", false
	}
}

// FinishWork is the agent's end of a Task. Ending it again changes nothing.
func (w *World) FinishWork(taskSID string) error {
	w.lock()
	defer w.mu.Unlock()
	t := w.tasks[taskSID]
	switch {
	case t == nil:
		return NotFound("task " + taskSID)
	case t.Status == TaskCompleted:
		return nil
	case t.Status != TaskAssigned && t.Status != TaskWrapping:
		return Invalid("task %s is %s: only an assigned or wrapping task can be completed", taskSID, t.Status)
	}
	w.finish(t)
	return nil
}

// Participant is a copy of a participant of an Interaction's channel.
type Participant struct {
	SID, Type, InteractionSID, ChannelSID string
	TaskSID, WorkerSID, ReservationSID    string // an agent's; else ""
}

// Invite is a Task that looks for another agent.
type Invite struct {
	SID, InteractionSID, ChannelSID string
	Task                            Task
}

// interaction is one conversation with a customer, on its one channel.
type interaction struct {
	sid, channel string
	participants []*participant
}

type participant struct {
	Participant
	task *task // an agent's; else nil
}

// newInteraction makes a conversation between a customer and r's Worker, and
// writes it on r's Task as Flex does.
func (w *World) newInteraction(r *reservation) *interaction {
	i := &interaction{sid: w.ids.Next("KD"), channel: w.ids.Next("UO")}
	agent := &participant{task: r.task, Participant: Participant{
		SID: w.ids.Next("UT"), Type: "agent", InteractionSID: i.sid, ChannelSID: i.channel,
		TaskSID: r.TaskSID, WorkerSID: r.WorkerSID, ReservationSID: r.SID,
	}}
	customer := &participant{Participant: Participant{
		SID: w.ids.Next("UT"), Type: "customer", InteractionSID: i.sid, ChannelSID: i.channel,
	}}
	i.participants = []*participant{agent, customer}
	w.interactions[i.sid] = i
	r.task.Attributes = claim.Format(map[string]any{
		"flexInteractionSid": i.sid, "flexInteractionChannelSid": i.channel,
	})
	return i
}

func (w *World) interaction(sid, channel string) (*interaction, error) {
	i := w.interactions[sid]
	if i == nil {
		return nil, NotFound(sid)
	}
	if i.channel != channel {
		return nil, NotFound(channel)
	}
	return i, nil
}

// Participants lists who takes part on an Interaction's channel.
func (w *World) Participants(interactionSID, channelSID string) ([]Participant, error) {
	w.lock()
	defer w.mu.Unlock()
	i, err := w.interaction(interactionSID, channelSID)
	if err != nil {
		return nil, err
	}
	all := make([]Participant, 0, len(i.participants))
	for _, p := range i.participants {
		all = append(all, p.Participant)
	}
	return all, nil
}

// Participant returns one of those who take part.
func (w *World) Participant(interactionSID, channelSID, sid string) (Participant, error) {
	return w.onParticipant(interactionSID, channelSID, sid, func(*participant) error { return nil })
}

// UpdateParticipant sets an agent's part to "closed" (the Task is completed, the
// channel and the customer stay) or "wrapup". Doing so again changes nothing.
func (w *World) UpdateParticipant(interactionSID, channelSID, sid, status string) (Participant, error) {
	return w.onParticipant(interactionSID, channelSID, sid, func(p *participant) error {
		switch {
		case status != "closed" && status != "wrapup":
			return Invalid("Status %q is not one of closed, wrapup", status)
		case p.task == nil:
			return Invalid("Participant %s is a %s: only an agent's can be set to %s", sid, p.Type, status)
		case status == "wrapup" && p.task.Status == TaskAssigned:
			w.wrap(p.task)
		case status == "closed" && (p.task.Status == TaskAssigned || p.task.Status == TaskWrapping):
			w.finish(p.task)
		case status == "closed" && (p.task.Status == TaskPending || p.task.Status == TaskReserved):
			w.cancel(p.task)
		}
		return nil
	})
}

func (w *World) onParticipant(interactionSID, channelSID, sid string, do func(*participant) error) (Participant, error) {
	w.lock()
	defer w.mu.Unlock()
	i, err := w.interaction(interactionSID, channelSID)
	if err != nil {
		return Participant{}, err
	}
	n := slices.IndexFunc(i.participants, func(p *participant) bool { return p.SID == sid })
	if n < 0 {
		return Participant{}, NotFound(sid)
	}
	return i.participants[n].Participant, do(i.participants[n])
}

// Routing is where an Invite sends its Task.
type Routing struct {
	WorkspaceSID, WorkflowSID string
	TaskChannel               string // unique name; "" means default
	Attributes                map[string]any
}

// Invite makes a pending Task for an Interaction's channel. It carries the
// attributes of routing only, never those of an earlier Task.
func (w *World) Invite(interactionSID, channelSID string, routing Routing) (Invite, error) {
	w.lock()
	defer w.mu.Unlock()
	i, err := w.interaction(interactionSID, channelSID)
	if err != nil {
		return Invite{}, err
	}
	if routing.WorkspaceSID != w.Workspace {
		return Invite{}, Invalid("Routing workspace_sid %q does not exist", routing.WorkspaceSID)
	}
	if routing.WorkflowSID != w.Workflow.SID {
		return Invite{}, Invalid("Routing workflow_sid %q does not exist", routing.WorkflowSID)
	}
	channel := 0
	if routing.TaskChannel != "" {
		if channel = w.channel(routing.TaskChannel); channel < 0 {
			return Invite{}, Invalid("Routing task_channel_unique_name %q does not exist", routing.TaskChannel)
		}
	}
	attributes := map[string]any{"flexInteractionSid": i.sid, "flexInteractionChannelSid": i.channel}
	for key, value := range routing.Attributes {
		attributes[key] = value
	}
	text := claim.Format(attributes)
	if err := checkAttributes(text); err != nil {
		return Invite{}, err
	}
	t := w.newTask(channel, text)
	return Invite{w.ids.Next("KG"), i.sid, i.channel, w.taskView(t)}, nil
}
