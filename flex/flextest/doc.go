// Package flextest runs the simulated Flex for tests. Its server checks every
// request and response against Twilio's OpenAPI documents. If a request or a
// response violates the documents, the test fails.
//
// Only _test.go files import this package. It reads the documents from
// ../shared/twilio-oai, next to the module. If the documents are missing, it logs
// that it checks nothing.
//
// The documents do not describe the following. The file manualchecks.go checks it,
// except where this list says otherwise:
//
//   - /v4/Instances/{GO}/Users and below, /v1/Instances/{GO}/Users: the Flex
//     Users API, https://www.twilio.com/docs/flex/developer/user-management/flex-users-api;
//     only the required members are checked.
//   - The length of FriendlyName (64) and Attributes (4,096), in characters:
//     https://www.twilio.com/docs/taskrouter/limits
//   - Errors: the four members of https://www.twilio.com/docs/usage/twilios-response;
//     the documents have no status of 400 or above. With 5xx, HTML is
//     allowed, because proxies in front of an API send it.
//   - The headers Twilio-Request-Id and Twilio-Concurrent-Requests; the second is
//     described in https://www.twilio.com/docs/api/errors/20429. They are not checked.
package flextest
