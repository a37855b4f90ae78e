package scim

import (
	"sync"
)

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
	Group   bool // it is a group, not a person
}

// Kind is the name of the member's resource type.
func (m Member) Kind() string {
	if m.Group {
		return "Group"
	}
	return "User"
}

// MaxNesting is how many groups above a person's own ones count, each a
// member of the next. Deeper nesting is stored and shown, but gives nobody
// anything; so a circle of groups has an end.
const MaxNesting = 16

const membersAttr = "members"

// GroupType is the Group resource.
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

// Members reads the members of a POST or PUT body: objects with a value, or
// plain ids. Nil means that the body does not say; an empty array is an empty
// group. An array that names nobody is a mistake (400 invalidValue).
func Members(raw any) ([]ID, error) {
	if raw == nil {
		return nil, nil
	}
	ids, err := memberIDs(raw)
	if err != nil {
		return nil, err
	}
	if list, ok := raw.([]any); len(ids) == 0 && (!ok || len(list) > 0) {
		return nil, namesNobody()
	}
	return ids, nil
}
