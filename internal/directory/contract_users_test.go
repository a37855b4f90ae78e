package directory_test

import (
	"fmt"
	"sync"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
)

func (b *suite) created() {
	t := b.t
	want := scim.Document{
		"userName": "Ann@Example.com", "externalId": "00u1", "active": true,
		"name":   map[string]any{"givenName": "Ann", "familyName": "Lee"},
		"emails": []any{map[string]any{"value": "ann@example.com", "type": "work", "primary": true}},
		scim.URNEnterprise: map[string]any{
			"department": "Care", "manager": map[string]any{"value": "nobody-we-know"},
		},
	}
	made := must[scim.User](t)(b.CreateUser(t.Context(), scim.User{Doc: want.Clone()}))
	if !made.ID.Valid() {
		t.Errorf("got id %q, want one of ours", made.ID)
	}
	equal(t, "created", made.Doc, want)
	equal(t, "version", made.Meta.Version, 1)
	read := must[scim.User](t)(b.User(t.Context(), made.ID))
	equal(t, "read", read.Doc, want)
	if !read.Meta.Created.Equal(made.Meta.Created) || read.Meta.Created.IsZero() {
		t.Errorf("got created %v, want %v", read.Meta.Created, made.Meta.Created)
	}
}

func (b *suite) unknown() {
	t := b.t
	ctx, id, free := t.Context(), scim.NewID(), scim.Condition{}
	_, err := b.User(ctx, id)
	refused(t, err, 404, "")
	_, err = b.ReplaceUser(ctx, id, scim.User{Doc: scim.Document{"userName": "x"}}, free)
	refused(t, err, 404, "")
	_, err = b.PatchUser(ctx, id, replaceOps("active", false), free)
	refused(t, err, 404, "")
	refused(t, b.DeleteUser(ctx, id, free), 404, "")
	_, err = b.Group(ctx, id, true)
	refused(t, err, 404, "")
	_, err = b.ReplaceGroup(ctx, id, scim.Group{Doc: scim.Document{"displayName": "x"}}, nil, free)
	refused(t, err, 404, "")
	_, err = b.PatchGroup(ctx, id, replaceOps("displayName", "y"), free)
	refused(t, err, 404, "")
	refused(t, b.DeleteGroup(ctx, id, free), 404, "")
}

func (b *suite) userNames() {
	t := b.t
	ctx := t.Context()
	ann := b.user(t, "Jürgen@example.com")
	bob := b.user(t, "bob")
	_, err := b.CreateUser(ctx, scim.User{Doc: scim.Document{"userName": "JÜRGEN@EXAMPLE.COM"}})
	refused(t, err, 409, refusal.Uniqueness)
	_, err = b.PatchUser(ctx, bob.ID, replaceOps("userName", "jürgen@example.com"), scim.Condition{})
	refused(t, err, 409, refusal.Uniqueness)
	_, err = b.ReplaceUser(ctx, bob.ID, scim.User{Doc: scim.Document{"userName": "jürgen@example.com"}}, scim.Condition{})
	refused(t, err, 409, refusal.Uniqueness)
	must[scim.User](t)(b.PatchUser(ctx, ann.ID, replaceOps("userName", "JÜRGEN@example.com"), scim.Condition{}))
	must[scim.User](t)(b.PatchUser(ctx, ann.ID, replaceOps("userName", "ann"), scim.Condition{}))
	must[scim.User](t)(b.PatchUser(ctx, bob.ID, replaceOps("userName", "jürgen@example.com"), scim.Condition{}))
}

func (b *suite) externalIDs() {
	t := b.t
	ctx := t.Context()
	var want []scim.ID
	for _, name := range []string{"a", "b"} {
		u := scim.User{Doc: scim.Document{"userName": name, "externalId": "X1"}}
		want = append(want, must[scim.User](t)(b.CreateUser(ctx, u)).ID)
		must[scim.Group](t)(b.CreateGroup(ctx, scim.Group{Doc: scim.Document{"displayName": name, "externalId": "X1"}}))
	}
	must[scim.User](t)(b.CreateUser(ctx, scim.User{Doc: scim.Document{"userName": "c", "externalId": "x1"}}))
	named := scim.Query{StartIndex: 1, Count: 10, Filter: scim.Compare{Attr: "externalId", Op: scim.Eq, Value: "X1"}}
	users := must[scim.Page[scim.User]](t)(b.Users(ctx, named))
	equal(t, "users", users.Total, 2)
	equal(t, "ids", sorted(users.Items[0].ID, users.Items[1].ID), sorted(want...))
	equal(t, "groups", must[scim.Page[scim.Group]](t)(b.Groups(ctx, named)).Total, 2)
}

