package scimhttp

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/flexscim/flexscim/scim"
)

// TestAddresses checks that a filter on the URLs of resources becomes a filter on
// ids.
func TestAddresses(t *testing.T) {
	t.Parallel()
	is := func(attr, sub string, op scim.CompareOp, value any) scim.Compare {
		return scim.Compare{Attr: attr, Sub: sub, Op: op, Value: value}
	}
	location := func(op scim.CompareOp, value any) scim.Filter { return is("meta", "location", op, value) }
	members := func(f scim.Filter) scim.Filter { return scim.Element{Attr: "members", Filter: f} }
	user, ann := is("type", "", scim.Eq, "User"), is("value", "", scim.Eq, "ann")
	anybody, nobody := is("members", "value", scim.Pr, nil), scim.Filter(scim.Or{})
	for _, row := range []struct {
		types        *scim.ResourceType
		filter, want scim.Filter
	}{
		{scim.UserType(), location(scim.Eq, testBase+"/Users/ann"), is("id", "", scim.Eq, "ann")},
		{scim.UserType(), location(scim.Eq, testBase+"/Groups/ann"), nobody},
		{scim.UserType(), location(scim.Eq, "https://other.example.com/scim/v2/Users/ann"), nobody},
		{scim.UserType(), location(scim.Eq, strings.ToUpper(testBase)+"/Users/ann"), nobody}, // case matters
		{scim.UserType(), location(scim.Ne, testBase+"/Users/ann"), scim.Not{Term: is("id", "", scim.Eq, "ann")}},
		{scim.UserType(), location(scim.Ne, "ann"), nil},
		{scim.UserType(), location(scim.Pr, nil), nil},
		{scim.UserType(), location(scim.Eq, nil), nobody},
		{scim.UserType(), location(scim.Sw, testBase), nil},
		{scim.UserType(), location(scim.Sw, testBase+"/Users/an"), is("id", "", scim.Sw, "an")},
		{scim.UserType(), location(scim.Ew, "nn"), is("id", "", scim.Ew, "nn")},
		{scim.UserType(), location(scim.Ew, "s/ann"), is("id", "", scim.Eq, "ann")},
		{scim.UserType(), location(scim.Ew, "Groups/ann"), nobody},
		{scim.UserType(), location(scim.Co, "/Users/"), nil},
		{scim.UserType(), location(scim.Co, "/Users/an"), is("id", "", scim.Sw, "an")},
		{scim.UserType(), location(scim.Co, "nn"), is("id", "", scim.Co, "nn")},
		{scim.UserType(), location(scim.Gt, testBase+"/Users/an"), is("id", "", scim.Gt, "an")},
		{scim.UserType(), location(scim.Gt, testBase), nil},
		{scim.UserType(), location(scim.Lt, testBase), nobody},
		{scim.UserType(), location(scim.Le, testBase+"/Vs"), nil},
		{scim.GroupType(), location(scim.Eq, testBase+"/Groups/g"), is("id", "", scim.Eq, "g")},
		{scim.UserType(), is("groups", "$ref", scim.Eq, testBase+"/groups/G"), scim.Element{Attr: "groups", Filter: is("value", "", scim.Eq, "g")}}, // case does not matter
		{scim.UserType(), is("groups", "$ref", scim.Pr, nil), is("groups", "value", scim.Pr, nil)},
		{scim.GroupType(), is("members", "$ref", scim.Eq, testBase+"/Users/ann"), members(scim.And{user, ann})},
		{scim.GroupType(), is("members", "$ref", scim.Eq, "ann"), nobody},
		{scim.GroupType(), is("members", "$ref", scim.Pr, nil), anybody},
		{scim.GroupType(), is("members", "$ref", scim.Eq, nil), scim.Not{Term: anybody}},
		{scim.GroupType(), is("members", "$ref", scim.Co, "/Users/"), members(user)},
		{scim.GroupType(), is("members", "$ref", scim.Co, testBase), anybody},
		{scim.GroupType(), is("members", "$ref", scim.Ne, testBase+"/Users/ann"), scim.Or{scim.Not{Term: anybody}, members(scim.Or{
			scim.And{user, scim.Not{Term: ann}}, is("type", "", scim.Eq, "Group")})}},
		{scim.GroupType(), members(scim.And{is("$ref", "", scim.Eq, testBase+"/Users/ann"), is("display", "", scim.Co, "a")}),
			members(scim.And{user, ann, is("display", "", scim.Co, "a")})},
		{scim.GroupType(), members(scim.Not{Term: is("$ref", "", scim.Pr, nil)}), nobody},
	} {
		if diff := cmp.Diff(row.want, simplified(row.types, testBase, row.filter), cmp.Transformer("flat", flat)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", row.filter, diff)
		}
	}
}

