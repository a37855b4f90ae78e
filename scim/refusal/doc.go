// Package refusal is the catalogue of every error that flexscim can return to an
// identity provider over SCIM. Each entry has a stable name, an HTTP status, a
// scimType, and a text that says what is wrong, why, and what to do.
//
//	refusal.go   | the types
//	catalogue.go | the entries
//
// `make docs` writes docs/reference/errors.md from the catalogue.
//
// Code creates every error from an entry, for example with
// refusal.ExpressionTooLong.New(limit). TestRefusals of internal/repotest fails if
// code writes the text of an error itself, or if an entry is not used.
//
// A text never quotes a secret, another person's data, or an internal error.
package refusal
