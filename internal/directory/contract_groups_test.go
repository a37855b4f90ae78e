package directory_test

import (
	"strconv"
	"sync"
	"testing"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
)

func removeByFilter(id scim.ID) scim.Op {
	named := scim.Compare{Attr: "value", Op: scim.Eq, Value: string(id)}
	return scim.Op{Kind: scim.Remove, Path: scim.Path{Attr: "members", Filter: named}}
}

// removeWhere returns an operation that removes each member that has one of the
// given ids and, in the sub-attribute sub, the given value.
func removeWhere(sub, value string, ids ...scim.ID) scim.Op {
	var one scim.Or
	for _, id := range ids {
		one = append(one, scim.Compare{Attr: "value", Op: scim.Eq, Value: string(id)})
	}
	filter := scim.And{scim.Compare{Attr: sub, Op: scim.Eq, Value: value}, one}
	return scim.Op{Kind: scim.Remove, Path: scim.Path{Attr: "members", Filter: filter}}
}

func (b *suite) patchGroup(t *testing.T, id scim.ID, ops ...scim.Op) scim.Group {
	t.Helper()
	return must[scim.Group](t)(b.PatchGroup(t.Context(), id, ops, scim.Condition{}))
}

func (b *suite) groupMembers() {
	t := b.t
	ann, bob := b.user(t, "ann"), b.user(t, "bob")
	g := b.group(t, "care", ann.ID, bob.ID)
	equal(t, "members", b.members(t, g.ID), sorted(ann.ID, bob.ID))
	bare := must[scim.Group](t)(b.Group(t.Context(), g.ID, false))
	equal(t, "members not asked for", len(bare.Members), 0)
	equal(t, "version", bare.Meta.Version, 1)
}

func (b *suite) membersMove() {
	t := b.t
	ann, bob, cid := b.user(t, "ann").ID, b.user(t, "bob").ID, b.user(t, "cid").ID
	g := b.group(t, "care", ann).ID
	steps := []struct {
		name    string
		ops     []scim.Op
		want    []scim.ID
		version int64
	}{
		{"add", []scim.Op{members(scim.Add, bob)}, sorted(ann, bob), 2},
		{"add again", []scim.Op{members(scim.Add, bob)}, sorted(ann, bob), 2},
		{"remove by filter", []scim.Op{removeByFilter(ann)}, sorted(bob), 3},
		{"remove a non-member", []scim.Op{removeByFilter(ann)}, sorted(bob), 3},
		{"remove non-members by value array", []scim.Op{members(scim.Remove, ann, cid)}, sorted(bob), 3},
		{"replace by the same", []scim.Op{members(scim.Replace, bob)}, sorted(bob), 3},
		{"replace", []scim.Op{members(scim.Replace, ann, cid)}, sorted(ann, cid), 4},
		{"in order", []scim.Op{members(scim.Remove, cid), members(scim.Add, bob), removeByFilter(ann)}, sorted(bob), 5},
		{"remove by value and another type", []scim.Op{removeWhere("type", "Group", bob)}, sorted(bob), 5},
		{"remove by value and type", []scim.Op{members(scim.Add, ann, cid), removeWhere("type", "User", bob, cid)}, sorted(ann, cid), 6},
		{"remove by value and display", []scim.Op{removeWhere("display", "ANN", ann, cid), members(scim.Add, bob)}, sorted(bob, cid), 7},
		{"remove by a display that they do not have", []scim.Op{removeWhere("display", "dan", bob, cid)}, sorted(bob, cid), 7},
		{"rename only", replaceOps("displayName", "Care 2"), sorted(bob, cid), 8},
		{"empty", []scim.Op{members(scim.Replace)}, sorted(), 9},
	}
	for _, step := range steps {
		got := b.patchGroup(t, g, step.ops...)
		equal(t, step.name, b.members(t, g), step.want)
		equal(t, step.name+": version", got.Meta.Version, step.version)
		equal(t, step.name+": members in the response", len(got.Members), 0)
	}
	_, err := b.PatchGroup(t.Context(), g, []scim.Op{members(scim.Remove)}, scim.Condition{})
	refused(t, err, 400, refusal.InvalidValue)
}

func (b *suite) pending() {
	t := b.t
	ann, stranger := b.user(t, "ann").ID, scim.NewID()
	g := b.group(t, "care").ID
	b.patchGroup(t, g, members(scim.Add, stranger, ann, "not-even-our-shape"))
	equal(t, "members", b.members(t, g), sorted(ann))
	equal(t, "groups of a new user", len(b.user(t, "bob").Groups), 0)
	made := b.group(t, "sales", stranger, ann)
	equal(t, "members of a new group", made.Members, []scim.Member{{Value: ann, Display: made.Members[0].Display}})
	b.patchGroup(t, g, removeByFilter(stranger))
	equal(t, "members", b.members(t, g), sorted(ann))
	if err := b.DeleteUser(t.Context(), ann, scim.Condition{}); err != nil {
		t.Fatal(err)
	}
	equal(t, "members after a delete", b.members(t, g), sorted())
}

