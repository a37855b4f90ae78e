// Package scimdoor is the HTTP surface for identity providers (IdPs): SCIM
// below /scim/v2, with SCIM errors for everything that no other door takes.
//
//	door.go       | authentication before routing; errors and headers
//	routes.go     | every route
//	rate.go       | how many requests a connection may send, and an address without a valid token
//	openapi/      | the OpenAPI document
//	openapitest/  | a check of requests and responses against it, for tests
//
// A request passes authentication, the rate limit, the routes, and gzip. Each
// connection has separate routes and a separate SCIM handler, so no handler has to
// check which connection the caller belongs to. A token of one person has other
// routes and another rate limit than the token of an IdP.
package scimdoor
