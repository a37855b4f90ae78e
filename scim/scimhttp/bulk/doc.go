// Package bulk decides the order of execution of a bulk request (RFC 7644 §3.7):
// which operations refer to others, which may run concurrently, and when to stop.
//
// Its caller, scimhttp, carries out the operations.
//
//	request.go | JSON → operations; results → JSON
//	order.go   | bulkId references → an order, and sets that may run concurrently
//	run.go     | runs the sets one after the other; failOnErrors
//
// # Concurrency
//
// RFC 7644 §3.7 allows another order if the result is the same. Consecutive
// operations run concurrently if they have the same method and resource type, and
// affect different resources. Examples are POSTs with different names, and PATCHes
// or DELETEs of different ids. An operation waits for all earlier operations if it
// can depend on one of them. This is possible if the methods or resource types
// differ, if the resource is the same, or if one of the operations can change a
// unique name. Writes that run concurrently share commits. Without this, a bulk
// request would be as slow as separate requests.
package bulk
