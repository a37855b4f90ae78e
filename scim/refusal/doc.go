// Package refusal is the catalogue of every error that an identity provider
// can get over SCIM: its stable name, HTTP status and scimType, and a text
// that says what is wrong, why, and what to do.
//
//	refusal.go   | the types
//	catalogue.go | the entries
//
// `make docs` writes docs/reference/errors.md from it.
//
// Code makes an error from an entry: refusal.ExpressionTooLong.New(limit). There
// is no other way: TestRefusals of internal/repotest fails where code words an
// error itself, and where an entry is not used.
//
// A text never quotes a secret, another person's data, or an internal error.
package refusal
