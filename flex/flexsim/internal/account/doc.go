// Package account simulates an account: its Workspace, Workers, Tasks,
// Reservations, Interactions and Flex users, and the rules by which they change.
//
// This package does not depend on HTTP. Each method corresponds to one call to
// Twilio or to the control API. A method locks the account once and returns copies.
// A refusal is an *Error with Twilio's status and code.
//
// Source: https://www.twilio.com/docs/taskrouter/api. Undocumented behaviour is an
// option (options.go).
package account
