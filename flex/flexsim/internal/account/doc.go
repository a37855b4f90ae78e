// Package account is the simulated account: its workspace, Workers, Tasks,
// Reservations, Interactions and Flex users, and the rules by which they
// change.
//
// It knows nothing of HTTP. Every method is one call to Twilio or one turn of
// the control door, takes the lock once, and gives out copies. What is refused
// comes back as an *Error in Twilio's numbers.
//
// Sources: https://www.twilio.com/docs/taskrouter/api and, for whatever no
// page says, the options (package option).
package account
