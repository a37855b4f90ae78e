// Package leaver is the state machine of one removal: a record with the time of
// each event, and the stage that follows from these times.
//
// It is a pure tool: no clock, no network, no log. [Record.Stage] and the methods
// of Record are the only code that interprets the times.
//
// The table shows the stage after an event; "-" means that the record does not
// change. A test reads the table from here.
//
//	stage     | stopped  | idle    | busy     | deleted | absent   | returned
//	requested | draining | -       | -        | removed | verified | cancelled
//	draining  | -        | drained | -        | removed | verified | cancelled
//	drained   | -        | -       | draining | removed | verified | cancelled
//	removed   | -        | -       | removed  | -       | verified | -
//	verified  | -        | -       | -        | -       | -        | -
//	cancelled | -        | -       | -        | -       | -        | -
package leaver
