// Package admin has the operators' use cases: look people up, return the plan of
// a person, request a sync, read and verify the audit log, manage tokens and
// connections, and examine an installation. It returns values and prints
// nothing. The commands call it, and so will an API and a console: none of them
// has logic of its own. Monitor keeps the metrics of the running server.
//
// Errors have a Kind that tells the caller what can be done about them (see
// KindOf).
package admin
