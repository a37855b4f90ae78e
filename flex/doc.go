// Package flex has the types of Twilio Flex and TaskRouter, such as Worker and
// Reservation, their limits, and the kinds of errors.
//
// It imports only the standard library and makes no calls; flex/flexhttp makes
// them.
//
// A Worker represents a person who gets Tasks
// (https://www.twilio.com/docs/taskrouter/api/worker). Flex has one Worker for each
// user, and the Worker's FriendlyName is the user's login name. A Worker's Activity
// determines whether the Worker gets Tasks. A Reservation binds a Worker to a Task.
// An account with Flex has exactly one Workspace.
package flex
