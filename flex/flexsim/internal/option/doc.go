// Package option holds the switches of the simulated Flex: every behaviour of
// Twilio that nobody outside Twilio knows, or that a test needs to turn.
//
// Each row is named in contract.md §4 of the project's references. A name or a
// value that is not in the table is refused, never ignored.
package option
