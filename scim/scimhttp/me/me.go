package me

import (
	"context"
	"net/http"
	"strings"

	"github.com/flexscim/flexscim/scim"
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
	detail := "This token stands for one person: it reads that person at /Me, and discovery. Whatever else is asked for takes the token of an identity provider."
	if path == Path && !May(method, path) {
		detail = "This token stands for one person and only reads /Me: what is known of a person comes from the identity provider, so have it changed there."
	}
	return &scim.Error{Status: http.StatusForbidden, Detail: detail}
}

// Nobody answers /Me where the token is an IdP's.
func Nobody() *scim.Error {
	return &scim.Error{Status: http.StatusNotImplemented,
		Detail: "There is no /Me for this token: it stands for an identity provider, not for a person. Use /Users with a filter on userName, or a token made by `flexscim token create --person`."}
}
