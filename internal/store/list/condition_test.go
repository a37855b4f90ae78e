package list_test

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/flexscim/flexscim/internal/store/list"
	"github.com/flexscim/flexscim/scim"
)

func is(path string, op scim.CompareOp, value any) scim.Compare {
	attr, sub, _ := strings.Cut(path, ".")
	return scim.Compare{Attr: attr, Sub: sub, Op: op, Value: value}
}

// TestWhere checks the conditions for filters, including filters in which some
// comparisons have no column.
func TestWhere(t *testing.T) {
	t.Parallel()
	const (
		created  = "2026-01-02T03:04:05.0000015Z" // between two microseconds
		rows     = "user_id in (select e.user_id from user_email e where e.connection_id = $1 and "
		all      = "1 = 1"
		nobody   = "1 = 0"
		lastOne  = "1767323045000001"
		firstOne = "1767323045000002"
	)
	title := is("title", scim.Co, "x")
	element := func(terms ...scim.Filter) scim.Element { return scim.Element{Attr: "emails", Filter: scim.And(terms)} }
	for _, row := range []struct {
		filter scim.Filter
		want   string // SQL condition, with the prefix ~ if it selects more than the filter, followed by all parameters except the first
	}{
		{nil, all + "; []"},
		{is("userName", scim.Eq, "ANN"), "user_name_fold = $2; [ann]"},
		{is("externalId", scim.Eq, "ANN"), "external_id = $2 and external_id <> ''; [ANN]"},
		{is("userName", scim.Sw, "O"), "user_name_fold >= $2 and user_name_fold < $3; [o p]"},
		{is("externalId", scim.Sw, ""), "external_id >= $2 and external_id <> ''; []"},
		{is("userName", scim.Co, "o"), "~" + all + "; []"},
		{is("id", scim.Gt, "a"), "~" + all + "; []"},
		{is("displayName", scim.Pr, nil), "display_fold <> ''; []"},
		{is("displayName", scim.Eq, nil), "display_fold = ''; []"},
		{is("userName", scim.Eq, nil), nobody + "; []"},
		{is("active", scim.Eq, false), "active = false; []"},
		{is("active", scim.Ne, false), "active = true; []"},
		{is("meta.created", scim.Gt, created), "created_at > $2; [" + lastOne + "]"},
		{is("meta.created", scim.Ge, created), "created_at >= $2; [" + firstOne + "]"},
		{is("meta.created", scim.Lt, created), "created_at < $2; [" + firstOne + "]"},
		{is("meta.created", scim.Le, created), "created_at <= $2; [" + lastOne + "]"},
		{is("meta.created", scim.Eq, created), nobody + "; []"},
		{is("meta.created", scim.Eq, "yesterday"), "~" + all + "; []"},
		{scim.And{is("userName", scim.Eq, "a"), title}, "~(user_name_fold = $2); [a]"},
		{scim.And{title, title}, "~" + all + "; []"},
		{scim.Or{is("userName", scim.Eq, "a"), is("userName", scim.Eq, "b")}, "(user_name_fold = $2 or user_name_fold = $3); [a b]"},
		{scim.Or{is("userName", scim.Eq, "a"), title}, "~" + all + "; []"}, // the value "a" must not be a parameter
		{scim.Not{Term: is("userName", scim.Eq, "a")}, "not (user_name_fold = $2); [a]"},
		{scim.Not{Term: scim.And{is("userName", scim.Eq, "a"), title}}, "~" + all + "; []"}, // the condition selects too much, so its negation would select too little
		{is("emails.value", scim.Eq, "A"), rows + "e.email_fold = $2); [a]"},
		{is("emails.type", scim.Eq, "A"), "~" + all + "; []"}, // the table has no rows for elements without a value
		{element(is("type", scim.Eq, "Work"), is("value", scim.Eq, "a")), rows + "(e.type_fold = $2 and e.type_fold <> '' and e.email_fold = $3)); [work a]"},
		{element(is("value", scim.Eq, "a"), is("display", scim.Eq, "b")), "~" + rows + "(e.email_fold = $2)); [a]"},
		{element(is("type", scim.Eq, "work")), "~" + all + "; []"},
		{element(scim.Or{is("value", scim.Eq, "a"), is("value", scim.Eq, "b")}), rows + "(e.email_fold = $2 or e.email_fold = $3)); [a b]"},
		{element(scim.Or{is("value", scim.Eq, "a"), is("type", scim.Eq, "b")}), "~" + all + "; []"}, // an element without a value has no row
	} {
		got := list.Users().Where(row.filter, "connection")
		text := fmt.Sprintf("%s; %v", got.SQL, got.Args[1:])
		if !got.Exact {
			text = "~" + text
		}
		if text != row.want {
			t.Errorf("%v:\ngot  %s\nwant %s", row.filter, text, row.want)
		}
	}
}

