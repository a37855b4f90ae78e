// Package directory implements scim.Directory for one connection, using
// internal/store. Each write is one transaction. It includes the audit entry, and
// raises the desired generation of each person whose Worker may change.
//
//	users.go  | create, read, replace, patch and delete a user
//	groups.go | the same for a group, and its members
//
// Package scim/scimhttp calls it. It never calls Twilio: after a commit the store
// wakes the queue.
package directory
