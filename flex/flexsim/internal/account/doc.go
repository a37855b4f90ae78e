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
package account
