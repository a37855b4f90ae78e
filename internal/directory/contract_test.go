package directory_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/internal/directory"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/scimtest"
)

func TestDirectory(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		testContract(t, func(t *testing.T) scim.Directory {
			t.Helper()
			s := open(t)
			if err := s.Write(t.Context(), store.AnyKey, func(tx *store.Tx) error { return tx.InsertConnection(t.Context(), okta) }); err != nil {
				t.Fatal(err)
			}
			return directory.New(s, okta)
		})
	})
}

// TestDirectoryInMemory checks that the directory of scim/scimtest also fulfils the
// contract of scim.Directory.
func TestDirectoryInMemory(t *testing.T) {
	t.Parallel()
	testContract(t, func(*testing.T) scim.Directory { return scimtest.NewDirectory() })
}

// testContract checks that a directory fulfils the contract of scim.Directory. It
// calls the function open once for each test; open returns an empty directory.
func testContract(t *testing.T, open func(t *testing.T) scim.Directory) {
	t.Helper()
	tests := []struct {
		name string
		run  func(*suite)
	}{
		{"a created user is read back", (*suite).created},
		{"an unknown id is 404 everywhere", (*suite).unknown},
		{"a userName is unique in any letter case, until it is free", (*suite).userNames},
		{"an externalId need not be unique", (*suite).externalIDs},
		{"a version changes only with the resource", (*suite).versions},
		{"a version changes with what the resource shows of other resources", (*suite).versionsOfOthers},
		{"a refused PATCH changes nothing", (*suite).allOrNothing},
		{"PUT without active keeps it", (*suite).putKeepsActive},
		{"a condition that fails changes nothing", (*suite).conditions},
		{"a deleted user is gone, and the name is free", (*suite).deleted},
		{"lists are filtered, paged and stable", (*suite).lists},
		{"lists are searched and sorted by any attribute", (*suite).searched},
		{"a walk returns each resource once, also with writes between its pages", (*suite).walks},
		{"results are copies", (*suite).copies},
		{"one of two concurrent creates with the same name succeeds", (*suite).race},
		{"a group is created with its members", (*suite).groupMembers},
		{"members are added, removed and replaced", (*suite).membersMove},
		{"unknown members are pending and not shown", (*suite).pending},
		{"PUT of a group without members clears them unless members were sent by PATCH", (*suite).putWithoutMembers},
		{"a group's name is unique", (*suite).groupNames},
		{"a user shows its groups", (*suite).groupsOfUser},
		{"concurrent PATCHes of a group are all applied", (*suite).parallel},
		{"groups are found by name and member", (*suite).findGroups},
		{"a known manager is shown with name and address", (*suite).managers},
		{"a group can be a member of groups", (*suite).nested},
		{"a read of a cycle of groups ends", (*suite).circle},
		{"only MaxNesting levels of groups count", (*suite).deep},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(&suite{Directory: open(t), t: t})
		})
	}
}

// suite is the directory that a test checks.
type suite struct {
	scim.Directory

	t *testing.T
}

// refused fails the test unless err is an *Error with this status and scimType.
func refused(t *testing.T, err error, status int, scimType string) {
	t.Helper()
	e, ok := errors.AsType[*scim.Error](err)
	if !ok || e.Status != status || e.Type != scimType {
		t.Fatalf("got %v, want %d %s", err, status, scimType)
	}
}

func (b *suite) user(t *testing.T, name string) scim.User {
	t.Helper()
	return must[scim.User](t)(b.CreateUser(t.Context(), scim.User{Doc: scim.Document{"userName": name, "active": true}}))
}

func (b *suite) group(t *testing.T, name string, members ...scim.ID) scim.Group {
	t.Helper()
	g := scim.Group{Doc: scim.Document{"displayName": name}}
	for _, id := range members {
		g.Members = append(g.Members, scim.Member{Value: id})
	}
	return must[scim.Group](t)(b.CreateGroup(t.Context(), g))
}

// members returns the sorted ids of a group's members.
func (b *suite) members(t *testing.T, id scim.ID) []scim.ID {
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

func replaceOps(attribute string, v any) []scim.Op { return []scim.Op{replace(attribute, v)} }