func (b *suite) versions() {
	t := b.t
	ctx := t.Context()
	u := b.user(t, "ann")
	same := must[scim.User](t)(b.PatchUser(ctx, u.ID, replaceOps("active", "True"), scim.Condition{}))
	equal(t, "version after no change", same.Meta.Version, 1)
	same = must[scim.User](t)(b.ReplaceUser(ctx, u.ID, scim.User{Doc: u.Doc.Clone()}, scim.Condition{}))
	equal(t, "version after PUT of the same", same.Meta.Version, 1)
	moved := must[scim.User](t)(b.PatchUser(ctx, u.ID, replaceOps("active", "False"), scim.Condition{}))
	equal(t, "version after a change", moved.Meta.Version, 2)
	equal(t, "active", moved.Doc.Active(), false)
	if moved.Meta.LastModified.Before(moved.Meta.Created) {
		t.Errorf("got lastModified %v before created %v", moved.Meta.LastModified, moved.Meta.Created)
	}
	read := must[scim.User](t)(b.User(ctx, u.ID))
	equal(t, "version read", read.Meta.Version, 2)
}

func (b *suite) allOrNothing() {
	t := b.t
	u := b.user(t, "ann")
	ops := append(replaceOps("title", "Lead"), replaceOps("active", "maybe")...)
	_, err := b.PatchUser(t.Context(), u.ID, ops, scim.Condition{})
	refused(t, err, 400, refusal.InvalidValue)
	read := must[scim.User](t)(b.User(t.Context(), u.ID))
	equal(t, "document", read.Doc, u.Doc)
	equal(t, "version", read.Meta.Version, 1)
}

func (b *suite) putKeepsActive() {
	t := b.t
	ctx := t.Context()
	u := b.user(t, "ann")
	must[scim.User](t)(b.PatchUser(ctx, u.ID, append(replaceOps("active", false), replaceOps("title", "Lead")...), scim.Condition{}))
	got := must[scim.User](t)(b.ReplaceUser(ctx, u.ID, scim.User{Doc: scim.Document{"userName": "ann"}}, scim.Condition{}))
	equal(t, "document", got.Doc, scim.Document{"userName": "ann", "active": false})
}

func (b *suite) conditions() {
	t := b.t
	ctx, stale := t.Context(), scim.Condition{Versions: []int64{7, 8}}
	u, g := b.user(t, "ann"), b.group(t, "care")
	_, err := b.PatchUser(ctx, u.ID, replaceOps("active", false), stale)
	refused(t, err, 412, "")
	_, err = b.ReplaceUser(ctx, u.ID, scim.User{Doc: scim.Document{"userName": "x"}}, stale)
	refused(t, err, 412, "")
	refused(t, b.DeleteUser(ctx, u.ID, stale), 412, "")
	_, err = b.PatchGroup(ctx, g.ID, replaceOps("displayName", "x"), stale)
	refused(t, err, 412, "")
	refused(t, b.DeleteGroup(ctx, g.ID, stale), 412, "")
	equal(t, "document", must[scim.User](t)(b.User(ctx, u.ID)).Doc, u.Doc)
	must[scim.User](t)(b.PatchUser(ctx, u.ID, replaceOps("active", false), scim.Condition{Versions: []int64{7, 1}}))
}

func (b *suite) deleted() {
	t := b.t
	ctx := t.Context()
	u := b.user(t, "ann")
	if err := b.DeleteUser(ctx, u.ID, scim.Condition{}); err != nil {
		t.Fatal(err)
	}
	refused(t, b.DeleteUser(ctx, u.ID, scim.Condition{}), 404, "")
	found := must[scim.Page[scim.User]](t)(b.Users(ctx, scim.Query{StartIndex: 1, Count: 10}))
	equal(t, "total", found.Total, 0)
	if again := b.user(t, "ann"); again.ID == u.ID {
		t.Errorf("got the old id %s again, want a new one", again.ID)
	}
}

