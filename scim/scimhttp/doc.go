// Package scimhttp serves SCIM 2.0 over HTTP (RFC 7644) for one connection. New
// returns its handler, which calls a scim.Directory.
//
// The package uses package scim, and does not import the store. The IdP gets only
// errors of package refusal. Any other error is logged, and its text is never sent.
//
// The caller must authenticate each request, and put its reference id into the
// context. The files:
//
//	handler.go    | request → operation → result → response
//	routes.go     | path and method → action; 404, 405
//	operation.go  | the operation, as a value: an HTTP request, a search, or one
//	              | operation of a bulk request; the function that carries it out
//	body.go       | reads a body, within the limits and the memory for bodies; 413, 503
//	measure.go    | the number of values in a body, and the memory that they need
//	decode.go     | bytes → JSON values; 400 invalidSyntax
//	shape.go      | which values of a body are decoded
//	parameters.go | the query
//	etag.go       | If-Match, If-None-Match
//	read.go       | GET of a resource or a collection; paging and sorting
//	root.go       | lists of users and groups together
//	cursor_page.go| pages by cursor (RFC 9865); package cursor encrypts cursors
//	search.go     | .search
//	simplify*.go  | resolves the parts of a filter on attributes that no directory stores
//	write.go      | POST, PUT, PATCH, DELETE
//	document.go   | the body of POST and PUT → a document
//	validator.go  | validates that document with elimity's library
//	patch.go      | the body of PATCH → scim.Op
//	bulk.go       | bulk requests; package bulk decides the order of execution
//	directory.go  | the directory's functions, by resource type
//	discovery.go  | ServiceProviderConfig, ResourceTypes, Schemas
//	person.go     | the requests that a personal token may send
//	attributes.go | attributes, excludedAttributes
//	view.go       | a resource → JSON
//	response.go   | the response, and every error
//
// # What the library does, and what it does not
//
// elimity-com/scim validates the documents of POST and PUT. We do not use the
// library's server: its itemsPerPage is the requested page size, it returns 500
// during an outage, and its error responses contain the text of internal errors.
// For a PATCH, the library only validates each operation, which takes 50 to 135 µs,
// and does not apply it. Our handler needs about 20 µs for a whole PATCH
// (BenchmarkPatchPathless, BenchmarkPatchPath).
//
// # What is optimised
//
//   - view.go writes JSON itself: five times as fast as encoding/json with
//     a map of the shown attributes (go test -bench View).
//   - validator.go calls the library's schemas, not its server: a POST is 1.5
//     times as fast (go test -bench Create).
//   - Operations of a bulk request share commits (package bulk;
//     docs/performance.md has the rates of 1,000 creates).
package scimhttp
