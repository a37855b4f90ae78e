// Package flexhttp speaks with Twilio: TaskRouter and Flex over HTTP.
//
// It is line 1 and the only user of twilio-go. It decides nothing and retries
// nothing: a call comes to a value or to a [*flex.Error], whose Kind says what
// a caller can do. The only waiting is the pace's, before a call leaves.
//
// twilio-go's generated services write the requests; everything else is ours,
// as a client.BaseClient for each call (wire.go), because twilio-go v1.31.0
//
//   - deletes every "\.\d+" from the query of a GET or DELETE, so that a search
//     for john.123@example.com finds john@example.com,
//   - knows no context, and loses the headers of an error (Retry-After),
//   - does not close the body of an error answer, so that each costs a connection,
//   - takes 302 and an empty object for success, and fails on another date format.
//
// So the generated methods are handed an empty object, and the answer is read
// by structs of our own that hold only what we use (answer.go).
//
//	file            | what
//	client.go       | Config, New
//	wire.go         | one call: request, answer, who is told
//	errors.go       | the table of Twilio's refusals
//	answer.go       | from JSON to the words of package flex
//	pace.go         | concurrency, rate, pauses after a 429
//	pages.go        | lists, by next_page_url
//	workspace.go    | Discover
//	workers.go      | TaskRouter: Workers
//	reservations.go | TaskRouter: live work of a Worker
//	users.go        | FlexUsers: the same through the Flex Users API (v4, beta)
//	provision.go    | the body of a Provision
package flexhttp
