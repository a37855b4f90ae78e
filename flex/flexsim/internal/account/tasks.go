package account

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

// endedTaskLife is the time after which a completed or canceled Task is deleted.
// Source: https://www.twilio.com/docs/taskrouter/lifecycle-task-state
const endedTaskLife = 5 * time.Minute

// Task is a copy of the state of a Task.
type Task struct {
	SID, Attributes, Reason string
	Status                  TaskStatus
	Priority                int
	Channel                 TaskChannel
	Version                 int
	Created, Updated        time.Time
}

// TaskChange is a change of a Task. Fields that are nil or "" change nothing.
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
	paused      bool         // the agent has paused the Task
	entered     time.Time    // when the Task changed to its current state
	reservation *reservation // the live Reservation; if there is none, the last Reservation
	past        []*reservation
}

func (a *Account) taskView(t *task) Task {
	v := t.Task
	v.Channel = a.TaskChannels[t.channel]
	return v
}

func (a *Account) newTask(channel int, attributes string) *task {
	now := a.time()
	t := &task{
		Task:    Task{SID: a.ids.next("WT"), Attributes: attributes, Status: TaskPending, Created: now, Updated: now},
		channel: channel,
	}
	a.tasks[t.SID] = t
	return t
}

func (a *Account) setTask(t *task, status TaskStatus) {
	t.Status = status
	t.Version++
	t.Updated = a.time()
	t.entered = t.Updated
	if life, ok := t.life(); ok {
		a.expireAt(t.entered.Add(life))
	}
}

// isPaused reports whether the Task is assigned to an agent who has paused it.
func (t *task) isPaused() bool { return t.paused && t.Status == TaskAssigned }

// life returns the time for which the Task can stay in its state before TaskRouter
// deletes it. A paused Task is not deleted after that time, but becomes pending
// again.
func (t *task) life() (time.Duration, bool) {
	switch {
	case t.isPaused():
		return flex.PausedTaskLife, true
	case t.Status == TaskAssigned, t.Status == TaskWrapping:
		return flex.TaskLife, true
	case t.Status == TaskCompleted, t.Status == TaskCanceled:
		return endedTaskLife, true
	default:
		return 0, false
	}
}

func (a *Account) wrap(t *task) {
	a.setTask(t, TaskWrapping)
	if r := t.reservation; r != nil && r.Status == Accepted {
		a.setReservation(r, Wrapping)
	}
}

func (a *Account) finish(t *task) {
	a.setTask(t, TaskCompleted)
	if r := t.reservation; r != nil && r.Status.Live() {
		a.setReservation(r, Completed)
	}
}

func (a *Account) cancel(t *task) {
	a.setTask(t, TaskCanceled)
	if r := t.reservation; r != nil && r.Status.Live() {
		a.setReservation(r, Canceled)
	}
}

// Task returns the Task with this SID.
func (a *Account) Task(sid string) (Task, error) {
	a.lock()
	defer a.mu.Unlock()
	t := a.tasks[sid]
	if t == nil {
		return Task{}, NotFound(sid)
	}
	return a.taskView(t), nil
}

// UpdateTask changes a Task. If it returns an error, the Task has not changed.
// UpdateTask always checks If-Match:
// https://www.twilio.com/docs/usage/mutation-and-conflict-resolution
func (a *Account) UpdateTask(sid string, change TaskChange, ifMatch string) (Task, error) {
	a.lock()
	defer a.mu.Unlock()
	t := a.tasks[sid]
	if t == nil {
		return Task{}, NotFound(sid)
	}
	if err := a.match(t.Version, ifMatch); err != nil {
		return Task{}, err
	}
	channel, err := a.checkTask(t, change)
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
	a.moveTask(t, change.Status)
	return a.taskView(t), nil
}

// checkTask returns the index of the TaskChannel after the change, or an error if
// the change is invalid.
func (a *Account) checkTask(t *task, change TaskChange) (channel int, err error) {
	channel = t.channel
	if change.Channel != "" {
		if channel = a.channel(change.Channel); channel < 0 {
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

// moves has, for each state of a Task, the states from which a Task can change to
// it.
var moves = map[TaskStatus]struct {
	states  []TaskStatus
	refusal string // Twilio's error if the Task is in any other state
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

func (a *Account) moveTask(t *task, status TaskStatus) {
	switch status {
	case TaskWrapping:
		a.wrap(t)
	case TaskCompleted:
		a.finish(t)
	case TaskCanceled:
		a.cancel(t)
	default:
		t.Version++
		t.Updated = a.time()
	}
}
