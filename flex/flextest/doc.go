// Package flextest is the simulated Flex for tests: a server whose every
// request and every answer is checked against Twilio's OpenAPI documents, and
// that fails the test which sent something that Twilio does not have.
//
// It is for _test.go files only. The documents are read from
// ../shared/twilio-oai beside the module; without them nothing is checked, and
// the test says so.
//
// What those documents do not hold is checked by hand or not at all:
//
//   - /v4/Instances/{GO}/Users and below, /v1/Instances/{GO}/Users: the Flex
//     Users API, https://www.twilio.com/docs/flex/developer/user-management/flex-users-api;
//     the members that a request and an answer need.
//   - The length of FriendlyName (64) and Attributes (4,096), in characters:
//     https://www.twilio.com/docs/taskrouter/limits
//   - Errors: the four members of https://www.twilio.com/docs/usage/twilios-response;
//     the documents declare no status of 400 and above. HTML is let through
//     with 5xx, as what stands before an API answers.
//   - Twilio-Request-Id and Twilio-Concurrent-Requests, the latter from
//     https://www.twilio.com/docs/api/errors/20429: not checked.
package flextest
