package scim

// GroupPut says what a PUT of a Group does with the members if it omits the
// attribute "members" (docs/reference/identity-providers.md, row 34).
type GroupPut string

// The values of GroupPut.
const (
	GroupPutAuto  GroupPut = "auto"  // see Clears
	GroupPutClear GroupPut = "clear" // the PUT removes all members (RFC 7644 §3.5.1)
	GroupPutKeep  GroupPut = "keep"  // the members stay
)

// GroupPuts returns the values of GroupPut.
func GroupPuts() []GroupPut { return []GroupPut{GroupPutAuto, GroupPutClear, GroupPutKeep} }

// MemberWrites says in which ways a connection has written members of groups so
// far.
type MemberWrites struct {
	Listed  bool // a POST or PUT of a group had a list with members
	Patched bool // a PATCH added, removed or replaced members
}

// Clears reports whether a PUT without the attribute "members" removes all members.
// For GroupPutAuto and for "", this is true if the connection sends members by POST
// or PUT and never by PATCH: Keycloak, Canaille and pocket-id write groups in this
// way and omit an empty list, but Okta and Entra send PATCH.
func (g GroupPut) Clears(w MemberWrites) bool {
	switch g {
	case GroupPutClear:
		return true
	case GroupPutKeep:
		return false
	case GroupPutAuto:
	}
	return w.Listed && !w.Patched
}

// With returns the ways that w or the argument `other` contains.
func (w MemberWrites) With(other MemberWrites) MemberWrites {
	return MemberWrites{Listed: w.Listed || other.Listed, Patched: w.Patched || other.Patched}
}

// Way returns the way in which a request writes members. patch is true for a PATCH,
// and false for a POST or PUT. It returns the zero value if the request names no
// member.
func (c MemberChange) Way(patch bool) MemberWrites {
	return MemberWrites{Listed: !patch && len(c.Add) > 0, Patched: patch && !c.IsNone()}
}
