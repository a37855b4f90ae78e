// Package admin has the operators' use cases: look people up, return the plan of
// a person, request a sync, read and verify the audit log, manage tokens and
// connections, and examine an installation. It returns values and prints
// nothing. The commands call it, and so will an API and a console: none of them
// has logic of its own. Monitor updates the metrics of the running server.
//
// Each error has a Kind, which tells the caller what to do about it (see KindOf).
package admin
