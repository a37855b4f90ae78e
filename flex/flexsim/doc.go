// Package flexsim is a simulated Twilio Flex: the TaskRouter and Flex paths that
// flexscim calls, on one host, with the state behind them. It is part of the
// product: `flexscim sandbox` starts it.
//
// It imitates what Twilio documents; whatever no page says is an option
// (POST /_sim/options) with a default, so that a test can try each value. The
// rules of the account live in internal/world; this package speaks HTTP.
//
// Tests and demonstrations turn it by the control door, /_sim/…, or by the
// methods of Simulator that stand behind it. Faults never strike that door.
package flexsim
