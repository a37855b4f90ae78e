// Package flextest is the simulated Flex for tests: a server that checks every
// request and response against Twilio's OpenAPI documents, and fails the test
// that sent something they do not allow.
//
// It is for _test.go files only. It reads the documents from
// ../shared/twilio-oai beside the module. Without them it checks nothing, and
// logs that.
//
// The documents do not contain the following (manualchecks.go):
//
//   - /v4/Instances/{GO}/Users and below, /v1/Instances/{GO}/Users: the Flex
//     Users API, https://www.twilio.com/docs/flex/developer/user-management/flex-users-api;
//     it checks the members that requests and responses need.
//   - The length of FriendlyName (64) and Attributes (4,096), in characters:
//     https://www.twilio.com/docs/taskrouter/limits
//   - Errors: the four members of https://www.twilio.com/docs/usage/twilios-response;
//     the documents have no status of 400 and above. With 5xx, HTML is
//     allowed: a proxy in front of an API sends it.
//   - Twilio-Request-Id and Twilio-Concurrent-Requests, the latter from
//     https://www.twilio.com/docs/api/errors/20429: it does not check them.
package flextest