// TestManyLists checks filters with many conditions on rows of lists. If the operator
// "and" joins these conditions, the SQL text must contain only the first eight.
// Inside the operators "or" and "not" it must contain all.
func TestManyLists(t *testing.T) {
	t.Parallel()
	mail := is("emails.value", scim.Eq, "a")
	many := func(n int) (terms scim.And) {
		for range n {
			terms = append(terms, mail)
		}
		return terms
	}
	for _, row := range []struct {
		name   string
		filter scim.Filter
		lists  int
		exact  bool
	}{
		{"eight", many(8), 8, true},
		{"nine", many(9), 8, false},
		{"nine, in two brackets", scim.And{many(5), many(4)}, 8, false},
		{"nine in or", scim.Or(many(9)), 9, true},
		{"nine in not", scim.Not{Term: many(9)}, 9, true},
		{"nine, two of them with ne", scim.And{is("emails.value", scim.Ne, "a"), is("emails.value", scim.Ne, "b"), many(7)}, 11, true},
	} {
		got := list.Users().Where(row.filter, "connection")
		if n := strings.Count(got.SQL, "select"); n != row.lists || got.Exact != row.exact || len(got.Args) != strings.Count(got.SQL, "e.email_fold")+1 {
			t.Errorf("%s: got %d lists, %d parameters, exact %t; want %d, %t: %s", row.name, n, len(got.Args), got.Exact, row.lists, row.exact, got.SQL)
		}
	}
}

func TestOrder(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		by   string
		down bool
		want string
	}{
		{"userName", false, "user_name_fold"},
		{"displayName", false, "display_fold = '', display_fold"},
		{"displayName", true, "display_fold = '' desc, display_fold desc"},
		{"title", false, ""},
	} {
		column, ok := list.Users().Sorted(scim.Sort{By: scim.Path{Attr: row.by}})
		got := ""
		if ok {
			got = column.Order(row.down)
		}
		if got != row.want || ok != (row.want != "") {
			t.Errorf("%s: got %q, want %q", row.by, got, row.want)
		}
	}
}

// TestKey checks that text keys fit into an index, and that different values have
// different keys. For a short text, the comparison with a key must have the same
// result as the comparison with the key's value.
func TestKey(t *testing.T) {
	t.Parallel()
	words := []string{"a", "b", "\x00", "\x01", "\xff", "ä", "😀", "\uD7FF", strings.Repeat("a", 430), strings.Repeat("😀", 109)}
	rapid.Check(t, func(t *rapid.T) {
		text := func(name string) string {
			return strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 0, 5).Draw(t, name), "")
		}
		a, b := text("a"), text("b")
		if len(scim.TextKey(a)) > 512 {
			t.Fatalf("the key has %d bytes", len(scim.TextKey(a)))
		}
		if (scim.TextKey(a) == scim.TextKey(b)) != (a == b) {
			t.Fatalf("keys %q and %q", scim.TextKey(a), scim.TextKey(b))
		}
		plain := len(b) <= 400 && scim.TextKey(b) == b
		if plain && utf8.ValidString(a) && cmp.Compare(scim.TextKey(a), b) != cmp.Compare(a, b) {
			t.Fatalf("key %q compares with %q differently from its value", scim.TextKey(a), b)
		}
	})
}

// TestMembersFor checks that MembersFor asks for all members only if the types and
// ids of the members do not decide whether the filter matches.
func TestMembersFor(t *testing.T) {
	t.Parallel()
	members := func(f scim.Filter) scim.Filter { return scim.Element{Attr: "members", Filter: f} }
	not := func(f scim.Filter) scim.Filter { return scim.Not{Term: f} }
	a, b := is("value", scim.Eq, "a"), is("value", scim.Eq, "b")
	user, group, ann := is("type", scim.Eq, "user"), is("type", scim.Eq, "Group"), is("display", scim.Co, "Ann")
	for _, row := range []struct {
		filter scim.Filter
		want   string // the ids of the members to read, and the types of which all members are read
	}{
		{is("title", scim.Eq, "a"), "[]"},
		{is("members.value", scim.Eq, "a"), "[a]"},
		{is("members", scim.Eq, "a"), "[a]"},
		{is("members.value", scim.Pr, nil), "[]"},
		{is("members.value", scim.Ne, nil), "[]"},
		{is("members.value", scim.Eq, nil), "[]"},
		{is("members.value", scim.Ne, "a"), "[] users groups"},
		{is("members.value", scim.Sw, "a"), "[] users groups"},
		{is("members.type", scim.Sw, "u"), "[]"}, // this comparison is true either for all users or for no user
		{is("members.display", scim.Eq, "Ann"), "[] users groups"},
		{is("members.display", scim.Pr, nil), "[]"},
		{members(scim.And{user, a}), "[a]"},
		{members(scim.Or{a, b}), "[a b]"},
		{members(scim.And{user, scim.Or{a, b}}), "[a b]"},
		{members(scim.Or{a, scim.And{b, user}}), "[a b]"},
		{members(scim.And{ann, a, b}), "[a]"},
		{members(scim.Or{a, user}), "[a]"},
		{members(scim.Or{a, ann}), "[] users groups"},
		{members(scim.Or{}), "[]"},
		{members(scim.And{}), "[]"},
		{members(not(a)), "[] users groups"},
		{members(not(group)), "[]"},
		{members(scim.And{group, ann}), "[] groups"},
		{members(scim.And{not(group), ann}), "[] users"},
		{members(not(scim.Or{group, ann})), "[] users"},
		{scim.Or{members(scim.And{group, ann}), scim.Not{Term: is("members", scim.Eq, "b")}}, "[b] groups"},
	} {
		m := list.MembersFor(row.filter)
		got := fmt.Sprint(m.IDs)
		if m.Users {
			got += " users"
		}
		if m.Groups {
			got += " groups"
		}
		if got != row.want {
			t.Errorf("%v: got %s, want %s", row.filter, got, row.want)
		}
	}
}
