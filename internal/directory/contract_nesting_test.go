package directory_test

import (
	"slices"
	"strconv"
	"testing"

	"github.com/flexscim/flexscim/scim"
)

// groupsOf returns the attribute groups of a user.
func (b *suite) groupsOf(t *testing.T, id scim.ID) []scim.GroupRef {
	t.Helper()
	return must[scim.User](t)(b.User(t.Context(), id)).Groups
}

func (b *suite) nested() {
	t := b.t
	ctx := t.Context()
	ann, bob := b.user(t, "ann").ID, b.user(t, "bob").ID
	team := b.group(t, "Team", ann)
	unit := b.group(t, "Unit", team.ID, bob)
	firm := b.group(t, "Firm")
	b.patchGroup(t, firm.ID, members(scim.Add, unit.ID))
	equal(t, "members", b.members(t, unit.ID), sorted(team.ID, bob))
	equal(t, "a group as a member", must[scim.Group](t)(b.Group(ctx, firm.ID, true)).Members, []scim.Member{{Value: unit.ID, Display: "Unit", Group: true}})
	ofAnn := []scim.GroupRef{{ID: team.ID, Display: "Team"}, {ID: unit.ID, Display: "Unit", Indirect: true}, {ID: firm.ID, Display: "Firm", Indirect: true}}
	equal(t, "Ann's groups", b.groupsOf(t, ann), ofAnn)
	equal(t, "Bob's groups", b.groupsOf(t, bob), []scim.GroupRef{{ID: unit.ID, Display: "Unit"}, {ID: firm.ID, Display: "Firm", Indirect: true}})
	patched := must[scim.User](t)(b.PatchUser(ctx, ann, replaceOps("title", "Lead"), scim.Condition{}))
	equal(t, "groups in the response to a PATCH", patched.Groups, ofAnn)

	groups := must[scim.Page[scim.Group]](t)(b.Groups(ctx, scim.Query{StartIndex: 1, Count: 5, Members: true}))
	for i, want := range []int{1, 2, 1} {
		equal(t, groups.Items[i].Doc.DisplayName()+": members in a list", len(groups.Items[i].Members), want)
	}
	holds := scim.Compare{Attr: "members", Sub: "value", Op: scim.Eq, Value: string(team.ID)}
	b.finds(t, "by a group that is a member", holds, unit.ID)
	b.finds(t, "with any member", scim.Compare{Attr: "members", Op: scim.Pr}, team.ID, unit.ID, firm.ID)
	b.finds(t, "by member and more", scim.And{holds, scim.Compare{Attr: "displayName", Op: scim.Co, Value: "nit"}}, unit.ID)
	member := func(sub string, op scim.CompareOp, value any) scim.Filter {
		return scim.Compare{Attr: "members", Sub: sub, Op: op, Value: value}
	}
	for name, row := range map[string]struct {
		filter scim.Filter // the filter between the brackets of members[…]
		want   []scim.ID
	}{
		"a group":            {scim.Compare{Attr: "type", Op: scim.Eq, Value: "Group"}, []scim.ID{unit.ID, firm.ID}},
		"a group, by name":   {scim.And{scim.Compare{Attr: "type", Op: scim.Eq, Value: "Group"}, scim.Compare{Attr: "display", Op: scim.Co, Value: "EA"}}, []scim.ID{unit.ID}},
		"no user":            {scim.Not{Term: scim.Compare{Attr: "type", Op: scim.Sw, Value: "u"}}, []scim.ID{unit.ID, firm.ID}},
		"neither Ann, nor a": {scim.Not{Term: scim.Or{scim.Compare{Attr: "value", Op: scim.Eq, Value: string(ann)}, scim.Compare{Attr: "display", Op: scim.Co, Value: "a"}}}, []scim.ID{unit.ID, firm.ID}},
		"a user, by value":   {scim.And{scim.Compare{Attr: "type", Op: scim.Eq, Value: "User"}, scim.Compare{Attr: "value", Op: scim.Eq, Value: string(bob)}}, []scim.ID{unit.ID}},
	} {
		b.finds(t, "members: "+name, scim.Element{Attr: "members", Filter: row.filter}, row.want...)
	}
	b.finds(t, "by display", member("display", scim.Sw, "AN"), team.ID)
	b.finds(t, "by another member", member("value", scim.Ne, string(ann)), unit.ID, firm.ID)
	isIn := func(sub string, value any) scim.Filter {
		return scim.Compare{Attr: "groups", Sub: sub, Op: scim.Eq, Value: value}
	}
	within := func(g scim.Group, kind string) scim.Filter {
		return scim.Element{Attr: "groups", Filter: scim.And{scim.Compare{Attr: "value", Op: scim.Eq, Value: string(g.ID)}, scim.Compare{Attr: "type", Op: scim.Eq, Value: kind}}}
	}
	for _, row := range []struct {
		name   string
		filter scim.Filter
		want   []scim.ID
	}{
		{"directly or indirectly", isIn("value", string(unit.ID)), []scim.ID{ann, bob}},
		{"by name, over two levels", isIn("display", "FIRM"), []scim.ID{ann, bob}},
		{"directly", within(unit, "Direct"), []scim.ID{bob}},
		{"indirectly", within(unit, "indirect"), []scim.ID{ann}},
		{"in a group without subgroups", isIn("value", string(team.ID)), []scim.ID{ann}},
		{"in any group, indirectly", isIn("type", "indirect"), []scim.ID{ann, bob}},
		{"not in it", scim.Not{Term: isIn("value", string(team.ID))}, []scim.ID{bob}},
	} {
		users := must[scim.Page[scim.User]](t)(b.Users(ctx, scim.Query{StartIndex: 1, Count: 5, Filter: row.filter, Groups: true}))
		var found []scim.ID
		for _, u := range users.Items {
			found = append(found, u.ID)
		}
		equal(t, "users "+row.name, found, row.want)
		if row.want[0] == ann {
			equal(t, "their groups", users.Items[0].Groups, ofAnn)
		}
	}

	// Ann is now a direct and an indirect member of Firm. Her attribute groups shows
	// Firm as a direct group.
	b.patchGroup(t, firm.ID, members(scim.Add, ann))
	equal(t, "both", b.groupsOf(t, ann), []scim.GroupRef{{ID: team.ID, Display: "Team"}, {ID: firm.ID, Display: "Firm"}, {ID: unit.ID, Display: "Unit", Indirect: true}})
	b.patchGroup(t, unit.ID, removeByFilter(team.ID))
	equal(t, "taken out", b.groupsOf(t, ann), []scim.GroupRef{{ID: team.ID, Display: "Team"}, {ID: firm.ID, Display: "Firm"}})
	if err := b.DeleteGroup(ctx, unit.ID, scim.Condition{}); err != nil {
		t.Fatal(err)
	}
	equal(t, "members after a delete", b.members(t, firm.ID), sorted(ann))
	equal(t, "Bob's groups after a delete", len(b.groupsOf(t, bob)), 0)
}

