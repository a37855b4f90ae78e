package refusal

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Error is a SCIM error (RFC 7644 §3.12). scim.Error is the same type.
type Error struct {
	Status int    // HTTP
	Type   string // scimType, "" for none
	Detail string // what is wrong, why, and what to do
}

func (e *Error) Error() string {
	return fmt.Sprintf("scim: %d %s: %s", e.Status, e.Type, e.Detail)
}

// Prefixed returns a copy of the error with this text in front of its detail.
func (e *Error) Prefixed(text string) *Error {
	return &Error{Status: e.Status, Type: e.Type, Detail: text + e.Detail}
}

// These scimTypes are from table 9 of RFC 7644. We return each of them.
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

// These scimTypes are from RFC 9865 §2.1.
const (
	InvalidCursor = "invalidCursor"
	ExpiredCursor = "expiredCursor"
	InvalidCount  = "invalidCount"
)

// Types returns all scimTypes that we use.
func Types() []string {
	return []string{
		InvalidFilter, TooMany, Uniqueness, Mutability, InvalidSyntax, InvalidPath, NoTarget, InvalidValue,
		InvalidCursor, ExpiredCursor, InvalidCount,
	}
}

// Refusal is an entry of the catalogue. The fields What and Fix, joined by a space,
// are the format string from which package fmt makes the detail of an error.
type Refusal struct {
	Name   string   // stable: "expression-too-long"
	Status int      // HTTP
	Type   string   // scimType, "" for none
	Also   []string // scimTypes that the method As may choose instead
	What   string   // what is wrong, and why
	Fix    string   // what to do
}

// New returns the error for one request. The arguments replace the verbs, such as
// %s, in the fields What and Fix.
func (r *Refusal) New(args ...any) *Error {
	return &Error{Status: r.Status, Type: r.Type, Detail: fmt.Sprintf(r.What+" "+r.Fix, args...)}
}

// As returns the same error as Refusal.New. But if the field Also contains the
// given scimType, the error has this scimType.
func (r *Refusal) As(scimType string, args ...any) *Error {
	e := r.New(args...)
	if slices.Contains(r.Also, scimType) {
		e.Type = scimType
	}
	return e
}

// Summary returns the field What, with "…" in place of the parts that depend on the
// request.
func (r *Refusal) Summary() string { return plain(r.What) }

var verb = regexp.MustCompile(`%[sdq]`)

// plain returns a format string with "…" in place of its verbs.
func plain(template string) string {
	return strings.ReplaceAll(verb.ReplaceAllString(template, "…"), "%%", "%")
}

var catalogue []*Refusal

// All returns the entries in the order in which catalogue.go defines them.
func All() []*Refusal { return slices.Clone(catalogue) }

// add puts an entry into the catalogue.
func add(name string, status int, scimType, what, fix string) *Refusal {
	r := &Refusal{Name: name, Status: status, Type: scimType, What: what, Fix: fix}
	catalogue = append(catalogue, r)
	return r
}

// Refusal.or sets the scimTypes that Refusal.As may choose instead of the field
// Type.
func (r *Refusal) or(scimTypes ...string) *Refusal {
	r.Also = scimTypes
	return r
}
