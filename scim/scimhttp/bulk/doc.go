// Package bulk is the order of a bulk request (RFC 7644 §3.7): what its
// operations refer to, which of them may run at once, and when to stop.
//
// It is a part of scimhttp, which reads the body, does each operation as if it
// had come alone, and sends the answer. Nothing here knows what an operation
// does.
//
//	request.go | JSON → operations; results → JSON
//	plan.go    | bulkId references → an order, and groups that may run at once
//	run.go     | the groups, one after the other; failOnErrors
//
// # At once, and yet as if one after the other
//
// RFC 7644 §3.7 lets a server change the order as long as the result is the
// same. Operations that follow each other run at once where they do the same
// thing to different resources: creates of different names, deletes and
// PATCHes of different ids. Whatever could depend on another operation waits
// for it: another method or type, the same resource, a new name.
package bulk
