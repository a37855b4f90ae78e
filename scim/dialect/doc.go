// Package dialect lists what the identity providers that are known write, or
// need, beside RFC 7644, each rule once: who, what, what is answered, from
// where that is known, the function that does it, and the test that shows it.
//
// It is line 0, and data only: the rules are carried out where Where says,
// mostly in scim and scim/scimhttp. IdPs are told apart by the shape of what
// they send, never by their User-Agent: a rule holds for whoever sends it. A
// test wants every row of the decision table of
// docs/reference/identity-providers.md (§4), that each test and function named
// exists, and that the table of docs/reference/conformance.md is this one.
//
//	file       | what
//	dialect.go | Rule, and the table for people
//	rules.go   | the rules
package dialect
