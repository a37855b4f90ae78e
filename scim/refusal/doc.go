// Package refusal is the catalogue of every error that flexscim can return to an
// identity provider over SCIM. Each entry has a stable name, an HTTP status, a
// scimType, and a text that says what is wrong, why, and what to do.
//
//	refusal.go   | the types
//	catalogue.go | the entries
//
// `make docs` writes docs/reference/errors.md from the catalogue.
//
// Other packages create every SCIM error from an entry, for example with
// refusal.ExpressionTooLong.New(limit). TestRefusals of internal/repotest fails if
// a package creates a SCIM error with a text of its own, or if no package uses an
// entry.
//
// The text of an error never quotes a secret, another person's data, or an internal
// error.
package refusal
