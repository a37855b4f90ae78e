package scimtest

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/scim"
)

// TestDirectory is what any scim.Directory does. Open answers an empty one;
// it is called once for each test.
func TestDirectory(t *testing.T, open func(t *testing.T) scim.Directory) {
	tests := []struct {
		name string
		run  func(*bench)
	}{
		{"a created user is read back", (*bench).created},
		{"an unknown id is 404 everywhere", (*bench).unknown},
		{"a userName is unique whatever its case, until it is free", (*bench).userNames},
		{"an externalId is whatever the IdP says, twice too", (*bench).externalIDs},
		{"a version moves with a change only", (*bench).versions},
		{"a version moves with what is shown of others", (*bench).versionsOfOthers},
		{"a refused PATCH changes nothing", (*bench).allOrNothing},
		{"PUT keeps active where it is not said", (*bench).putKeepsActive},
		{"a condition that fails changes nothing", (*bench).conditions},
		{"a deleted user is gone and frees the name", (*bench).deleted},
		{"lists are filtered, paged and stable", (*bench).lists},
		{"lists are searched and sorted by any attribute", (*bench).searched},
		{"a walk meets each once, whatever is written between its pages", (*bench).walks},
		{"answers are copies", (*bench).copies},
		{"two creates of one name: one succeeds", (*bench).race},
		{"a group is made with its members", (*bench).groupMembers},
		{"members come and go", (*bench).membersMove},
		{"unknown members are pending and not shown", (*bench).pending},
		{"PUT of a group keeps members that it does not name", (*bench).putKeepsMembers},
		{"a group's name is unique", (*bench).groupNames},
		{"a user knows the groups", (*bench).groupsOfUser},
		{"parallel PATCHes of a group all count", (*bench).parallel},
		{"groups are found by name and member", (*bench).findGroups},
		{"a known manager is filled in", (*bench).managers},
		{"a group may be a member of groups", (*bench).nested},
		{"groups in a circle have an end", (*bench).circle},
		{"only so many groups above one's own count", (*bench).deep},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(&bench{Directory: open(t), t: t})
		})
	}
}

// bench is a directory under test.
type bench struct {
	scim.Directory

	t *testing.T
}

// must is for calls that have to succeed.
func must[T any](t *testing.T) func(v T, err error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatalf("got error %v, want none", err)
		}
		return v
	}
}

// refused demands a *scim.Error.
func refused(t *testing.T, err error, status int, scimType string) {
	t.Helper()
	e, ok := errors.AsType[*scim.Error](err)
	if !ok || e.Status != status || e.Type != scimType {
		t.Fatalf("got %v, want %d %s", err, status, scimType)
	}
}

func (b *bench) user(t *testing.T, name string) scim.User {
	t.Helper()
	return must[scim.User](t)(b.CreateUser(t.Context(), scim.User{Doc: scim.Document{"userName": name, "active": true}}))
}

func (b *bench) group(t *testing.T, name string, members ...scim.ID) scim.Group {
	t.Helper()
	g := scim.Group{Doc: scim.Document{"displayName": name}}
	for _, id := range members {
		g.Members = append(g.Members, scim.Member{Value: id})
	}
	return must[scim.Group](t)(b.CreateGroup(t.Context(), g))
}

// members are the ids that a group shows, sorted.
func (b *bench) members(t *testing.T, id scim.ID) []scim.ID {
	t.Helper()
	ids := []scim.ID{}
	for _, m := range must[scim.Group](t)(b.Group(t.Context(), id, true)).Members {
		ids = append(ids, m.Value)
	}
	slices.Sort(ids)
	return ids
}

func sorted(ids ...scim.ID) []scim.ID {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return slices.AppendSeq([]scim.ID{}, slices.Values(ids))
}

func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

func replace(attribute string, v any) []scim.Op {
	return []scim.Op{{Kind: scim.Replace, Path: scim.Path{Attr: attribute}, Value: v}}
}
