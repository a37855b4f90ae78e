package flex

import "time"

// These constants are the limits of Twilio that our code relies on, as of 2026-11.
const (
	// MaxFriendlyName is the maximum length of a Worker's FriendlyName, in characters.
	// Source: https://www.twilio.com/docs/taskrouter/limits
	MaxFriendlyName = 64
	// MaxAttributes is the maximum length of a Worker's Attributes, in
	// characters, including white space. Source:
	// https://www.twilio.com/docs/taskrouter/limits
	MaxAttributes = 4096
	// MaxPageSize is the maximum number of entries in a page of a list.
	// Source: https://www.twilio.com/docs/taskrouter/api/worker
	MaxPageSize = 1000
	// MaxWorkers is the default maximum number of Workers in a Workspace.
	// Source: https://www.twilio.com/docs/taskrouter/limits
	MaxWorkers = 15000
	// InteractionsPerSecond is the limit on calls of each endpoint of the Interactions
	// API. Source: https://www.twilio.com/docs/api/errors/45780
	InteractionsPerSecond = 20
	// TaskLife is the time after which TaskRouter deletes an assigned Task.
	// Source: https://www.twilio.com/docs/taskrouter/lifecycle-task-state
	TaskLife = 24 * time.Hour
	// PausedTaskLife is the time after which Flex routes a paused Task to another
	// agent. Source: https://www.twilio.com/docs/flex/end-user-guide/email/task
	PausedTaskLife = 14 * 24 * time.Hour
)
