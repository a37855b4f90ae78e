package directory_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/scim"
)

// The struct firm has three people and three nested groups. Ann is a member of
// Team, Team and Bob are members of Unit, and Unit is a member of Firm. Cid is a
// member of no group.
type firm struct {
	ann, bob, cid    scim.ID
	team, unit, firm scim.ID
}

// The method firm creates the people and groups of a firm. Each name ends with the
// argument mark.
func (r *rig) firm(mark string) firm {
	r.Helper()
	user := func(name string) scim.ID { return r.user(scim.Document{"userName": name + mark}).ID }
	f := firm{ann: user("ann"), bob: user("bob"), cid: user("cid")}
	f.team = r.group("Team"+mark, f.ann)
	f.unit = r.group("Unit"+mark, f.team, f.bob)
	f.firm = r.group("Firm"+mark, f.unit)
	r.settleAll(f)
	return f
}

func (r *rig) settleAll(f firm) {
	r.Helper()
	for _, id := range []scim.ID{f.ann, f.bob, f.cid} {
		r.settle(id)
	}
}

// TestNestedGroupWrites checks that a change of a group touches its direct and
// indirect members, because rules also use the groups of which a person is an
// indirect member.
func TestNestedGroupWrites(t *testing.T) {
	t.Parallel()
	patch := func(group func(firm) scim.ID, op func(firm) scim.Op) func(*rig, firm) error {
		return func(r *rig, f firm) error {
			return second(r.PatchGroup(r.ctx, group(f), []scim.Op{op(f)}, always))
		}
	}
	top, middle := func(f firm) scim.ID { return f.firm }, func(f firm) scim.ID { return f.unit }
	renamed := func(f firm) scim.Op { return replace("displayName", "Once "+string(f.ann)) }
	rows := []struct {
		what    string
		write   func(*rig, firm) error
		touched string
	}{
		{"a new name at the top", patch(top, renamed), "ann bob"},
		{"a new name in the middle", patch(middle, renamed), "ann bob"},
		{"an externalId", patch(top, func(firm) scim.Op { return replace("externalId", "x") }), ""},
		{"a group goes", patch(middle, func(f firm) scim.Op { return members(scim.Remove, f.team) }), "ann"},
		{"a group with members is removed", patch(top, func(f firm) scim.Op { return members(scim.Remove, f.unit) }), "ann bob"},
		{"a group joins a group that it is in indirectly", patch(top, func(f firm) scim.Op { return members(scim.Add, f.team) }), "ann"},
		{"a group that is a member is added again", patch(top, func(f firm) scim.Op { return members(scim.Add, f.unit) }), ""},
		{"the members are replaced by the same", patch(top, func(f firm) scim.Op { return members(scim.Replace, f.unit) }), ""},
		{"a user replaces a group", patch(top, func(f firm) scim.Op { return members(scim.Replace, f.cid) }), "ann bob cid"},
		{"a user joins an inner group", patch(middle, func(f firm) scim.Op { return members(scim.Add, f.cid) }), "cid"},
		{"a circle", patch(func(f firm) scim.ID { return f.team }, func(f firm) scim.Op { return members(scim.Add, f.firm) }), "ann bob"},
		{"the top is deleted", func(r *rig, f firm) error { return r.DeleteGroup(r.ctx, f.firm, always) }, "ann bob"},
		{"the middle is deleted", func(r *rig, f firm) error { return r.DeleteGroup(r.ctx, f.unit, always) }, "ann bob"},
		{"a new group has a group as a member", func(r *rig, f firm) error { r.group("World", f.firm, f.cid); return nil }, "ann bob cid"},
	}
	engines(t, func(r *rig) {
		for i, row := range rows {
			f := r.firm(strconv.Itoa(i))
			if err := row.write(r, f); err != nil {
				r.Fatal(err)
			}
			var touched []string
			behind := r.behind()
			for i, id := range []scim.ID{f.ann, f.bob, f.cid} {
				if behind[id] == store.Changing {
					touched = append(touched, []string{"ann", "bob", "cid"}[i])
				}
			}
			r.equal(row.what, strings.Join(touched, " "), row.touched)
			r.settleAll(f)
		}
	})
}

// TestNestedGroupsOfAPerson checks that the groups of a person in the mapping rules
// are the groups that the IdP reads in the user's attribute groups.
func TestNestedGroupsOfAPerson(t *testing.T) {
	t.Parallel()
	engines(t, func(r *rig) {
		f := r.firm("")
		r.equal("groups that Flex sees", r.person(f.ann).Groups, []store.GroupName{
			{ID: f.team, Display: "Team"}, {ID: f.unit, Display: "Unit", Indirect: true}, {ID: f.firm, Display: "Firm", Indirect: true},
		})
	})
}

// TestPendingGroupAppears checks that an unknown member becomes a member when a
// group with its id is created.
func TestPendingGroupAppears(t *testing.T) {
	t.Parallel()
	engines(t, func(r *rig) {
		late := scim.Group{ID: scim.NewID(), Doc: scim.Document{"displayName": "Late"}, Meta: scim.Meta{Version: 1}}
		outer := r.group("Outer", late.ID)
		ann := r.user(scim.Document{"userName": "ann"}).ID
		r.equal("members before", len(must[scim.Group](r.T)(r.Group(r.ctx, outer, true)).Members), 0)
		err := r.store.Write(r.ctx, store.AnyKey, func(tx *store.Tx) error { return tx.InsertGroup(r.ctx, okta.ID, late) })
		if err != nil {
			r.Fatal(err)
		}
		must[scim.Group](r.T)(r.PatchGroup(r.ctx, late.ID, []scim.Op{members(scim.Add, ann)}, always))
		r.equal("members", must[scim.Group](r.T)(r.Group(r.ctx, outer, true)).Members, []scim.Member{{Value: late.ID, Display: "Late", Group: true}})
		r.equal("groups", must[scim.User](r.T)(r.User(r.ctx, ann)).Groups,
			[]scim.GroupRef{{ID: late.ID, Display: "Late"}, {ID: outer, Display: "Outer", Indirect: true}})
	})
}

// TestManyWaysUp checks that if a person is a member of a group through many other
// groups, the group is read only once.
func TestManyWaysUp(t *testing.T) {
	t.Parallel()
	engines(t, func(r *rig) {
		const wide, high = 4, 12 // 4^12 paths
		ann := r.user(scim.Document{"userName": "ann"}).ID
		below := []scim.ID{ann}
		for level := range high {
			var here []scim.ID
			for i := range wide {
				here = append(here, r.group(strconv.Itoa(level)+"-"+strconv.Itoa(i), below...))
			}
			below = here
		}
		r.equal("groups", len(must[scim.User](r.T)(r.User(r.ctx, ann)).Groups), wide*high)
	})
}
