// Package flex holds the words of Twilio Flex and TaskRouter: Worker,
// Activity, Reservation, their limits, and what can go wrong.
//
// It is line 0: the standard library is all that it imports, and it never
// calls anybody (flex/flexhttp does).
//
// A Worker is TaskRouter's record of somebody who takes tasks
// (https://www.twilio.com/docs/taskrouter/api/worker). Flex keeps one for
// each user, named by the user's login name (FriendlyName). An Activity says
// whether a Worker takes tasks at all; a Reservation binds one to a Task. Flex
// has exactly one Workspace.
package flex