func (b *suite) lists() {
	t := b.t
	ctx := t.Context()
	var ids []scim.ID
	for _, name := range []string{"ann", "bob", "cid", "dan"} {
		ids = append(ids, b.user(t, name).ID)
	}
	find := func(q scim.Query) (int, []scim.ID) {
		t.Helper()
		var found []scim.ID
		p := must[scim.Page[scim.User]](t)(b.Users(ctx, q))
		for _, u := range p.Items {
			found = append(found, u.ID)
		}
		return p.Total, found
	}
	_, all := find(scim.Query{StartIndex: 1, Count: 10})
	equal(t, "all", sorted(all...), sorted(ids...))
	total, some := find(scim.Query{StartIndex: 2, Count: 2})
	equal(t, "total", total, 4)
	equal(t, "second page", some, all[1:3])
	total, some = find(scim.Query{StartIndex: 5, Count: 2})
	equal(t, "past the end", len(some), 0)
	equal(t, "total", total, 4)
	total, some = find(scim.Query{StartIndex: 1})
	equal(t, "count 0", len(some), 0)
	equal(t, "total", total, 4)
	byName := scim.Compare{Attr: "userName", Op: scim.Eq, Value: "BOB"}
	_, some = find(scim.Query{StartIndex: 1, Count: 10, Filter: byName})
	equal(t, "by name", some, ids[1:2])
	elsewhere := scim.User{Doc: scim.Document{"userName": "eve", "emails": []any{map[string]any{"value": "e@x.io", "type": "home"}}}}
	eve := must[scim.User](t)(b.CreateUser(ctx, elsewhere)).ID
	for kind, want := range map[string]int{"HOME": 1, "work": 0} {
		typed := scim.And{scim.Compare{Attr: "type", Op: scim.Eq, Value: kind}, scim.Compare{Attr: "value", Op: scim.Eq, Value: "E@x.io"}}
		total, some = find(scim.Query{StartIndex: 1, Count: 10, Filter: scim.Element{Attr: "emails", Filter: typed}})
		equal(t, "by "+kind+" address", total, want)
		equal(t, "by "+kind+" address", sorted(some...), sorted([]scim.ID{eve}[:want]...))
	}
	both := scim.And{byName, scim.Compare{Attr: "id", Op: scim.Eq, Value: string(ids[2])}}
	_, some = find(scim.Query{StartIndex: 1, Count: 10, Filter: both})
	equal(t, "and", len(some), 0)
}

// suite.searched checks lists that are filtered and sorted by attributes other than
// names and ids. It checks that a sorted list ends with the resources that have no
// value of the attribute, and that resources with equal values are in the order of
// creation.
func (b *suite) searched() {
	t := b.t
	ctx := t.Context()
	var all []scim.ID
	for _, doc := range []scim.Document{
		{"userName": "Olga", "name": map[string]any{"familyName": "Employee"}, "emails": []any{map[string]any{"value": "o@example.com", "type": "work"}}},
		{"userName": "ann", "name": map[string]any{"familyName": "employee"}, "title": "b", "active": false},
		{"userName": "Bob", "title": "A", "emails": []any{map[string]any{"value": "b@example.org", "primary": true}}},
	} {
		all = append(all, must[scim.User](t)(b.CreateUser(ctx, scim.User{Doc: doc})).ID)
	}
	olga, ann, bob := all[0], all[1], all[2]
	b.group(t, "Care", ann, bob)
	is := func(attr, sub string, op scim.CompareOp, value any) scim.Compare {
		return scim.Compare{Attr: attr, Sub: sub, Op: op, Value: value}
	}
	by := func(attr, sub string, down bool) scim.Sort {
		return scim.Sort{By: scim.Path{Attr: attr, Sub: sub}, Descending: down}
	}
	mail := scim.Or{is("emails", "value", scim.Co, "EXAMPLE.COM"), is("emails", "value", scim.Co, "example.net")}
	for _, row := range []struct {
		filter scim.Filter
		sort   scim.Sort
		want   []scim.ID
	}{
		{is("userName", "", scim.Sw, "o"), scim.Sort{}, []scim.ID{olga}},
		{scim.And{is("name", "familyName", scim.Eq, "EMPLOYEE"), mail}, scim.Sort{}, []scim.ID{olga}},
		{is("meta", "created", scim.Gt, "2015-10-10T14:38:21.8617979-07:00"), scim.Sort{}, all},
		{is("active", "", scim.Eq, true), scim.Sort{}, []scim.ID{olga, bob}},
		{scim.Not{Term: is("title", "", scim.Pr, nil)}, scim.Sort{}, []scim.ID{olga}},
		{is("groups", "display", scim.Co, "car"), scim.Sort{}, []scim.ID{ann, bob}},
		{scim.And{is("groups", "display", scim.Eq, "care"), is("title", "", scim.Gt, "a")}, scim.Sort{}, []scim.ID{ann}},
		{nil, by("userName", "", false), []scim.ID{ann, bob, olga}},
		{nil, by("title", "", false), []scim.ID{bob, ann, olga}},
		{nil, by("title", "", true), []scim.ID{olga, ann, bob}},
		{nil, by("name", "familyName", true), []scim.ID{bob, olga, ann}},
		{mail, by("emails", "value", false), []scim.ID{olga}},
		{nil, by("groups", "display", false), []scim.ID{ann, bob, olga}},
		{nil, by("meta", "created", true), []scim.ID{bob, ann, olga}},
	} {
		found := []scim.ID{}
		p := must[scim.Page[scim.User]](t)(b.Users(ctx, scim.Query{Filter: row.filter, Sort: row.sort, StartIndex: 1, Count: 10}))
		for _, u := range p.Items {
			found = append(found, u.ID)
		}
		equal(t, fmt.Sprint(row.filter, row.sort), found, row.want)
		equal(t, "total", p.Total, len(row.want))
		second := must[scim.Page[scim.User]](t)(b.Users(ctx, scim.Query{Filter: row.filter, Sort: row.sort, StartIndex: 2, Count: 1}))
		equal(t, "total of the second page", second.Total, len(row.want))
		if len(row.want) > 1 {
			equal(t, "second page", second.Items[0].ID, row.want[1])
		}
	}
}

