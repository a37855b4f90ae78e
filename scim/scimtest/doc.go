// Package scimtest is the stand-in for what surrounds scimhttp: a Directory in
// memory, the contract that any Directory keeps, clients that talk as Okta and
// Entra do, and Tenant, which lives through them (refs: RFC 7644, the vendors' documents).
//
// Only tests import it. The Directory is no mock: it passes TestDirectory, as
// internal/directory does.
package scimtest
