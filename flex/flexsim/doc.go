// Package flexsim is a simulated Twilio Flex: a stateful HTTP handler with the
// TaskRouter and Flex paths that flexscim calls, all on one host. It is part of the
// product, because `flexscim sandbox` starts it.
//
// The simulator behaves as Twilio documents. Undocumented behaviour is an option
// (POST /_sim/options) with a default, so that tests can try each value. The
// package internal/account simulates the account, and package flexsim handles HTTP.
//
// Tests and demonstrations change the state of the account through the control API,
// /_sim/…, or through the methods of Simulator. Faults do not apply to the control
// API.
package flexsim
