package scimhttp

import (
	"context"
	"net/http"
	"strings"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
)

// mePath is the path of the person to whom a personal token belongs (RFC 7644
// §3.11).
const mePath = "/Me"

type personKey struct{}

// WithPerson returns a context for a request whose token belongs to one person. The
// request may read only this person, at /Me, and the discovery documents.
func WithPerson(ctx context.Context, user scim.ID) context.Context {
	return context.WithValue(ctx, personKey{}, user)
}

// PersonOf returns the id of the person to whom the token of the request belongs.
// If the token belongs to an IdP, PersonOf returns "".
func PersonOf(ctx context.Context) scim.ID {
	user, _ := ctx.Value(personKey{}).(scim.ID)
	return user
}

// personMay reports whether a request with a personal token may have this method
// and this path below the base URL. All methods and paths that the function does
// not list are forbidden.
func personMay(method, path string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
	default:
		return false
	}
	collection, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch collection {
	case "ServiceProviderConfig", "ResourceTypes", "Schemas":
		return true
	}
	return path == mePath
}

// PersonForbidden returns the 403 for a request that is not allowed with a personal
// token.
func PersonForbidden(method, path string) *scim.Error {
	if path == mePath && !personMay(method, path) {
		return refusal.MeIsReadOnly.New()
	}
	return refusal.TokenIsPersonal.New()
}
