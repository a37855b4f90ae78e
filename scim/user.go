package scim

// User is a person as the IdP describes them (RFC 7643 §4.1).
type User struct {
	ID     ID
	Doc    Document
	Meta   Meta
	Groups []GroupRef // computed; read-only for IdPs

	// Manager is the user whom the document names as manager. It is computed,
	// and nil if the directory has no such user or the Query did not ask for it.
	Manager *UserRef
}

// UserRef is what other resources show of a User.
type UserRef struct {
	ID      ID
	Display string
}

// GroupRef is what a User shows of a Group that it belongs to.
type GroupRef struct {
	ID       ID
	Display  string
	Indirect bool // the user is in a group that is a member of this one (RFC 7643 §4.1.2)
}

// Kind is the type of the membership: direct or indirect.
func (g GroupRef) Kind() string {
	if g.Indirect {
		return "indirect"
	}
	return "direct"
}
