// Package openapi contains the OpenAPI document of the SCIM door. The door serves
// the document at /scim/v2/openapi.json to every client with a valid token.
//
//	document.go   | the document
//	paths.go      | every operation
//	operation.go  | an operation with its parameters and responses
//	resources.go  | schemas of resources, from the tables of package scim
//	messages.go   | schemas of RFC 7644's messages
//	parameters.go | query parameters and headers
//
// The document describes what a client should send. docs/reference/conformance.md
// lists what else the server accepts. Package openapitest checks requests and
// responses against the document. docs/reference/openapi.json is a copy of the
// document.
package openapi
