package store_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
	"github.com/flexscim/flexscim/scim"
)

// words are the texts from which the tests draw attribute values and filter
// literals. They contain letters that case folding changes, letters that are
// neighbours in Unicode, and characters with a meaning in SQL or patterns. Some
// words are too long for an index key (scim.TextKey).
var words = []string{
	"a", "A", "ab", "Ab", "b", "ä", "Ä", "ß", "ẞ", "k", "\u212A", "ſ", "s", "a\u0001", "a\u0001b", "\U0010FFFF", "\uD7FF", "\uE000",
	" ", "%", "_", "a_", "'", "\\", "ann@x.io", "ANN@x.io", "work", "home", "true", "1", "r1", "r1x",
	strings.Repeat("😀", 200), strings.Repeat("a", 600) + "z",
}

// literals are the values with which filters compare attributes: all words, and
// values that no document contains.
var literals = append([]string{
	"", "an", "x\x00", strings.Repeat("a", 437), strings.Repeat("a", 438), strings.Repeat("a", 512), strings.Repeat("a", 600),
	strings.Repeat("😀", 110), "\U0010FFFF\U0010FFFF", "z",
}, words...)

var dates = []string{
	"2026-05-04T03:02:01Z", "2026-05-04T03:02:01.000001Z", "2026-05-04T03:02:01.0000005Z", "2026-05-04T05:02:01.000002+02:00",
	"1969-01-01T00:00:00.0000001Z", "9999-12-31T23:59:59Z", "no date",
}

// value returns a random JSON value for an attribute, as a client could send it.
func value(t *rapid.T, a scim.Attribute) any {
	switch a.Type {
	case scim.TypeComplex:
		object := map[string]any{}
		for _, sub := range a.Sub {
			if sub.Required || rapid.IntRange(0, 2).Draw(t, "has "+sub.Name) > 0 {
				object[sub.Name] = value(t, sub)
			}
		}
		return object
	case scim.TypeBoolean:
		return rapid.Bool().Draw(t, a.Name)
	case scim.TypeInteger, scim.TypeDecimal:
		return json.Number(rapid.SampledFrom([]string{"-1", "0", "1", "2", "10"}).Draw(t, a.Name))
	default:
		return rapid.SampledFrom(words).Draw(t, a.Name)
	}
}

// randomDocument returns a document with random attributes of a resource type's
// core schema and extensions. The number n makes its userName and displayName
// unique.
func randomDocument(t *rapid.T, types *scim.ResourceType, n int) scim.Document {
	raw := map[string]any{}
	fill := func(into map[string]any, attributes []scim.Attribute) {
		for _, a := range attributes {
			if a.Mutability == "readOnly" || rapid.IntRange(0, 2).Draw(t, "has "+a.Name) > 0 {
				continue
			}
			into[a.Name] = value(t, a)
			if a.Multi {
				into[a.Name] = []any{into[a.Name], value(t, a)}
			}
		}
	}
	fill(raw, types.Schema.Attributes)
	for _, s := range types.Extensions {
		extension := map[string]any{}
		fill(extension, s.Attributes)
		raw[s.URN] = extension
	}
	if rapid.Bool().Draw(t, "has externalId") {
		raw["externalId"] = rapid.SampledFrom(words).Draw(t, "externalId")
	}
	name := []rune(rapid.SampledFrom(words).Draw(t, "name"))
	unique := string(name[:min(len(name), 200)]) + fmt.Sprint(n)
	raw["userName"], raw["displayName"] = unique, unique
	if types.Name == "User" && rapid.Bool().Draw(t, "no displayName") {
		delete(raw, "displayName")
	}
	doc, _, err := scim.ParseDocument(types, raw)
	if err != nil {
		t.Fatalf("ParseDocument: %v", err)
	}
	return doc
}

