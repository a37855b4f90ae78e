package flex

import "strings"

// Worker is a Worker as Twilio reports it.
type Worker struct {
	SID          WorkerSID
	FriendlyName string
	Attributes   string // unchanged JSON text; "" if Twilio did not show the attributes
	ActivitySID  ActivitySID
	ActivityName string
	Available    bool   // whether the Worker gets new Tasks in this Activity
	ETag         string // "" if Twilio sent no ETag
}

// ShowsName reports whether the Worker's FriendlyName is the name that was written,
// either unchanged or in lower case. Twilio documents only that comparisons of
// names ignore case.
// Source: https://www.twilio.com/docs/taskrouter/api/worker
func (w Worker) ShowsName(written string) bool {
	return w.FriendlyName == written || w.FriendlyName == strings.ToLower(written)
}

// Draft describes a Worker to create. The new Worker will be offline.
type Draft struct {
	FriendlyName string
	Attributes   string // JSON text
}

// Change is a change of a Worker. Empty fields change nothing.
type Change struct {
	FriendlyName string
	Attributes   string // the complete JSON text, because Twilio replaces the old text
}

// Reservation binds a Worker to a Task.
// Source: https://www.twilio.com/docs/taskrouter/api/reservations
type Reservation struct {
	SID     ReservationSID
	TaskSID TaskSID
	Status  string // pending, accepted, wrapping, …
}

// Channel is a Worker Channel: the Tasks of one kind, such as chat, that a Worker
// takes. Twilio does not document whether the field Assigned counts paused Tasks;
// it is 0 if Twilio's response lacks it.
// Source: https://www.twilio.com/docs/taskrouter/api/worker-channel
type Channel struct {
	SID       ChannelSID `json:"-"`
	Name      string     `json:"name"`     // unique name of the TaskChannel
	Capacity  int        `json:"capacity"` // concurrent Tasks
	Available bool       `json:"available"`
	Assigned  int        `json:"-"` // assigned_tasks
}

// Workspace has the SIDs that GET /v1/Configuration returns for an account with
// Flex.
type Workspace struct {
	SID      WorkspaceSID
	Instance InstanceSID
	Offline  ActivitySID // the Activity in which Workers get no Tasks
}
