// Package scim holds the words of SCIM: users, groups, schemas, PATCH and errors.
//
// It is line 0: the standard library is all that it imports, and it never
// speaks HTTP nor SQL (scim/scimhttp and internal/store do).
//
//	file         | RFC
//	id.go        | 7643 §3.1 id, externalId
//	document.go  | 7643 §2 attributes, §8 documents
//	schema.go    | 7643 §7 schema definitions
//	user.go      | 7643 §4.1, §4.3
//	group.go     | 7643 §4.2
//	patch.go     | 7644 §3.5.2
//	filter.go    | 7644 §3.4.2.2
//	query.go     | 7644 §3.4.2
//	version.go   | 7644 §3.14
//	error.go     | 7644 §3.12
//	directory.go | the port that scimhttp needs
package scim
