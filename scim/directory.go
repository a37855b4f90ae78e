package scim

import (
	"context"
)

// Directory is the port that scimhttp needs: the users and groups of one
// connection. Each method that changes something is one transaction: when it
// returns nil the change is durable. Errors are *Error where the IdP can do
// something about them; any other error means that the directory is away.
//
// Implemented by internal/directory and, in memory, by scim/scimtest.
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
	// ReplaceGroup leaves the members alone where members is nil.
	ReplaceGroup(ctx context.Context, id ID, group Group, members *MemberChange, c Condition) (Group, error)
	// PatchGroup answers the group without its members.
	PatchGroup(ctx context.Context, id ID, ops []Op, c Condition) (Group, error)
	DeleteGroup(ctx context.Context, id ID, c Condition) error
}

// Query asks for a page of resources (RFC 7644 §3.4.2).
type Query struct {
	Filter     Filter // nil: all
	Sort       Sort
	StartIndex int   // from 1
	Walk       *Walk // nil: StartIndex says where the page begins
	Count      int   // 0: only the total
	Members    bool  // Groups: read the members too
	Groups     bool  // Users: read the groups too
	Managers   bool  // Users: read who the managers are
}

// Page is a part of a result, in the order of the query.
type Page[T any] struct {
	Total int // of all that match
	Items []T
	More  bool // of a Walk: it goes on beyond the page
}
