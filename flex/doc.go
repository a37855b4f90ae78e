// Package flex has the types of Twilio Flex and TaskRouter: Worker, Activity,
// Reservation, their limits, and the kinds of errors.
//
// It imports the standard library only and makes no calls: flex/flexhttp does.
//
// A Worker represents somebody who takes Tasks
// (https://www.twilio.com/docs/taskrouter/api/worker). Flex has one for
// each user; its FriendlyName is the user's login name. A Worker is in an
// Activity, in which it takes Tasks or not. A Reservation binds a Worker to a
// Task. An account with Flex has exactly one Workspace.
package flex