// paths returns the attributes that a filter on resources of a type can compare.
func paths(types *scim.ResourceType) (all []scim.Compare) {
	add := func(urn string, attributes []scim.Attribute) {
		for _, a := range attributes {
			all = append(all, scim.Compare{URN: urn, Attr: a.Name})
			for _, sub := range a.Sub {
				all = append(all, scim.Compare{URN: urn, Attr: a.Name, Sub: sub.Name})
			}
		}
	}
	add("", types.Schema.Attributes)
	for _, s := range types.Extensions {
		add(s.URN, s.Attributes)
	}
	for _, name := range []string{"id", "externalId", "schemas", "meta.created", "meta.lastModified", "meta.version", "meta.resourceType", "userName", "displayName", "active", "emails.value"} {
		attr, sub, _ := strings.Cut(name, ".") // attributes with a database column; most are in the list twice, so that tests draw them more often
		all = append(all, scim.Compare{Attr: attr, Sub: sub})
	}
	return all
}

var operators = []scim.CompareOp{scim.Eq, scim.Eq, scim.Ne, scim.Co, scim.Sw, scim.Sw, scim.Ew, scim.Pr, scim.Gt, scim.Ge, scim.Lt, scim.Le}

// asker draws filters.
type asker struct {
	types *scim.ResourceType
	paths []scim.Compare
	ids   []string
}

func (a asker) literal(t *rapid.T, c scim.Compare) any {
	if c.Op == scim.Pr {
		return nil
	}
	kind := rapid.IntRange(0, 19).Draw(t, "kind")
	switch _, row, _ := a.types.Lookup(c.URN, c.Attr, c.Sub); {
	case kind == 0:
		return nil
	case kind == 1 || row.Type == scim.TypeBoolean:
		return rapid.SampledFrom([]any{true, false, true, false, "True", "x"}).Draw(t, "literal")
	case kind == 2 || row.Type == scim.TypeInteger:
		return json.Number(rapid.SampledFrom([]string{"0", "1", "2", "1.5", "9e9", "-9e99"}).Draw(t, "literal"))
	case row.Type == scim.TypeDateTime:
		return rapid.SampledFrom(dates).Draw(t, "literal")
	case c.Sub == "type" && (c.Attr == "groups" || c.Attr == "members"):
		return rapid.SampledFrom([]string{"user", "User", "Group", "direct", "Indirect", "r", ""}).Draw(t, "literal")
	case c.Attr == "members" && c.Sub == "display" && rapid.Bool().Draw(t, "begins"):
		return rapid.SampledFrom([]string{"a", "A0", "ä1", "b2", "1"}).Draw(t, "literal")
	case c.Attr == "id" || (c.Attr == "groups" || c.Attr == "members") && c.Sub != "display":
		return rapid.SampledFrom(a.ids).Draw(t, "literal")
	case c.Attr == "schemas":
		return rapid.SampledFrom([]string{scim.URNUser, scim.URNFlex}).Draw(t, "literal")
	case c.Sub == "version":
		return `W/"1"`
	}
	return rapid.SampledFrom(literals).Draw(t, "literal")
}

func (a asker) compare(t *rapid.T, c scim.Compare) scim.Compare {
	c.Op = rapid.SampledFrom(operators).Draw(t, "op")
	c.Value = a.literal(t, c)
	return c
}

func (a asker) filter(t *rapid.T, depth int) scim.Filter {
	kind := rapid.IntRange(0, 9).Draw(t, "filter")
	if depth == 0 || kind < 4 {
		c := rapid.SampledFrom(a.paths).Draw(t, "path")
		_, row, _ := a.types.Lookup(c.URN, c.Attr, "")
		if len(row.Sub) > 0 && rapid.Bool().Draw(t, "element") { // a value filter treats a single complex value as a list with one element
			return scim.Element{URN: c.URN, Attr: c.Attr, Filter: a.within(t, c, row.Sub, 3)}
		}
		return a.compare(t, c)
	}
	return a.join(t, depth, func(d int) scim.Filter { return a.filter(t, d) })
}

// within returns a random filter for use inside a value filter.
func (a asker) within(t *rapid.T, c scim.Compare, subs []scim.Attribute, depth int) scim.Filter {
	if depth == 0 || rapid.IntRange(0, 2).Draw(t, "alone") == 0 {
		c = a.compare(t, scim.Compare{URN: c.URN, Attr: c.Attr, Sub: rapid.SampledFrom(subs).Draw(t, "sub").Name})
		return scim.Compare{Attr: c.Sub, Op: c.Op, Value: c.Value}
	}
	return a.join(t, depth, func(d int) scim.Filter { return a.within(t, c, subs, d) })
}

