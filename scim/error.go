package scim

import "fmt"

// Error is a refusal as SCIM words it (RFC 7644 §3.12). Detail is a sentence
// that we wrote for the IdP's admin: what, why, what to do. It never quotes a
// secret, another person, or an internal error.
type Error struct {
	Status int    // HTTP
	Type   string // scimType, "" for none
	Detail string
}

func (e *Error) Error() string {
	return fmt.Sprintf("scim: %d %s: %s", e.Status, e.Type, e.Detail)
}

// The scimTypes of RFC 7644, table 9, that we answer.
const (
	InvalidFilter = "invalidFilter"
	TooMany       = "tooMany"
	Uniqueness    = "uniqueness"
	Mutability    = "mutability"
	InvalidSyntax = "invalidSyntax"
	InvalidPath   = "invalidPath"
	NoTarget      = "noTarget"
	InvalidValue  = "invalidValue"
)

// The scimTypes of RFC 9865 §2.1.
const (
	InvalidCursor = "invalidCursor"
	ExpiredCursor = "expiredCursor"
	InvalidCount  = "invalidCount"
)

// BadRequest is a 400 of the given scimType.
func BadRequest(scimType, format string, args ...any) *Error {
	return &Error{Status: 400, Type: scimType, Detail: fmt.Sprintf(format, args...)}
}

// NotFound is the 404 for a resource that does not exist in this connection.
// What is no id of ours may be anything, and is not repeated.
func NotFound(resource string, id ID) *Error {
	if !id.Valid() {
		return &Error{Status: 404, Detail: fmt.Sprintf(
			"No %s has this id: ids are those that were answered when it was created. Look it up with a filter, or create it.", resource)}
	}
	return &Error{Status: 404, Detail: fmt.Sprintf(
		"%s %q does not exist in this connection. Look it up with a filter, or create it.", resource, id)}
}

// Taken is the 409 for a value that must be unique.
func Taken(attribute string) *Error {
	return &Error{Status: 409, Type: Uniqueness, Detail: fmt.Sprintf(
		"%s is already taken by another resource of this connection. Look it up with a filter and link to it, or choose another value.", attribute)}
}

// PreconditionFailed is the 412 for an If-Match that names another version.
func PreconditionFailed() *Error {
	return &Error{Status: 412, Detail: "The resource has changed since the version in If-Match. Read it again and repeat the change."}
}

// clip keeps an echoed value short.
func clip(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