// suite.finds checks that a list of groups with the filter f returns exactly the
// groups want.
func (b *suite) finds(t *testing.T, what string, f scim.Filter, want ...scim.ID) {
	t.Helper()
	var found []scim.ID
	for _, g := range must[scim.Page[scim.Group]](t)(b.Groups(t.Context(), scim.Query{StartIndex: 1, Count: 5, Filter: f})).Items {
		found = append(found, g.ID)
	}
	equal(t, what, found, want)
}

func (b *suite) circle() {
	t := b.t
	ann := b.user(t, "ann").ID
	one := b.group(t, "One", ann)
	two := b.group(t, "Two", one.ID)
	b.patchGroup(t, one.ID, members(scim.Add, two.ID, one.ID)) // the group is also a member of itself
	equal(t, "members", b.members(t, one.ID), sorted(ann, one.ID, two.ID))
	equal(t, "groups", b.groupsOf(t, ann), []scim.GroupRef{{ID: one.ID, Display: "One"}, {ID: two.ID, Display: "Two", Indirect: true}})
	for _, g := range []scim.Group{one, two} {
		f := scim.Compare{Attr: "groups", Sub: "value", Op: scim.Eq, Value: string(g.ID)}
		equal(t, "who is in "+g.Doc.DisplayName(), must[scim.Page[scim.User]](t)(b.Users(t.Context(), scim.Query{Filter: f})).Total, 1)
	}
	b.patchGroup(t, two.ID, replaceOps("displayName", "Two 2")...)
	if err := b.DeleteGroup(t.Context(), one.ID, scim.Condition{}); err != nil {
		t.Fatal(err)
	}
	equal(t, "groups after a delete", len(b.groupsOf(t, ann)), 0)
}

