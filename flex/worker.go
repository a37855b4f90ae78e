package flex

// Worker is a Worker as Twilio reports it.
type Worker struct {
	SID          WorkerSID
	FriendlyName string
	Attributes   string // JSON text, byte for byte as it came; "" if a list omits it
	ActivitySID  ActivitySID
	ActivityName string
	Available    bool   // the Activity's: takes new Tasks
	ETag         string // "": none
}

// Draft is a Worker to create. It will be offline.
type Draft struct {
	FriendlyName string
	Attributes   string // JSON text
}

// Change is a change of a Worker. Empty fields change nothing.
type Change struct {
	FriendlyName string
	Attributes   string // the complete JSON text: Twilio replaces it
}

// Reservation binds a Worker to a Task.
// Source: https://www.twilio.com/docs/taskrouter/api/reservations
type Reservation struct {
	SID     ReservationSID
	TaskSID TaskSID
	Status  string // pending, accepted, wrapping, …
}

// Workspace has the SIDs of the account's Flex, as in GET /v1/Configuration.
type Workspace struct {
	SID      WorkspaceSID
	Instance InstanceSID
	Offline  ActivitySID // the Activity that takes no Tasks
}