// join returns a random filter that combines one or two results of the function
// term.
func (a asker) join(t *rapid.T, depth int, term func(depth int) scim.Filter) scim.Filter {
	switch rapid.IntRange(0, 4).Draw(t, "join") {
	case 0:
		return scim.Not{Term: term(depth - 1)}
	case 1:
		return scim.Or{term(depth - 1), term(depth - 1)}
	case 2, 3:
		return scim.And{term(depth - 1), term(depth - 1)}
	}
	return term(depth - 1)
}

// world contains the users and groups of a connection, in the order of their
// creation. They have the members and groups that the method Matches needs.
type world struct {
	connection store.ConnectionID
	users      []scim.User
	groups     []scim.Group
}

// newWorld writes random users and groups into the store, in a new connection.
func newWorld(t *rapid.T, s *store.Store) world {
	w := world{connection: store.ConnectionID(scim.NewID())}
	meta := func() scim.Meta {
		at := func() time.Time {
			return time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 3).Draw(t, "at")) * time.Microsecond)
		}
		return scim.Meta{Created: at(), LastModified: at(), Version: int64(rapid.IntRange(1, 2).Draw(t, "version"))}
	}
	for n := range rapid.IntRange(1, 6).Draw(t, "users") {
		w.users = append(w.users, scim.User{ID: scim.NewID(), Doc: randomDocument(t, scim.UserType(), n), Meta: meta()})
	}
	slices.SortFunc(w.users, func(a, b scim.User) int { return older(a.Meta, b.Meta, a.ID, b.ID) })
	for n := range rapid.IntRange(0, 4).Draw(t, "groups") {
		w.groups = append(w.groups, scim.Group{ID: scim.NewID(), Doc: randomDocument(t, scim.GroupType(), n), Meta: meta()})
	}
	slices.SortFunc(w.groups, func(a, b scim.Group) int { return older(a.Meta, b.Meta, a.ID, b.ID) })
	for i := range w.groups {
		g := &w.groups[i]
		for j := range w.users {
			if u := &w.users[j]; rapid.Bool().Draw(t, "member") {
				g.Members = append(g.Members, scim.Member{Value: u.ID, Display: cmp.Or(u.Doc.DisplayName(), u.Doc.UserName())})
				u.Groups = append(u.Groups, scim.GroupRef{ID: g.ID, Display: g.Doc.DisplayName()})
			}
		}
	}
	w.nest(t)
	if err := s.Write(t.Context(), store.AnyKey, func(tx *store.Tx) error { return w.insert(t, tx) }); err != nil {
		t.Fatalf("Write: %v", err)
	}
	for i, u := range w.users { // the store incremented the versions of users that became members
		read, err := s.User(t.Context(), w.connection, u.ID)
		if err != nil {
			t.Fatalf("User: %v", err)
		}
		w.users[i].Meta = read.Meta
	}
	return w
}

// nest makes random groups members of other groups, possibly in cycles, and sets
// the indirect groups of users.
func (w world) nest(t *rapid.T) {
	if rapid.IntRange(0, 2).Draw(t, "nested") == 0 {
		return
	}
	above := map[scim.ID][]scim.GroupRef{} // :: group → the groups that it is a member of
	for i := range w.groups {
		g := &w.groups[i]
		for _, inner := range w.groups {
			if rapid.IntRange(0, 3).Draw(t, "inner") == 0 {
				g.Members = append(g.Members, scim.Member{Value: inner.ID, Display: inner.Doc.DisplayName(), Group: true})
				above[inner.ID] = append(above[inner.ID], scim.GroupRef{ID: g.ID, Display: g.Doc.DisplayName(), Indirect: true})
			}
		}
	}
	for i := range w.users {
		u := &w.users[i]
		for n := 0; n < len(u.Groups); n++ {
			for _, g := range above[u.Groups[n].ID] {
				if !slices.ContainsFunc(u.Groups, func(known scim.GroupRef) bool { return known.ID == g.ID }) {
					u.Groups = append(u.Groups, g)
				}
			}
		}
	}
}

