// Package flexsim is a simulated Twilio Flex: a stateful HTTP handler with the
// TaskRouter and Flex paths that flexscim calls, all on one host. It is part of the
// product, because `flexscim sandbox` starts it.
//
// It behaves as Twilio documents. Undocumented behaviour is an option (POST
// /_sim/options) with a default, so that tests can try each value. Package
// internal/account simulates the account, and this package handles HTTP.
//
// Tests and demonstrations change its state through the control API, /_sim/…, or
// through the methods of Simulator. Faults do not apply to the control API.
package flexsim
