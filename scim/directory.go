package scim

import (
	"context"
)

// Directory stores the users and groups of one connection; scimhttp calls it. Each
// method that changes something is one transaction: if it returns nil, the change
// is durable. An *Error is a refusal, which scimhttp sends to the IdP. Any other
// error means that the directory is unavailable.
//
// Packages internal/directory and scim/scimtest (in memory) implement it.
type Directory interface {
	CreateUser(ctx context.Context, user User) (User, error)
	User(ctx context.Context, id ID) (User, error)
	Users(ctx context.Context, q Query) (Page[User], error)
	ReplaceUser(ctx context.Context, id ID, user User, c Condition) (User, error)
	PatchUser(ctx context.Context, id ID, ops []Op, c Condition) (User, error)
	DeleteUser(ctx context.Context, id ID, c Condition) error

	CreateGroup(ctx context.Context, group Group) (Group, error)
	Group(ctx context.Context, id ID, members bool) (Group, error)
	Groups(ctx context.Context, q Query) (Page[Group], error)
	// If the argument members is nil, the directory decides by GroupPut.Clears
	// whether ReplaceGroup removes all members or keeps them.
	ReplaceGroup(ctx context.Context, id ID, group Group, members *MemberChange, c Condition) (Group, error)
	// PatchGroup returns the group without its members.
	PatchGroup(ctx context.Context, id ID, ops []Op, c Condition) (Group, error)
	DeleteGroup(ctx context.Context, id ID, c Condition) error
}

// Query asks for one page of resources (RFC 7644 §3.4.2).
type Query struct {
	Filter     Filter // nil: all
	Sort       Sort
	StartIndex int   // from 1
	Walk       *Walk // nil: the page begins at StartIndex
	Count      int   // 0: only the total
	Members    bool  // also read the members of groups
	Groups     bool  // also read the groups of users
	Managers   bool  // also read the managers of users
}

// Page is one page of a result, in the order of the Query.
type Page[T any] struct {
	Total int // number of all matches
	Items []T
	More  bool // with a Walk: further resources follow the page in the walk's direction
	Cut   bool // the page has fewer items than it could, because it would be too large
}
