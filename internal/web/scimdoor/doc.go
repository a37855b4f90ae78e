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
// A request passes authentication, the rate limit, the routes and gzip, in this
// order. Each connection has separate routes and a separate SCIM handler, so a
// handler does not have to check the caller's connection. Tokens of people have
// other routes and another rate limit than tokens of IdPs.
package scimdoor
