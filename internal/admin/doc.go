// Package admin has what operators do: look people up, see and apply the plan
// of a person, read and verify the audit log, manage tokens and connections,
// and examine an installation. It returns values and prints nothing. The
// commands call it, and so will an API and a console: none of them has logic of
// its own.
//
// Errors have a Kind that tells the caller what can be done about them (see
// KindOf).
package admin
