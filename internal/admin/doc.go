// Package admin implements the operators' use cases: look up people, return
// plans, request syncs, read and verify the audit log, manage tokens and
// connections, and check an installation. It returns values and prints nothing.
// The commands call it and have no logic of their own; a later API and console
// will do the same. Monitor updates the metrics of the running server.
//
// Each error has a Kind (see KindOf).
package admin
