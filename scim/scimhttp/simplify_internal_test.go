package scimhttp

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/flexscim/flexscim/scim"
)

const testBase = "https://scim.example.com/scim/v2"

func eq(attr, sub, value string) scim.Compare {
	return scim.Compare{Attr: attr, Sub: sub, Op: scim.Eq, Value: value}
}

func TestSimplified(t *testing.T) {
	t.Parallel()
	user, group, core, ann := eq("meta", "resourceType", "User"), eq("meta", "resourceType", "Group"), eq("schemas", "", scim.URNUser), eq("userName", "", "ann")
	enterprise := eq("schemas", "", scim.URNEnterprise)
	everybody, nobody := scim.Filter(nil), scim.Filter(scim.Or{})
	for _, row := range []struct{ filter, want scim.Filter }{ // of users
		{nil, everybody},
		{ann, ann},
		{user, everybody}, // RFC 7644 §3.4.2.1
		{group, nobody},
		{scim.Compare{Attr: "meta", Sub: "resourceType", Op: scim.Pr}, everybody},
		{scim.Compare{Attr: "meta", Sub: "resourceType", Op: scim.Ne, Value: "Group"}, everybody},
		{core, everybody},
		{enterprise, enterprise}, // not simplified, because only some users have this extension
		{scim.Compare{Attr: "schemas", Op: scim.Ne, Value: scim.URNUser}, scim.Compare{Attr: "schemas", Op: scim.Ne, Value: scim.URNUser}},
		{scim.And{user, ann}, ann},
		{scim.And{user, core}, everybody},
		{scim.And{ann, group}, nobody},
		{scim.Or{user, ann}, everybody},
		{scim.Or{group, ann}, ann},
		{scim.Or{group, group}, nobody},
		{scim.Not{Term: group}, everybody},
		{scim.Not{Term: user}, nobody},
		{scim.Not{Term: scim.And{user, ann}}, scim.Not{Term: ann}},
		{scim.Or{scim.And{group, ann}, scim.Not{Term: core}, enterprise}, enterprise},
	} {
		if diff := cmp.Diff(row.want, simplified(scim.UserType(), testBase, row.filter)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", row.filter, diff)
		}
	}
	if got := simplified(scim.GroupType(), testBase, scim.Or{group, ann}); got != nil {
		t.Errorf("of groups: got %v, want everything", got)
	}
}

// TestSimplifiedMeaning checks that a simplified filter selects the same users as
// the original filter.
func TestSimplifiedMeaning(t *testing.T) {
	t.Parallel()
	leaves := []scim.Filter{
		eq("meta", "resourceType", "User"), eq("meta", "resourceType", "Group"), eq("schemas", "", scim.URNUser),
		eq("schemas", "", scim.URNEnterprise), eq("userName", "", "ann"), eq("title", "", "boss"),
	}
	var draw func(*rapid.T, int) scim.Filter
	draw = func(t *rapid.T, depth int) scim.Filter {
		kind := rapid.IntRange(0, 3).Draw(t, "kind")
		if depth == 0 {
			kind = 0
		}
		switch kind {
		case 1:
			return scim.Not{Term: draw(t, depth-1)}
		case 2:
			return scim.And{draw(t, depth-1), draw(t, depth-1)}
		case 3:
			return scim.Or{draw(t, depth-1), draw(t, depth-1)}
		}
		return rapid.SampledFrom(leaves).Draw(t, "leaf")
	}
	rapid.Check(t, func(t *rapid.T) {
		f := draw(t, 4)
		left := simplified(scim.UserType(), testBase, f)
		for _, doc := range []scim.Document{
			{"userName": "ann"}, {"userName": "bob", "title": "boss"},
			{"userName": "ann", scim.URNEnterprise: map[string]any{"department": "Care"}},
		} {
			u := scim.User{ID: "u", Doc: doc}
			if got, want := u.Matches(left), u.Matches(f); got != want {
				t.Fatalf("%v became %v, which for %v is %v, want %v", f, left, doc, got, want)
			}
		}
	})
}
