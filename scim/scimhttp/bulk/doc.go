// Package bulk decides the order of execution of a bulk request (RFC 7644
// §3.7): which operations refer to which, which may run concurrently, and when
// to stop.
//
// It is a part of scimhttp, which carries out each operation. Nothing here
// knows what an operation does.
//
//	request.go | JSON → operations; results → JSON
//	order.go   | bulkId references → an order, and sets that may run concurrently
//	run.go     | the sets, one after the other; failOnErrors
//
// # Concurrent, with the result of one after the other
//
// RFC 7644 §3.7 allows another order if the result is the same. Consecutive
// operations run concurrently if they do the same thing to different resources:
// creates of different names, DELETEs and PATCHes of different ids. What could
// depend on another operation waits for it: another method or type, the same
// resource, a new name. The writes of a set share commits; without that, a
// bulk request would be as slow as its operations one by one.
package bulk
