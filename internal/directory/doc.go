// Package directory implements scim.Directory for one connection: SCIM's use
// cases on the store. Each write is one transaction with its audit entry; it
// also raises the desired generation of each person whose Worker may change.
//
//	users.go  | create, read, replace, patch and delete a user
//	groups.go | the same for a group, and its members
//
// The package is called by scim/scimhttp. It never calls Twilio: after a commit
// the store wakes the queue.
package directory
