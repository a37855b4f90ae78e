// Package openapi is the OpenAPI document of flexscim's endpoints, which
// package web serves at /scim/v2/openapi.json to whoever has a token.
//
//	document.go   | the whole
//	paths.go      | every operation
//	operation.go  | an operation with its parameters and answers
//	resources.go  | schemas of Users and Groups, from scim's own tables
//	messages.go   | schemas of what RFC 7644 wraps around resources
//	parameters.go | query parameters and headers
//
// The document says what a client should send. What IdPs send beside that is
// in docs/reference/conformance.md. Package openapitest holds answers against it,
// and its copy in docs/reference/openapi.json shows each change to readers.
package openapi