func older(a, b scim.Meta, aID, bID scim.ID) int {
	return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(aID, bID))
}

func (w world) insert(t *rapid.T, tx *store.Tx) error {
	for _, u := range w.users {
		if err := tx.InsertUser(t.Context(), w.connection, u, joining); err != nil {
			return err
		}
	}
	for _, g := range w.groups {
		if err := tx.InsertGroup(t.Context(), w.connection, g); err != nil {
			return err
		}
		add := []scim.ID{scim.NewID()} // a pending member, which responses do not show
		for _, m := range g.Members {
			add = append(add, m.Value)
		}
		if _, err := tx.ChangeMembers(t.Context(), w.connection, g.ID, scim.MemberChange{Add: add}, joining); err != nil {
			return err
		}
	}
	return nil
}

// TestLists checks lists with random filters and sort orders. The list must consist
// of the resources that the method Matches selects, in the requested order, and
// each page must be the requested part of the list.
func TestLists(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s := open(t)
		rapid.Check(t, func(t *rapid.T) {
			w := newWorld(t, s)
			ids := []string{"nobody"}
			for _, u := range w.users {
				ids = append(ids, string(u.ID))
			}
			for _, g := range w.groups {
				ids = append(ids, string(g.ID))
			}
			for range 8 {
				a := asker{types: scim.UserType(), paths: paths(scim.UserType()), ids: ids}
				q := a.query(t)
				page, err := s.Users(t.Context(), w.connection, q)
				check(t, q, w.users, page, err, func(u scim.User) scim.ID { return u.ID }, scim.User.Matches, scim.User.SortKey)
				a.types, a.paths = scim.GroupType(), paths(scim.GroupType())
				q = a.query(t)
				groups, err := s.Groups(t.Context(), w.connection, q)
				check(t, q, w.groups, groups, err, func(g scim.Group) scim.ID { return g.ID }, scim.Group.Matches, scim.Group.SortKey)
			}
		})
	})
}

func (a asker) query(t *rapid.T) scim.Query {
	q := scim.Query{StartIndex: rapid.SampledFrom([]int{1, 1, 0, 2, 3, 1 << 62}).Draw(t, "startIndex"), Count: rapid.SampledFrom([]int{10, 10, 1, 2, 0, -1}).Draw(t, "count")}
	if rapid.IntRange(0, 9).Draw(t, "filtered") > 0 {
		q.Filter = a.filter(t, 3)
	}
	if rapid.Bool().Draw(t, "sorted") {
		c := rapid.SampledFrom(a.paths).Draw(t, "by")
		if by, ok := a.types.Sortable(scim.Path{URN: c.URN, Attr: c.Attr, Sub: c.Sub}); ok && c.Attr != "members" {
			q.Sort = scim.Sort{By: by, Descending: rapid.Bool().Draw(t, "descending")}
		}
	}
	return q
}

// check compares a page with the resources for which the function matches returns
// true.
func check[T any](t *rapid.T, q scim.Query, all []T, page scim.Page[T], err error,
	id func(T) scim.ID, matches func(T, scim.Filter) bool, key func(T, scim.Path) scim.SortKey,
) {
	if err != nil {
		t.Fatalf("%#v: %v", q, err)
	}
	var want []T
	for _, item := range all {
		if matches(item, q.Filter) {
			want = append(want, item)
		}
	}
	if !q.Sort.IsZero() {
		slices.SortStableFunc(want, func(a, b T) int { return q.Sort.Compare(key(a, q.Sort.By), key(b, q.Sort.By)) })
	}
	total := len(want)
	want = want[min(max(q.StartIndex-1, 0), total):]
	want = want[:min(max(q.Count, 0), len(want))]
	got, expected := map[int]scim.ID{}, map[int]scim.ID{}
	for i, item := range page.Items {
		got[i] = id(item)
	}
	for i, item := range want {
		expected[i] = id(item)
	}
	if page.Total != total || !maps.Equal(got, expected) {
		t.Fatalf("%#v:\ngot  %v of %d\nwant %v of %d\nin %v", q, got, page.Total, expected, total, all)
	}
}
