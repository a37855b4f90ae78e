package scimhttp

import (
	"context"
	"net/http"
	"strings"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
)

// mePath is the alias for the person of a personal token (RFC 7644
// §3.11).
const mePath = "/Me"

type personKey struct{}

// WithPerson marks a request whose token belongs to one person. The request may only
// read that person, at /Me, and the discovery documents.
func WithPerson(ctx context.Context, user scim.ID) context.Context {
	return context.WithValue(ctx, personKey{}, user)
}

// PersonOf returns the person of the request's token, "" for the token
// of an IdP.
func PersonOf(ctx context.Context) scim.ID {
	user, _ := ctx.Value(personKey{}).(scim.ID)
	return user
}

// personMay reports whether a personal token may send a method to a path below
// the base URL. Everything that is not listed here is forbidden.
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

// PersonForbidden returns the 403 for a request that a personal token may not send.
func PersonForbidden(method, path string) *scim.Error {
	if path == mePath && !personMay(method, path) {
		return refusal.MeIsReadOnly.New()
	}
	return refusal.TokenIsPersonal.New()
}