func (b *suite) walks() {
	t := b.t
	ctx := t.Context()
	made := map[string]scim.ID{}
	for _, name := range []string{"cid", "ann", "eve", "bob", "dan"} {
		made[name] = b.user(t, name).ID
	}
	next := func(walk scim.Walk, order scim.Sort) (string, scim.Walk, bool) {
		t.Helper()
		p := must[scim.Page[scim.User]](t)(b.Users(ctx, scim.Query{Walk: &walk, Sort: order, Count: 2}))
		names := ""
		for _, u := range p.Items {
			names += u.Doc.UserName() + " "
		}
		edge := len(p.Items) - 1
		if walk.Back {
			edge = 0
		}
		return names, scim.Walk{Back: walk.Back, From: p.Items[edge].Place(order)}, p.More
	}
	byName := scim.Sort{By: scim.Path{Attr: "userName"}, Descending: true}
	created, named := scim.Walk{}, scim.Walk{Back: true}
	var got []string
	for _, change := range []func(){
		func() {
			must[scim.User](t)(b.PatchUser(ctx, made["ann"], replaceOps("title", "Lead"), scim.Condition{}))
			if err := b.DeleteUser(ctx, made["bob"], scim.Condition{}); err != nil { // bob is the last user on the first page of the second walk
				t.Fatal(err)
			}
		},
		func() { b.user(t, "fay") },
		func() {},
	} {
		one, w, more := next(created, scim.Sort{})
		created = w
		other, w, more2 := next(named, byName)
		named = w
		got = append(got, fmt.Sprint(one, more, "; ", other, more2))
		change()
	}
	equal(t, "pages", got, []string{"cid ann true; bob ann true", "eve dan false; dan cid true", "fay false; fay eve false"})
	total := must[scim.Page[scim.User]](t)(b.Users(ctx, scim.Query{Walk: &created}))
	equal(t, "count 0", []int{total.Total, len(total.Items)}, []int{5, 0})
}

func (b *suite) copies() {
	t := b.t
	doc := scim.Document{"userName": "ann", "name": map[string]any{"givenName": "Ann"}}
	u := must[scim.User](t)(b.CreateUser(t.Context(), scim.User{Doc: doc}))
	for _, held := range []scim.Document{doc, u.Doc} {
		name, _ := held["name"].(map[string]any)
		name["givenName"] = "Eve"
	}
	equal(t, "given name", must[scim.User](t)(b.User(t.Context(), u.ID)).Doc.Text("name", "givenName"), "Ann")
}

func (b *suite) race() {
	t := b.t
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() {
			_, errs[i] = b.CreateUser(t.Context(), scim.User{Doc: scim.Document{"userName": "ann"}})
		})
	}
	wg.Wait()
	made := 0
	for _, err := range errs {
		if err == nil {
			made++
			continue
		}
		refused(t, err, 409, refusal.Uniqueness)
	}
	equal(t, "created", made, 1)
}
