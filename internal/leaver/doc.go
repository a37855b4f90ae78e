// Package leaver is the state machine of one removal: a record, whose times
// prove what happened, and the stage that follows from them.
//
// It is a pure tool: no clock, no network, no log. Whoever must know how far a
// leaver is asks [Record.Stage] or a method beside it.
//
// An event takes a record to a stage; "-" leaves the record as it is. A test
// reads this table from here.
//
//	stage     | stopped  | idle    | busy     | deleted | absent   | returned
//	requested | draining | -       | -        | removed | verified | cancelled
//	draining  | -        | drained | -        | removed | verified | cancelled
//	drained   | -        | -       | draining | removed | verified | cancelled
//	removed   | -        | -       | removed  | -       | verified | -
//	verified  | -        | -       | -        | -       | -        | -
//	cancelled | -        | -       | -        | -       | -        | -
package leaver