func (b *suite) deep() {
	t := b.t
	ann := b.user(t, "ann").ID
	last := ann
	for i := range scim.MaxNesting + 3 {
		last = b.group(t, "Level "+strconv.Itoa(i), last).ID
	}
	groups := b.groupsOf(t, ann)
	equal(t, "groups", len(groups), 1+scim.MaxNesting)
	equal(t, "the last one", groups[scim.MaxNesting].Display, "Level "+strconv.Itoa(scim.MaxNesting))
	for _, g := range groups { // for each group in the user's `groups`, a filter on its id finds the user
		f := scim.Compare{Attr: "groups", Sub: "value", Op: scim.Eq, Value: string(g.ID)}
		equal(t, "who is in "+g.Display, must[scim.Page[scim.User]](t)(b.Users(t.Context(), scim.Query{Filter: f})).Total, 1)
	}
	above := scim.Compare{Attr: "groups", Sub: "value", Op: scim.Eq, Value: string(last)}
	equal(t, "users in the outermost group", must[scim.Page[scim.User]](t)(b.Users(t.Context(), scim.Query{Filter: above})).Total, 0)
	b.patchGroup(t, last, replaceOps("displayName", "Top")...)
}

// suite.managers checks that a manager's name and $ref are shown only if the
// manager is a user of the directory.
func (b *suite) managers() {
	t := b.t
	ctx := t.Context()
	boss := b.user(t, "boss").ID
	with := func(name, manager string) scim.User {
		t.Helper()
		ext := map[string]any{"manager": map[string]any{"value": manager}}
		return must[scim.User](t)(b.CreateUser(ctx, scim.User{Doc: scim.Document{"userName": name, scim.URNEnterprise: ext}}))
	}
	ann := with("ann", string(boss))
	want := &scim.UserRef{ID: boss, Display: "boss"}
	equal(t, "in the answer to a POST", ann.Manager, want)
	for name, id := range map[string]string{"bob": string(scim.NewID()), "cid": "00uBoss", "dan": string(b.group(t, "Care").ID)} {
		equal(t, name+"'s manager", with(name, id).Manager, nil)
	}
	must[scim.User](t)(b.PatchUser(ctx, boss, replaceOps("displayName", "The boss"), scim.Condition{}))
	want = &scim.UserRef{ID: boss, Display: "The boss"}
	equal(t, "of one", must[scim.User](t)(b.User(ctx, ann.ID)).Manager, want)
	equal(t, "in the answer to a PATCH", must[scim.User](t)(b.PatchUser(ctx, ann.ID, replaceOps("title", "Lead"), scim.Condition{})).Manager, want)
	put := must[scim.User](t)(b.ReplaceUser(ctx, ann.ID, scim.User{Doc: ann.Doc}, scim.Condition{}))
	equal(t, "in the answer to a PUT", put.Manager, want)
	page := must[scim.Page[scim.User]](t)(b.Users(ctx, scim.Query{StartIndex: 1, Count: 10, Managers: true}))
	known := 0
	for _, u := range page.Items {
		if u.Manager != nil {
			known++
			equal(t, "in a list", u.Manager, want)
		}
	}
	equal(t, "managers in a list", known, 1)
	if err := b.DeleteUser(ctx, boss, scim.Condition{}); err != nil {
		t.Fatal(err)
	}
	gone := must[scim.User](t)(b.User(ctx, ann.ID))
	equal(t, "who is gone", gone.Manager, nil)
	equal(t, "and is kept", gone.Doc.Manager(), string(boss))
}

