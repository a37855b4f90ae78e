// Package directory is the scim.Directory of one connection, kept in the
// store: each write is one transaction with its audit entry and the new
// generation of every person it concerns.
//
// It is line 2, between scim/scimhttp, which calls it, and internal/store. It
// never calls Twilio: after the commit the queue is woken by the store.
package directory
