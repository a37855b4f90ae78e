// Package flexhttp calls Twilio's TaskRouter and Flex APIs over HTTP.
//
// It is the only user of twilio-go. A call waits for the limiter before it is sent.
// It returns a value or a [*flex.Error], whose Kind says what a caller can do. A
// call that fails is repeated only if that is safe (Config.Retries).
//
// twilio-go's generated services build the requests. Our own client.BaseClient, one
// for each call (call.go), does everything else, because twilio-go v1.31.0
//
//   - deletes every "\.\d+" from the query of a GET or DELETE, so that a search
//     for john.123@example.com finds john@example.com,
//   - has no context, and drops the headers of an error (Retry-After),
//   - does not close the body of an error response, so that each error costs a connection,
//   - treats 302 and an empty object as success, and fails on an unexpected date format.
//
// Therefore the generated methods get an empty JSON object instead of the response.
// Our own structs (response.go) decode the response; they have only the fields that
// we use.
//
//	file            | what
//	client.go       | Config, New
//	call.go         | one call: request, response, metrics
//	errors.go       | the table of Twilio's error responses
//	response.go     | from JSON to the types of package flex
//	limiter.go      | concurrency, rate, pauses after a 429
//	pages.go        | lists, by next_page_url
//	workspace.go    | Discover, and discovery at the first call
//	workers.go      | TaskRouter: Workers
//	reservations.go | TaskRouter: live work of a Worker
//	users.go        | FlexUsers: Workers through the Flex Users API (v4, beta)
//	provision.go    | the body of a Provision
package flexhttp