// versionsOfOthers checks that a resource's version changes if the name of another
// resource in its response changes, because a version identifies a response (RFC
// 7644 §3.14).
func (b *suite) versionsOfOthers() {
	t, ctx := b.t, b.t.Context()
	boss, ann, bob := b.user(t, "boss").ID, b.user(t, "ann").ID, b.user(t, "bob").ID
	team := b.group(t, "Team", ann).ID
	unit := b.group(t, "Unit", team, bob).ID
	must[scim.User](t)(b.PatchUser(ctx, ann, []scim.Op{{Kind: scim.Add, Path: scim.Path{URN: scim.URNEnterprise, Attr: "manager"}, Value: map[string]any{"value": string(boss)}}}, scim.Condition{}))
	rename := func(id scim.ID, name string) func() {
		return func() { must[scim.User](t)(b.PatchUser(ctx, id, replaceOps("displayName", name), scim.Condition{})) }
	}
	patch := func(g scim.ID, ops ...scim.Op) func() { return func() { b.patchGroup(t, g, ops...) } }
	stranger := scim.NewID()
	who := map[scim.ID]string{boss: "boss", ann: "ann", bob: "bob", team: "team", unit: "unit"}
	for _, step := range []struct {
		name    string
		do      func()
		moves   []string // resources whose version changes
		written string   // the resource whose lastModified changes, because the request writes to it
	}{
		{"nothing", func() {}, nil, ""},
		{"a title", func() { must[scim.User](t)(b.PatchUser(ctx, bob, replaceOps("title", "Lead"), scim.Condition{})) }, []string{"bob"}, "bob"},
		{"a member's name", rename(bob, "Bob B"), []string{"bob", "unit"}, "bob"},
		{"a manager's name", rename(boss, "The Boss"), []string{"ann", "boss"}, "boss"},
		{"a member who joins", patch(team, members(scim.Add, bob)), []string{"bob", "team"}, "team"},
		{"a member who is added again", patch(team, members(scim.Add, bob)), nil, ""},
		{"a member who leaves", patch(team, removeByFilter(bob)), []string{"bob", "team"}, "team"},
		{"a pending member who joins", patch(team, members(scim.Add, stranger)), nil, ""},
		{"a pending member who leaves", patch(team, removeByFilter(stranger)), nil, ""},
		{"an inner group's name", patch(team, replaceOps("displayName", "Crew")...), []string{"ann", "team", "unit"}, "team"},
		{"an outer group's name", patch(unit, replaceOps("displayName", "House")...), []string{"ann", "bob", "unit"}, "unit"},
		{"an inner group that leaves", patch(unit, removeByFilter(team)), []string{"ann", "unit"}, "unit"},
		{"an inner group that comes back", patch(unit, members(scim.Add, team)), []string{"ann", "unit"}, "unit"},
		{"a manager who is deleted", func() { equal(t, "error", b.DeleteUser(ctx, boss, scim.Condition{}), nil) }, []string{"ann"}, ""},
		{"a member who is deleted", func() { equal(t, "error", b.DeleteUser(ctx, bob, scim.Condition{}), nil) }, []string{"unit"}, ""},
		{"an inner group that is deleted", func() { equal(t, "error", b.DeleteGroup(ctx, team, scim.Condition{}), nil) }, []string{"ann", "unit"}, ""},
	} {
		before := b.metas(t, who)
		step.do()
		var moved []string
		for id, now := range b.metas(t, who) {
			if was := before[id]; now.Version != was.Version {
				moved = append(moved, who[id])
			}
			equal(t, step.name+" moves lastModified of "+who[id], !now.LastModified.Equal(before[id].LastModified), who[id] == step.written)
		}
		slices.Sort(moved)
		equal(t, step.name+" moves", moved, step.moves)
	}
}

// metas returns the Meta of the users and groups with the given ids.
func (b *suite) metas(t *testing.T, ids map[scim.ID]string) map[scim.ID]scim.Meta {
	t.Helper()
	all := map[scim.ID]scim.Meta{}
	for id := range ids {
		if u, err := b.User(t.Context(), id); err == nil {
			all[id] = u.Meta
		} else if g, err := b.Group(t.Context(), id, false); err == nil {
			all[id] = g.Meta
		}
	}
	return all
}
