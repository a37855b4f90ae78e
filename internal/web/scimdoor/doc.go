// Package scimdoor is the HTTP surface for identity providers (IdPs): SCIM
// below /scim/v2, with SCIM errors for everything that no other door takes.
//
//	door.go       | authentication before routing; errors and headers
//	routes.go     | every route
//	rate.go       | how many requests a connection may send, and an address without a valid token
//	openapi/      | the OpenAPI document
//	openapitest/  | a check of requests and responses against it, for tests
//
// A request passes authentication, the rate, the routes, and gzip. Each
// connection has routes of its own with its own SCIM handler: no handler asks
// who the caller is, so none can forget to. A token that stands for one person
// has other routes and another rate than the token of an IdP.
package scimdoor
