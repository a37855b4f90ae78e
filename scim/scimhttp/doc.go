// Package scimhttp speaks SCIM 2.0 over HTTP (RFC 7644) for one connection:
// New is its handler, over a scim.Directory.
//
// It is line 1: it knows scim, nothing of the store, and it is the only user
// of elimity-com/scim. What a directory or a library
// says of its own inside never reaches the IdP.
//
// A request comes after authentication, with its reference id in the context,
// and goes through
//
//	handler.go  | path and method: 404, 405, 501; Content-Type: 415
//	search.go   | .search: a body as if it were a query; the root; cursors
//	bulk.go     | each operation of a bulk request, as if it came alone
//	body.go     | bounded JSON: 413, 400 invalidSyntax
//	dialect.go  | what IdPs write differently → a document, or PATCH operations
//	schema.go   | POST, PUT: the library's schemas judge the document
//	sort.go     | sortBy and sortOrder → scim.Sort
//	directory.go| the call, for users, groups, or what can only be read
//	cursor/     | places in a list, as cursors: RFC 9865
//	view.go     | attributes and excludedAttributes, JSON
//	response.go | the answer; every error
//
// # What the library does, and what it does not
//
// The library judges what POST and PUT bring. It is not asked to read, list, patch or delete: it would answer
// a list with the page size that was asked for, an outage with 500, and any
// error with the error's own text. Nor is it asked about PATCH: it would
// validate an operation without applying it, and parse every path and every
// key with the grammar, at 50 to 135 µs an operation; the whole of a PATCH
// takes about 20 µs here (BenchmarkPatchPathless, BenchmarkPatchPath).
package scimhttp
