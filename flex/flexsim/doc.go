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
package flexsim
