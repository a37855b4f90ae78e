package world

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
	}
	return "", "", false
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
