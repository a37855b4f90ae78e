package world

import (
	"slices"
	"time"

	"github.com/flexscim/flexscim/flex"
)

// TaskStatus is the state of a Task.
//
//	pending → reserved → assigned → wrapping → completed
//	pending, reserved → canceled; assigned → completed; reserved → pending
type TaskStatus string

// The states.
const (
	TaskPending   TaskStatus = "pending"
	TaskReserved  TaskStatus = "reserved"
	TaskAssigned  TaskStatus = "assigned"
	TaskWrapping  TaskStatus = "wrapping"
	TaskCompleted TaskStatus = "completed"
	TaskCanceled  TaskStatus = "canceled"
)

// endedTaskLife is how long a completed or canceled Task can still be read.
// Source: https://www.twilio.com/docs/taskrouter/lifecycle-task-state
const endedTaskLife = 5 * time.Minute

// Task is a copy of a Task.
type Task struct {
	SID, Attributes, Reason string
	Status                  TaskStatus
	Priority                int
	Channel                 TaskChannel
	Version                 int
	Created, Updated        time.Time
}

// TaskChange is what to write on a Task; nil and "" stay as they are.
type TaskChange struct {
	Status     TaskStatus
	Reason     string
	Attributes *string
	Priority   *int
	Channel    string // a TaskChannel's unique name or SID
}

type task struct {
	Task
	channel     int          // index of the TaskChannel
	entered     time.Time    // when it came into its state
	reservation *reservation // the live one, or the last
	past        []*reservation
}

func (w *World) taskView(t *task) Task {
	v := t.Task
	v.Channel = w.TaskChannels[t.channel]
	return v
}

func (w *World) newTask(channel int, attributes string) *task {
	now := w.time()
	t := &task{
		Task:    Task{SID: w.ids.Next("WT"), Attributes: attributes, Status: TaskPending, Created: now, Updated: now},
		channel: channel,
	}
	w.tasks[t.SID] = t
	return t
}

func (w *World) setTask(t *task, status TaskStatus) {
	t.Status = status
	t.Version++
	t.Updated = w.time()
	t.entered = t.Updated
	if life, ok := status.life(); ok {
		w.at(t.entered.Add(life))
	}
}

// life is how long a Task stays in a state before TaskRouter deletes it.
func (s TaskStatus) life() (time.Duration, bool) {
	switch s {
	case TaskAssigned, TaskWrapping:
		return flex.TaskLife, true
	case TaskCompleted, TaskCanceled:
		return endedTaskLife, true
	default:
		return 0, false
	}
}

func (w *World) wrap(t *task) {
	w.setTask(t, TaskWrapping)
	if r := t.reservation; r != nil && r.Status == Accepted {
		w.setReservation(r, Wrapping)
	}
}

func (w *World) finish(t *task) {
	w.setTask(t, TaskCompleted)
	if r := t.reservation; r != nil && r.Status.Live() {
		w.setReservation(r, Completed)
	}
}

func (w *World) cancel(t *task) {
	w.setTask(t, TaskCanceled)
	if r := t.reservation; r != nil && r.Status.Live() {
		w.setReservation(r, Canceled)
	}
}

// Task returns the Task with this SID.
func (w *World) Task(sid string) (Task, error) {
	w.lock()
	defer w.mu.Unlock()
	t := w.tasks[sid]
	if t == nil {
		return Task{}, NotFound(sid)
	}
	return w.taskView(t), nil
}

// UpdateTask writes a Task, all of change or nothing. If-Match always counts:
// https://www.twilio.com/docs/usage/mutation-and-conflict-resolution
func (w *World) UpdateTask(sid string, change TaskChange, ifMatch string) (Task, error) {
	w.lock()
	defer w.mu.Unlock()
	t := w.tasks[sid]
	if t == nil {
		return Task{}, NotFound(sid)
	}
	if err := w.match(t.Version, ifMatch); err != nil {
		return Task{}, err
	}
	channel, err := w.checkTask(t, change)
	if err != nil {
		return Task{}, err
	}
	t.channel = channel
	if change.Attributes != nil {
		t.Attributes = *change.Attributes
	}
	if change.Priority != nil {
		t.Priority = *change.Priority
	}
	if change.Reason != "" {
		t.Reason = change.Reason
	}
	w.moveTask(t, change.Status)
	return w.taskView(t), nil
}

// checkTask says whether t can become what change asks for, and on which
// channel.
func (w *World) checkTask(t *task, change TaskChange) (channel int, err error) {
	channel = t.channel
	if change.Channel != "" {
		if channel = w.channel(change.Channel); channel < 0 {
			return 0, Invalid("TaskChannel %s does not exist", change.Channel)
		}
	}
	if change.Attributes != nil {
		if err := checkAttributes(*change.Attributes); err != nil {
			return 0, err
		}
	}
	return channel, t.checkMove(change.Status, change.Reason)
}

// moves is what AssignmentStatus can be set to, from where.
var moves = map[TaskStatus]struct { // :: to → from, and Twilio's words elsewhere
	states  []TaskStatus
	refusal string
}{
	TaskWrapping:  {[]TaskStatus{TaskAssigned}, "Cannot wrap up task %s because it's not currently assigned"},
	TaskCompleted: {[]TaskStatus{TaskAssigned, TaskWrapping}, "Cannot complete task %s because it is not assigned or wrapping"},
	TaskCanceled:  {[]TaskStatus{TaskPending, TaskReserved}, "Cannot cancel task %s because it is not pending or reserved."},
}

func (t *task) checkMove(status TaskStatus, reason string) error {
	if status == "" {
		return nil
	}
	from, known := moves[status]
	switch {
	case !known:
		return Invalid("AssignmentStatus of task %s cannot be set to %s", t.SID, status)
	case !slices.Contains(from.states, t.Status):
		return Invalid(from.refusal, t.SID)
	case status != TaskWrapping && reason == "":
		return Invalid("Reason is required when a task is canceled or completed")
	}
	return nil
}

func (w *World) moveTask(t *task, status TaskStatus) {
	switch status {
	case TaskWrapping:
		w.wrap(t)
	case TaskCompleted:
		w.finish(t)
	case TaskCanceled:
		w.cancel(t)
	default:
		t.Version++
		t.Updated = w.time()
	}
}
