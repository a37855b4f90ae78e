// Package dialect lists how identity providers deviate from RFC 7644: who sends
// what, what the server does, the source, the function that implements the rule,
// and its test. Each rule is listed once.
//
// The package contains only data. The functions that Rule.Where names, mostly in
// scim and scim/scimhttp, implement the rules. The server recognises a dialect by
// the form of a request, never by its User-Agent. Therefore each rule applies to
// every client. Tests check that each row of the decision table
// (docs/reference/identity-providers.md §4) has a rule, that each test and function
// exists, and that docs/reference/conformance.md shows this table.
package dialect
