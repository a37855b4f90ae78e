package me

import (
	"context"
	"net/http"
	"strings"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
)

// Path is the alias of the person whom a token stands for.
const Path = "/Me"

type contextKey struct{}

// With says that a request comes with a token that stands for a user.
func With(ctx context.Context, user scim.ID) context.Context {
	return context.WithValue(ctx, contextKey{}, user)
}

// Of is the user whom the request's token stands for; "": it is an IdP's.
func Of(ctx context.Context) scim.ID {
	user, _ := ctx.Value(contextKey{}).(scim.ID)
	return user
}

// May says whether a person's token may send a method to a path below the base
// URL. Whatever is not named here it may not.
func May(method, path string) bool {
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
	return path == Path
}

// Forbidden answers what a person's token may not do.
func Forbidden(method, path string) *scim.Error {
	if path == Path && !May(method, path) {
		return refusal.MeIsReadOnly.New()
	}
	return refusal.TokenIsPersonal.New()
}
