// Package scimtest simulates both sides of scimhttp for tests: Directory is a
// scim.Directory in memory, Okta and Entra are clients that send what these IdPs
// send (docs/reference/identity-providers.md), and Tenant provisions a whole
// company through them. TestDirectory of internal/directory tests that Directory
// keeps the same contract as ours.
//
// Only tests and benchmarks import it.
package scimtest
