// Package admin implements the operators' use cases: show the status, list people,
// removals and foreign Workers, return plans, request syncs, read and verify the
// audit log, manage tokens and connections, check an installation, and back up, restore
// and move its database. Its functions return values and print nothing. The commands
// call these functions and have no logic of their own; later, an API and a console will
// also call them. Monitor updates the metrics of the running server, and Reporter saves
// what commands in other processes print about it.
//
// Each error has a Kind (see KindOf).
package admin
