package scim

// User is a person as the IdP describes them (RFC 7643 §4.1).
type User struct {
	ID     ID
	Doc    Document
	Meta   Meta
	Groups []GroupRef // computed; read-only for IdPs

	// Manager is the user that the document names as manager. It is computed. It is
	// nil if the directory has no such user or the Query does not ask for it.
	Manager *UserRef
}

// UserRef is a User as other resources show it.
type UserRef struct {
	ID      ID
	Display string
}

// GroupRef is a Group as its members show it.
type GroupRef struct {
	ID       ID
	Display  string
	Indirect bool // the user is a member through another group (RFC 7643 §4.1.2)
}

// Kind returns the type of the membership: direct or indirect.
func (g GroupRef) Kind() string {
	if g.Indirect {
		return "indirect"
	}
	return "direct"
}
