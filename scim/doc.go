// Package scim holds the words of SCIM: users, groups, schemas, PATCH and errors.
//
// It is line 0: the standard library is all that it imports, and it never
// speaks HTTP nor SQL (scim/scimhttp and internal/store do).
//
//	file         | what, RFC
//	user.go      | User, its id and meta, and its schemas, our extension among them: 7643 §3.1, §4.1, §4.3, §8.7.1
//	group.go     | Group and what requests do to its members: 7643 §4.2, 7644 §3.5.2
//	document.go  | the attributes of a resource: 7643 §2; PUT: 7644 §3.5.1
//	schema.go    | schema definitions, looked up in any case, and their types: 7643 §2.3, §7
//	normalize.go | a body becomes a Document: 7643 §2.5
//	patch.go     | PATCH: 7644 §3.5.2
//	multi.go     | PATCH of multi-valued attributes: 7644 §3.5.2
//	finder.go    | the same value again, among many: 7643 §2.4
//	filter.go    | filters and what they mean: 7644 §3.4.2.2
//	filter_parse.go   | the parser of filters, of PATCH paths and of names in parameters
//	filter_resolve.go | names in a filter become canonical, literals typed
//	sort.go      | the order of lists, and places in it: 7644 §3.4.2.3, 9865
//	offer.go     | roles and entitlements that an IdP may read, as Okta has them
//	error.go     | refusals: 7644 §3.12
//	directory.go | the port that scimhttp needs: 7644 §3.4.2, §3.14
package scim
