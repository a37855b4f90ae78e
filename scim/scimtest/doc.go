// Package scimtest simulates the directory and the clients of package scimhttp for
// tests. Directory is a scim.Directory in memory. Okta and Entra are clients that
// send the same requests as these IdPs (docs/reference/identity-providers.md).
// Tenant uses one of these clients to provision a whole company. TestDirectory of
// internal/directory runs the same contract test on this Directory and on the
// Directory of flexscim.
//
// Only tests and benchmarks import this package.
package scimtest
