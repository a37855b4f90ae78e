package scim

// Group is a set of users (RFC 7643 §4.2). Members are kept apart from the
// document: there can be 100,000 of them, and most requests need none.
type Group struct {
	ID      ID
	Doc     Document
	Meta    Meta
	Members []Member // only where a Query asked for them
}

// Member is one entry of a Group's members. Value may name nobody whom we
// know: then it is kept, pending, and not shown.
type Member struct {
	Value   ID
	Display string
}

// MemberChange is what a request does to a Group's members, without reading
// them: the result is Add if Replace is true, else the old members without
// Remove and with Add.
type MemberChange struct {
	Replace bool
	Add     []ID
	Remove  []ID
}

// IsNone says that the change leaves the members as they are.
func (c MemberChange) IsNone() bool {
	return !c.Replace && len(c.Add) == 0 && len(c.Remove) == 0
}
