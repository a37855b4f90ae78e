// Package flexsim is a simulated Twilio Flex: the TaskRouter and Flex paths that
// flexscim calls, on one host, with the state behind them. It is part of the
// product: `flexscim sandbox` starts it.
//
// It imitates what Twilio documents. What no page of Twilio says is an option
// (POST /_sim/options) with a default, so that a test can try each value. The
// rules of the account live in internal/account; this package speaks HTTP.
//
// Tests and demonstrations change its state through the control paths, /_sim/…,
// or through the methods of Simulator behind them. Faults never apply there.
//
//	file            | what
//	simulator.go    | Simulator and its methods
//	routes.go       | Twilio's paths, with their parameters
//	serve.go        | around each call: log, credentials, concurrency
//	call.go         | one call: parameters and response
//	page.go         | pages of lists
//	workspace.go    | configuration, Workspace, Activities, TaskChannels, TaskQueues, Workflows
//	workers.go      | Workers
//	tasks.go        | Worker Channels, Reservations, Tasks
//	interactions.go | Interactions: participants, invites
//	users.go        | Flex users: v1, v2 and v4 of the API
//	control.go      | /_sim/…
//	faults.go       | which request fails, and how
//	requests.go     | the requests that came
package flexsim
