package flex

// Worker is a Worker as Twilio reports it.
type Worker struct {
	SID          WorkerSID
	FriendlyName string
	Attributes   string // unchanged JSON text; "" if a list omits it
	ActivitySID  ActivitySID
	ActivityName string
	Available    bool   // the Worker gets new Tasks in this Activity
	ETag         string // "" if there is none
}

// Draft is a Worker to create. It will be offline.
type Draft struct {
	FriendlyName string
	Attributes   string // JSON text
}

// Change is a change of a Worker. Empty fields change nothing.
type Change struct {
	FriendlyName string
	Attributes   string // the complete JSON text, because Twilio replaces the old one
}

// Reservation binds a Worker to a Task.
// Source: https://www.twilio.com/docs/taskrouter/api/reservations
type Reservation struct {
	SID     ReservationSID
	TaskSID TaskSID
	Status  string // pending, accepted, wrapping, …
}

// Workspace has the SIDs of the account's Flex, from GET /v1/Configuration.
type Workspace struct {
	SID      WorkspaceSID
	Instance InstanceSID
	Offline  ActivitySID // the Activity in which Workers get no Tasks
}
