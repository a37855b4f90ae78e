package scim

import "github.com/flexscim/flexscim/scim/refusal"

// Error is a SCIM error from the catalogue of package refusal.
type Error = refusal.Error

// NotFound returns the 404 for a resource that does not exist in this connection.
// The error contains the id only if the id has our format, because other text may
// be a secret.
func NotFound(resource string, id ID) *Error {
	if !id.Valid() {
		return refusal.IDUnknown.New(resource)
	}
	return refusal.ResourceUnknown.New(resource, id)
}
