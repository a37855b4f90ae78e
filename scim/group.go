package scim

import (
	"sync"
)

// Group is a set of users and groups (RFC 7643 §4.2). The document does not contain
// the members: there can be 100,000 of them, and most requests do not need them.
type Group struct {
	ID      ID
	Doc     Document
	Meta    Meta
	Members []Member // nil unless a Query asked for them
}

// Member is one member of a Group. If its Value is not the id of a user or group,
// the member is pending: it is stored, but responses do not show it.
type Member struct {
	Value   ID
	Display string
	Group   bool // the member is a group, not a person
}

// Kind returns the member's resource type: User or Group.
func (m Member) Kind() string {
	if m.Group {
		return "Group"
	}
	return "User"
}

// MaxNesting is the maximum number of levels of groups through which a person is an
// indirect member of a group. Deeper nesting is stored and shown, but gives nobody
// a role. The limit also ends the search if groups are members of each other.
const MaxNesting = 16

const membersAttr = "members"

// GroupType returns the resource type Group.
//
// Source: RFC 7643 §4.2, §8.7.1.
func GroupType() *ResourceType { return groupType() }

var groupType = sync.OnceValue(func() *ResourceType {
	t := &ResourceType{
		Name: "Group", Endpoint: "/Groups", Description: "Group",
		Schema: Schema{URN: URNGroup, Name: "Group", Description: "Group", Attributes: []Attribute{
			{
				Name: "displayName", Type: TypeString, Required: true, Uniqueness: "server",
				Description: "The group's name, unique in the connection.",
			},
			{
				Name: membersAttr, Type: TypeComplex, Multi: true, Description: "The people in the group, and the groups in it.",
				Sub: []Attribute{
					{Name: "value", Type: TypeString, CaseExact: true, Mutability: immutable, Description: "The member's id."},
					{Name: "$ref", Type: TypeReference, CaseExact: true, Mutability: immutable, ReferenceTypes: []string{"User", "Group"}, Description: "The member's address."},
					{Name: "display", Type: TypeString, Mutability: readOnly, Description: "The member's displayName."},
					{Name: "type", Type: TypeString, Mutability: immutable, Canonical: []string{"User", "Group"}, Description: "What the member is."},
				},
			},
		}},
	}
	t.index = newIndex(t)
	return t
})

// Members parses the members in the body of a POST or PUT: objects with a
// value, or plain ids. Null means the same as an empty array (RFC 7643 §2.5).
// The error is 400 invalidValue if an element has no id.
func Members(raw any) ([]ID, error) { return memberIDs(raw) }
