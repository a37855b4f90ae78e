package flex

// Worker is a Worker as Twilio reports it.
type Worker struct {
	SID          WorkerSID
	FriendlyName string
	Attributes   string // JSON text, byte for byte as it came; "" where a list left it out
	ActivitySID  ActivitySID
	ActivityName string
	Available    bool   // the Activity's: takes new tasks
	ETag         string // "" where none came
}

// Draft is a Worker that does not exist yet. It starts offline.
type Draft struct {
	FriendlyName string
	Attributes   string // JSON text
}

// Change is what to write on an existing Worker; an empty field stays as it is.
type Change struct {
	FriendlyName string
	Attributes   string // the whole JSON text: Twilio replaces it
}

// Reservation binds a Worker to a Task.
// Source: https://www.twilio.com/docs/taskrouter/api/reservations
type Reservation struct {
	SID     ReservationSID
	TaskSID TaskSID
	Status  string // pending, accepted, wrapping, …
}

// Workspace is what one GET /v1/Configuration tells about the account's Flex.
type Workspace struct {
	SID      WorkspaceSID
	Instance InstanceSID
	Offline  ActivitySID // the Activity that takes no tasks
}
