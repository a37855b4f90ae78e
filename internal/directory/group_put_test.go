package directory_test

import (
	"slices"
	"testing"

	"github.com/flexscim/flexscim/internal/directory"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/scim"
)

// TestGroupPut checks whether a PUT without members removes the members of the
// group. It does so for each value of the setting group_put, and for each way in
// which an IdP has written members. After a restart, a new Directory must decide in
// the same way.
func TestGroupPut(t *testing.T) {
	t.Parallel()
	add := []scim.Op{{Kind: scim.Add, Path: scim.Path{Attr: "members"}, Value: []any{"pending"}}}
	empty := []scim.Op{{Kind: scim.Replace, Path: scim.Path{Attr: "members"}, Value: []any{}}}
	title := []scim.Op{{Kind: scim.Replace, Path: scim.Path{Attr: "externalId"}, Value: "x"}}
	engines(t, func(r *rig) {
		for _, row := range []struct {
			setting   scim.GroupPut
			post, put bool // with members
			patch     []scim.Op
			clears    bool
		}{
			{"", false, false, nil, false},
			{"auto", false, false, nil, false},
			{"auto", true, false, nil, true},
			{"auto", false, true, nil, true},
			{"auto", false, true, title, true},
			{"auto", false, true, add, false},
			{"auto", true, true, empty, false},
			{"auto", false, false, add, false},
			{"clear", false, false, add, true},
			{"keep", true, true, nil, false},
		} {
			c := store.Connection{ID: store.ConnectionID(scim.NewID()), Name: string(scim.NewID()), Settings: store.Settings{GroupPut: row.setting}}
			if err := r.store.Write(r.ctx, store.AnyKey, func(tx *store.Tx) error { return tx.InsertConnection(r.ctx, c) }); err != nil {
				r.Fatal(err)
			}
			d := directory.New(r.store, c)
			ann := must[scim.User](r.T)(d.CreateUser(r.ctx, scim.User{Doc: scim.Document{"userName": "ann"}})).ID
			group := func(name string, members ...scim.Member) scim.Group {
				return scim.Group{Doc: scim.Document{"displayName": name}, Members: members}
			}
			other := must[scim.Group](r.T)(d.CreateGroup(r.ctx, group("other"))).ID
			if row.post {
				must[scim.Group](r.T)(d.CreateGroup(r.ctx, group("posted", scim.Member{Value: ann})))
			}
			if row.put {
				must[scim.Group](r.T)(d.ReplaceGroup(r.ctx, other, group("other"), &scim.MemberChange{Replace: true, Add: []scim.ID{ann}}, always))
			}
			if row.patch != nil {
				must[scim.Group](r.T)(d.PatchGroup(r.ctx, other, row.patch, always))
			}
			care := r.joined(c, ann)
			for _, d := range []*directory.Directory{d, directory.New(r.store, c)} {
				must[scim.Group](r.T)(d.ReplaceGroup(r.ctx, care, group("care"), nil, always))
				got := must[scim.Group](r.T)(d.Group(r.ctx, care, true))
				stays := slices.ContainsFunc(got.Members, func(m scim.Member) bool { return m.Value == ann })
				if stays == row.clears {
					r.Errorf("%+v: got member %t", row, stays)
				}
			}
		}
	})
}

// joined stores a group "care" with a member. It writes to the store directly,
// because a request of the IdP would count as a way of writing members.
func (r *rig) joined(c store.Connection, member scim.ID) scim.ID {
	r.Helper()
	care := scim.Group{ID: scim.NewID(), Doc: scim.Document{"displayName": "care"}, Meta: scim.Meta{Version: 1}}
	err := r.store.Write(r.ctx, store.AnyKey, func(tx *store.Tx) error {
		if err := tx.InsertGroup(r.ctx, c.ID, care); err != nil {
			return err
		}
		_, err := tx.ChangeMembers(r.ctx, c.ID, care.ID, scim.MemberChange{Add: []scim.ID{member}}, store.Why{})
		return err
	})
	if err != nil {
		r.Fatal(err)
	}
	return care.ID
}
