package scim

// User is a SCIM User: the data of a person that the IdP sends (RFC 7643 §4.1),
// with computed attributes.
type User struct {
	ID     ID
	Doc    Document
	Meta   Meta
	Groups []GroupRef // computed by the directory; an IdP cannot write them

	// Manager is the user whom the document names as the manager. The directory
	// computes it. Manager is nil if the directory has no user with this id, or if
	// the Query does not request managers.
	Manager *UserRef
}

// UserRef is the id and the name with which other resources refer to a User.
type UserRef struct {
	ID      ID
	Display string
}

// GroupRef is a group of a User, in the form in which the attribute `groups` of the
// User contains it.
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
