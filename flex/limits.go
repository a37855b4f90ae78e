package flex

import "time"

// Twilio's limits that we rely on, as of 2026-11.
const (
	// MaxFriendlyName is the length of a Worker's FriendlyName, in characters.
	// Source: https://www.twilio.com/docs/taskrouter/limits
	MaxFriendlyName = 64
	// MaxAttributes is the length of a Worker's Attributes, in characters,
	// white space included. Source: https://www.twilio.com/docs/taskrouter/limits
	MaxAttributes = 4096
	// MaxPageSize is the largest page of a list.
	// Source: https://www.twilio.com/docs/taskrouter/api/worker
	MaxPageSize = 1000
	// MaxWorkers is the default number of Workers of a Workspace.
	// Source: https://www.twilio.com/docs/taskrouter/limits
	MaxWorkers = 15000
	// TaskLife is the time after which TaskRouter deletes an assigned Task.
	// Source: https://www.twilio.com/docs/taskrouter/lifecycle-task-state
	TaskLife = 24 * time.Hour
)
