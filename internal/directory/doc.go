// Package directory implements scim.Directory for one connection, using
// internal/store. Each write is one transaction. The transaction also inserts the
// audit entry, and raises the desired generation of each person whose Worker may
// change.
//
//	users.go  | create, read, replace, patch and delete a user
//	groups.go | the same for a group, and its members
//
// Package scim/scimhttp calls package directory. Package directory never calls
// Twilio: after a commit, the store wakes the queue, whose jobs call Twilio.
package directory
