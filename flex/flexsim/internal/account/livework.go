package account

// LiveWork is the request of the control API that gives a Worker a Task with a
// Reservation.
type LiveWork struct {
	WorkerSID   string            `json:"worker_sid"`
	Channel     string            `json:"channel"`     // unique name of a TaskChannel; "" means default
	Status      ReservationStatus `json:"status"`      // pending, accepted or wrapping; "" means pending
	Paused      bool              `json:"paused"`      // the agent has paused the Task; Status must be accepted
	Interaction bool              `json:"interaction"` // the Task belongs to a conversation of Flex Conversations
	Force       bool              `json:"force"`       // accept the request even if Workers get no Tasks in the Worker's Activity
}

// LiveWorkSIDs has the SIDs of the objects that AddLiveWork made. If it made no
// Interaction, InteractionSID is "".
type LiveWorkSIDs struct {
	TaskSID        string `json:"task_sid"`
	ReservationSID string `json:"reservation_sid"`
	InteractionSID string `json:"interaction_sid"`
}

// AddLiveWork makes a Task and its Reservation for a Worker. It ignores the
// capacity of the Worker's channel.
func (a *Account) AddLiveWork(work LiveWork) (LiveWorkSIDs, error) {
	a.lock()
	defer a.mu.Unlock()
	wk := a.bySID[work.WorkerSID]
	if wk == nil {
		return LiveWorkSIDs{}, NotFound("worker_sid " + work.WorkerSID)
	}
	if work.Channel == "" {
		work.Channel = "default"
	}
	channel := a.channel(work.Channel)
	if channel < 0 {
		return LiveWorkSIDs{}, Invalid("channel %q is not one of voice, chat, default, sms, email", work.Channel)
	}
	if work.Status == "" {
		work.Status = Pending
	}
	taskStatus, ok := liveTask[work.Status]
	if !ok {
		return LiveWorkSIDs{}, Invalid("status %q is not one of pending, accepted, wrapping", work.Status)
	}
	if work.Paused && work.Status != Accepted {
		return LiveWorkSIDs{}, Invalid("only accepted work can be paused, not %s", work.Status)
	}
	if !wk.activity.Available && !work.Force {
		return LiveWorkSIDs{}, Invalid(`worker %s is %s and takes no tasks: set another activity, or "force":true`, wk.SID, wk.activity.Name)
	}
	t := a.newTask(channel, "{}")
	t.paused = work.Paused
	r := a.reserve(t, wk, work.Status)
	a.setTask(t, taskStatus)
	done := LiveWorkSIDs{TaskSID: t.SID, ReservationSID: r.SID}
	if work.Interaction {
		done.InteractionSID = a.newInteraction(r).sid
	}
	return done, nil
}

// liveTask maps the state of a live Reservation to the state of its Task.
var liveTask = map[ReservationStatus]TaskStatus{Pending: TaskReserved, Accepted: TaskAssigned, Wrapping: TaskWrapping}

// FinishTask completes a Task, as the agent would. If the Task is already
// completed, nothing changes.
func (a *Account) FinishTask(taskSID string) error {
	a.lock()
	defer a.mu.Unlock()
	t := a.tasks[taskSID]
	switch {
	case t == nil:
		return NotFound("task " + taskSID)
	case t.Status == TaskCompleted:
		return nil
	case t.Status != TaskAssigned && t.Status != TaskWrapping:
		return Invalid("task %s is %s: only an assigned or wrapping task can be completed", taskSID, t.Status)
	}
	a.finish(t)
	return nil
}
