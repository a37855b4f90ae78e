// Package scimtest simulates both sides of scimhttp for tests: Directory is a
// scim.Directory in memory, Okta and Entra are clients that send what these IdPs
// send (docs/reference/identity-providers.md), and Tenant provisions a whole
// company through them. TestDirectory of internal/directory runs the
// same contract on this Directory and on the one of flexscim.
//
// Only tests and benchmarks import it.
package scimtest
