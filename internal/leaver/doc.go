// Package leaver has the state machine for the removal of one leaver's Worker. A
// record has the time of each event, and these times determine the stage.
//
// The package uses no clock, network or log; its results depend only on the
// arguments. Only the methods of Record, such as [Record.Stage], interpret the
// times.
//
// The table shows the stage after each event; "-" means that the record does
// not change. A test reads this table.
//
//	stage     | stopped  | idle    | busy     | deleted | absent   | present | returned
//	requested | draining | -       | -        | removed | verified | -       | cancelled
//	draining  | -        | drained | -        | removed | verified | -       | cancelled
//	drained   | -        | -       | draining | removed | verified | -       | cancelled
//	removed   | -        | -       | removed  | -       | verified | drained | -
//	verified  | -        | -       | -        | -       | -        | -       | -
//	cancelled | -        | -       | -        | -       | -        | -       | -
package leaver