// flat returns the terms of nested And filters.
func flat(f scim.And) []scim.Filter {
	var all []scim.Filter
	for _, term := range f {
		if inner, ok := term.(scim.And); ok {
			all = append(all, flat(inner)...)
		} else {
			all = append(all, term)
		}
	}
	return all
}

// TestAddressesMean checks that the simplified filter on ids has the same result as
// the filter on URLs, for every operator.
func TestAddressesMean(t *testing.T) {
	t.Parallel()
	ids := []string{"a", "ab", "b", "k2"}
	literals := []any{nil, "", "a", "ab", "b", "/", "s/", "s/a", "/Users/", "/Users/a", "/Groups/", "/GROUPS/A", "x/a"}
	for _, id := range append(ids, "", "K2", "a/b") {
		literals = append(literals, testBase+"/Users/"+id, testBase+"/Groups/"+id, testBase+"/groups/"+id, testBase+id)
	}
	literals = append(literals, testBase, testBase[:9], testBase+"/", "zzz", "A")
	operators := []scim.CompareOp{scim.Eq, scim.Ne, scim.Co, scim.Sw, scim.Ew, scim.Pr, scim.Gt, scim.Ge, scim.Lt, scim.Le}
	rapid.Check(t, func(t *rapid.T) {
		g := scim.Group{ID: scim.ID(rapid.SampledFrom(ids).Draw(t, "id"))}
		u := scim.User{ID: g.ID}
		var ofMembers, ofGroups []any // as in responses
		for range rapid.IntRange(0, 3).Draw(t, "links") {
			m := scim.Member{Value: scim.ID(rapid.SampledFrom(ids).Draw(t, "link")), Group: rapid.Bool().Draw(t, "group")}
			g.Members, u.Groups = append(g.Members, m), append(u.Groups, scim.GroupRef{ID: m.Value})
			ofMembers = append(ofMembers, testBase+"/"+m.Kind()+"s/"+string(m.Value))
			ofGroups = append(ofGroups, testBase+"/Groups/"+string(m.Value))
		}
		c := scim.Compare{Op: rapid.SampledFrom(operators).Draw(t, "op"), Value: rapid.SampledFrom(literals).Draw(t, "literal")}
		if c.Op == scim.Pr {
			c.Value = nil
		}
		for _, test := range []struct {
			attr, sub string
			exact     bool
			shown     []any
			matches   func(scim.Filter) bool
			types     *scim.ResourceType
		}{
			{"meta", "location", true, []any{testBase + "/Users/" + string(u.ID)}, u.Matches, scim.UserType()},
			{"meta", "location", true, []any{testBase + "/Groups/" + string(g.ID)}, g.Matches, scim.GroupType()},
			{"groups", "$ref", false, ofGroups, u.Matches, scim.UserType()},
			{"members", "$ref", true, ofMembers, g.Matches, scim.GroupType()},
		} {
			want := holds(c, test.shown, test.exact)
			asked := scim.Compare{Attr: test.attr, Sub: test.sub, Op: c.Op, Value: c.Value}
			if got := test.matches(simplified(test.types, testBase, asked)); got != want {
				t.Fatalf("%v of %v: got %v, want %v: %v", asked, test.shown, got, want, simplified(test.types, testBase, asked))
			}
			if test.attr == "meta" {
				continue
			}
			within := scim.Filter(scim.Compare{Attr: test.sub, Op: c.Op, Value: c.Value})
			want = slices.ContainsFunc(test.shown, func(v any) bool { return holds(c, []any{v}, test.exact) })
			if got := test.matches(simplified(test.types, testBase, scim.Element{Attr: test.attr, Filter: within})); got != want {
				t.Fatalf("%s[%v] of %v: got %v, want %v", test.attr, within, test.shown, got, want)
			}
			want = slices.ContainsFunc(test.shown, func(v any) bool { return !holds(c, []any{v}, test.exact) })
			if got := test.matches(simplified(test.types, testBase, scim.Element{Attr: test.attr, Filter: scim.Not{Term: within}})); got != want {
				t.Fatalf("%s[not %v] of %v: got %v, want %v", test.attr, within, test.shown, got, want)
			}
		}
	})
}

// holds reports whether the comparison c is true for a multi-valued attribute whose
// values are texts. It ignores letter case unless the argument exact is true.
func holds(c scim.Compare, texts []any, exact bool) bool {
	path := scim.Compare{Attr: "photos", Sub: "display", Op: c.Op, Value: c.Value}
	if exact {
		path.Sub = "value"
	}
	var photos []any
	for _, text := range texts {
		photos = append(photos, map[string]any{path.Sub: text})
	}
	return scim.User{Doc: scim.Document{"photos": photos}}.Matches(path)
}
