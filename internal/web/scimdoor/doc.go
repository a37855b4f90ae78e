// Package scimdoor is the HTTP surface for identity providers (IdPs). It serves
// SCIM below /scim/v2, and responds with SCIM errors to all requests that no
// other door gets.
//
//	door.go       | authentication before routing; errors and headers
//	routes.go     | every route
//	rate.go       | rate limits of connections, and of addresses without a valid token
//	openapi/      | the OpenAPI document
//	openapitest/  | a check of requests and responses against it, for tests
//
// For each request the door checks the token, then the rate limit; then it selects
// the route and decompresses the body. If the client's address has to wait, the
// door refuses the request and does not look up its token, unless this token was
// valid a moment ago. Each connection has its own routes and its own SCIM handler,
// so a handler does not have to check the caller's connection. Requests with a
// token of a person have other routes and another rate limit than requests with a
// token of an IdP.
package scimdoor
