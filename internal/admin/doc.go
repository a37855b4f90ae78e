// Package admin implements the operators' use cases: look up people, return plans,
// request syncs, read and verify the audit log, manage tokens and connections, and
// check an installation. Its functions return values and print nothing. The
// commands call these functions and have no logic of their own; later, an API and a
// console will also call them. Monitor updates the metrics of the running server.
//
// Each error has a Kind (see KindOf).
package admin
