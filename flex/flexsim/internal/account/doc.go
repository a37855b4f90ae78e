// Package account is the simulated account: its Workspace, Workers, Tasks,
// Reservations, Interactions and Flex users, and the rules by which they
// change.
//
// It knows nothing of HTTP. Every method is one call to Twilio or to the control
// API. It takes the lock once and returns copies. A refusal is an *Error with
// Twilio's status and code.
//
// Sources: https://www.twilio.com/docs/taskrouter/api. What no page of Twilio
// says is an option (options.go).
//
//	file             | what
//	account.go       | Account, and what happens as time passes
//	configuration.go | Workspace, Activities, TaskChannels, TaskQueues, Workflow: they never change
//	workers.go       | Workers
//	workerlist.go    | lists of Workers, with Twilio's filters
//	channels.go      | Worker Channels
//	tasks.go         | Tasks
//	reservations.go  | Reservations
//	interactions.go  | Interactions
//	livework.go      | live work for a Worker, of the control API
//	users.go         | Flex users
//	provision.go     | the Flex Users API's Provision
//	login.go         | SSO logins
//	claims.go        | from SAML claims to attributes
//	options.go       | the options
//	page.go, sid.go  | pages of lists, SIDs
//	errors.go        | refusals, ETags
package account
