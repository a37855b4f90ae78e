// Package flexhttp calls Twilio's TaskRouter and Flex APIs over HTTP.
//
// It is the only user of twilio-go. It decides nothing and retries nothing: a
// call returns a value or a [*flex.Error], whose Kind says what a caller can do.
// A call waits only for the limiter, before it is sent.
//
// twilio-go's generated services build the requests. Everything else is done by a
// client.BaseClient of our own, one for each call (call.go), because twilio-go
// v1.31.0
//
//   - deletes every "\.\d+" from the query of a GET or DELETE, so that a search
//     for john.123@example.com finds john@example.com,
//   - has no context, and drops the headers of an error (Retry-After),
//   - does not close the body of an error response, so that each costs a connection,
//   - takes 302 and an empty object for success, and fails on another date format.
//
// So the generated methods get an empty object, and our own structs, with only the
// fields that we use, decode the response (response.go).
//
//	file            | what
//	client.go       | Config, New
//	call.go         | one call: request, response, metrics
//	errors.go       | the table of Twilio's error responses
//	response.go     | from JSON to the types of package flex
//	limiter.go      | concurrency, rate, pauses after a 429
//	pages.go        | lists, by next_page_url
//	workspace.go    | Discover, at the first call or when asked
//	workers.go      | TaskRouter: Workers
//	reservations.go | TaskRouter: live work of a Worker
//	users.go        | FlexUsers: the same through the Flex Users API (v4, beta)
//	provision.go    | the body of a Provision
package flexhttp
