package scim

// User is a person as the IdP describes them (RFC 7643 §4.1).
type User struct {
	ID     ID
	Doc    Document
	Meta   Meta
	Groups []GroupRef // read-only and computed

	// Manager is who the document's manager is, computed; nil where the
	// directory does not know them, or nobody asked.
	Manager *UserRef
}

// UserRef is a User as others see it.
type UserRef struct {
	ID      ID
	Display string
}

// GroupRef is a User's view of a Group it belongs to.
type GroupRef struct {
	ID       ID
	Display  string
	Indirect bool // through a group that is a member of it (RFC 7643 §4.1.2)
}

// Kind is the type of the membership.
func (g GroupRef) Kind() string {
	if g.Indirect {
		return "indirect"
	}
	return "direct"
}