func (b *suite) putWithoutMembers() {
	t := b.t
	ctx := t.Context()
	ann, bob := b.user(t, "ann").ID, b.user(t, "bob").ID
	g := b.group(t, "care").ID
	body := scim.Group{Doc: scim.Document{"displayName": "Care", "externalId": "g1"}}
	put := func(change *scim.MemberChange) {
		t.Helper()
		got := must[scim.Group](t)(b.ReplaceGroup(ctx, g, body, change, scim.Condition{}))
		equal(t, "document", got.Doc, body.Doc)
	}
	put(nil)
	equal(t, "members of an empty group", b.members(t, g), sorted())
	put(&scim.MemberChange{Replace: true, Add: []scim.ID{bob}})
	equal(t, "members named", b.members(t, g), sorted(bob))
	put(nil)
	equal(t, "members not named after a PUT", b.members(t, g), sorted())
	b.patchGroup(t, g, members(scim.Add, ann))
	put(nil)
	equal(t, "members not named after a PATCH", b.members(t, g), sorted(ann))
	put(&scim.MemberChange{Replace: true, Add: []scim.ID{bob}})
	put(nil)
	equal(t, "members not named after a PATCH and a PUT", b.members(t, g), sorted(bob))
	put(&scim.MemberChange{Replace: true})
	equal(t, "members emptied", b.members(t, g), sorted())
}

func (b *suite) groupNames() {
	t := b.t
	ctx := t.Context()
	care, sales := b.group(t, "Care"), b.group(t, "Sales")
	_, err := b.CreateGroup(ctx, scim.Group{Doc: scim.Document{"displayName": "CARE"}})
	refused(t, err, 409, refusal.Uniqueness)
	_, err = b.PatchGroup(ctx, sales.ID, replaceOps("displayName", "care"), scim.Condition{})
	refused(t, err, 409, refusal.Uniqueness)
	b.patchGroup(t, care.ID, replaceOps("displayName", "CARE")...)
	if err := b.DeleteGroup(ctx, care.ID, scim.Condition{}); err != nil {
		t.Fatal(err)
	}
	b.patchGroup(t, sales.ID, replaceOps("displayName", "care")...)
}

func (b *suite) groupsOfUser() {
	t := b.t
	ctx := t.Context()
	ann := b.user(t, "ann").ID
	care, sales := b.group(t, "Care", ann), b.group(t, "Sales")
	want := []scim.GroupRef{{ID: care.ID, Display: "Care"}}
	equal(t, "groups", must[scim.User](t)(b.User(ctx, ann)).Groups, want)
	for _, title := range []string{"Agent", "Lead", "Lead"} { // the repeated title changes nothing
		patched := must[scim.User](t)(b.PatchUser(ctx, ann, replaceOps("title", title), scim.Condition{}))
		equal(t, "groups in the response to a PATCH", patched.Groups, want)
		put := must[scim.User](t)(b.ReplaceUser(ctx, ann, scim.User{Doc: patched.Doc}, scim.Condition{}))
		equal(t, "groups in the response to a PUT", put.Groups, want)
	}
	b.patchGroup(t, care.ID, removeByFilter(ann))
	bare := must[scim.User](t)(b.PatchUser(ctx, ann, replaceOps("title", "Agent"), scim.Condition{}))
	equal(t, "groups after the removal", len(bare.Groups), 0)
	b.patchGroup(t, sales.ID, members(scim.Add, ann))
	want = []scim.GroupRef{{ID: sales.ID, Display: "Sales"}}
	page := must[scim.Page[scim.User]](t)(b.Users(ctx, scim.Query{StartIndex: 1, Count: 1, Groups: true}))
	equal(t, "groups in a list", page.Items[0].Groups, want)
	if err := b.DeleteGroup(ctx, sales.ID, scim.Condition{}); err != nil {
		t.Fatal(err)
	}
	equal(t, "groups after a delete", len(must[scim.User](t)(b.User(ctx, ann)).Groups), 0)
}

func (b *suite) parallel() {
	t := b.t
	const people = 50
	g := b.group(t, "care").ID
	ids := make([]scim.ID, people)
	for i := range ids {
		ids[i] = b.user(t, "user"+strconv.Itoa(i)).ID
	}
	var wg sync.WaitGroup
	errs := make([]error, people)
	for i, id := range ids {
		wg.Go(func() {
			_, errs[i] = b.PatchGroup(t.Context(), g, []scim.Op{members(scim.Add, id)}, scim.Condition{})
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	equal(t, "members", b.members(t, g), sorted(ids...))
}

func (b *suite) findGroups() {
	t := b.t
	ann := b.user(t, "ann").ID
	care := b.group(t, "Care", ann)
	b.group(t, "Sales")
	filters := map[string]scim.Filter{ // :: name → filter that finds only the group care
		"name":       scim.Compare{Attr: "displayName", Op: scim.Eq, Value: "CARE"},
		"id, member": scim.And{scim.Compare{Attr: "id", Op: scim.Eq, Value: string(care.ID)}, scim.Compare{Attr: "members", Op: scim.Eq, Value: string(ann)}},
	}
	for name, f := range filters {
		p := must[scim.Page[scim.Group]](t)(b.Groups(t.Context(), scim.Query{StartIndex: 1, Count: 5, Filter: f}))
		equal(t, name+": total", p.Total, 1)
		equal(t, name+": id", p.Items[0].ID, care.ID)
		equal(t, name+": members not asked for", len(p.Items[0].Members), 0)
	}
}
