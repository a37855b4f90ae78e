package scim

import "time"

// Document is the attributes of a resource in canonical form: names spelt as
// the schema spells them, an extension's attributes under its URN, values of
// the schema's JSON type (string, bool, json.Number, map[string]any, []any).
// It never holds id, meta, schemas, password, a User's groups or a Group's
// members: those have fields of their own, or no place here.
type Document map[string]any // :: attribute name → value

// Meta is what a resource knows of its own history (RFC 7643 §3.1).
type Meta struct {
	Created      time.Time
	LastModified time.Time
	Version      int64 // 1 when created, +1 with each change
}

// User is a person as the IdP describes them (RFC 7643 §4.1).
type User struct {
	ID     ID
	Doc    Document
	Meta   Meta
	Groups []GroupRef // read-only and computed; direct memberships
}

// GroupRef is a User's view of a Group it belongs to.
type GroupRef struct {
	ID      ID
	Display string
}
