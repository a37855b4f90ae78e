package scim_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
)

// memberOps parses a JSON list of operations. The keys of an operation are "op",
// "path", "filter", "select" and "value". The key "filter" has the id of a member,
// or a list of three ids, which the parsed filter joins by "or". The key "select"
// has an object of sub-attributes with their values, which the parsed filter joins
// by "and".
func memberOps(tb testing.TB, text string) []scim.Op {
	tb.Helper()
	var ops []scim.Op
	list, _ := decode(tb, `{"ops":`+text+`}`)["ops"].([]any)
	for _, item := range list {
		o, _ := item.(map[string]any)
		kind, _ := o["op"].(string)
		path, _ := o["path"].(string)
		op := scim.Op{Kind: scim.OpKind(kind), Path: scim.Path{Attr: path}}
		if id, ok := o["filter"]; ok {
			op.Path.Filter = eq("value", id)
			if several, ok := id.([]any); ok {
				op.Path.Filter = scim.Or{eq("value", several[0]), scim.Or{eq("VALUE", several[1]), eq("value", several[2])}}
			}
		}
		if equals, ok := o["select"].(map[string]any); ok {
			var all scim.And
			for _, name := range slices.Sorted(maps.Keys(equals)) {
				all = append(all, eq(name, equals[name]))
			}
			op.Path.Filter = all
		}
		var given bool
		op.Value, given = o["value"]
		op.NoValue = !given
		ops = append(ops, op)
	}
	return ops
}

// lookAt is a MemberReader. It knows three members, and returns those that have one
// of the given ids.
func lookAt(ids []scim.ID) (members []scim.Member, err error) {
	for _, m := range []scim.Member{{Value: "a", Display: "Ann"}, {Value: "b", Display: "Bob"}, {Value: "g", Display: "Care", Group: true}} {
		if slices.Contains(ids, m.Value) {
			members = append(members, m)
		}
	}
	return members, nil
}

func TestApplyMembers(t *testing.T) {
	t.Parallel()
	all := scim.MemberChange{Replace: true}
	tests := []struct {
		name string // a row number refers to the table in docs/reference/identity-providers.md §4
		ops  string
		want scim.MemberChange
		err  string
		rest int
	}{
		{"add", `[{"op":"add","path":"members","value":[{"value":"a","display":"A"},{"$ref":null,"value":"b"}]}]`, scim.MemberChange{Add: []scim.ID{"a", "b"}}, "", 0},
		{"row 29: plain strings", `[{"op":"add","path":"Members","value":["a",{"Value":"b"}]}]`, scim.MemberChange{Add: []scim.ID{"a", "b"}}, "", 0},
		{"row 29: one object", `[{"op":"add","path":"members","value":{"value":"a"}}]`, scim.MemberChange{Add: []scim.ID{"a"}}, "", 0},
		{"pathless", `[{"op":"add","value":{"members":[{"value":"a"}],"displayName":"x"}}]`, scim.MemberChange{Add: []scim.ID{"a"}}, "", 1},
		{"row 9: remove by filter", `[{"op":"remove","path":"members","filter":"a"}]`, scim.MemberChange{Remove: []scim.ID{"a"}}, "", 0},
		{"remove several by filter, with or", `[{"op":"remove","path":"members","filter":["a","b","c"]}]`, scim.MemberChange{Remove: []scim.ID{"a", "b", "c"}}, "", 0},
		{"one of several is not an id", `[{"op":"remove","path":"members","filter":["a",true,"c"]}]`, scim.MemberChange{}, refusal.NoTarget, 0},
		{"remove by value and type", `[{"op":"remove","path":"members","select":{"value":"a","type":"user"}}]`, scim.MemberChange{Remove: []scim.ID{"a"}}, "", 0},
		{"remove by value and another type", `[{"op":"remove","path":"members","select":{"value":"a","type":"Group"}}]`, scim.MemberChange{}, "", 0},
		{"remove by type", `[{"op":"remove","path":"members","select":{"type":"Group"}}]`, scim.MemberChange{}, refusal.NoTarget, 0},
		{"remove by display", `[{"op":"remove","path":"members","select":{"display":"BOB"}}]`, scim.MemberChange{}, refusal.NoTarget, 0},
		{"remove by value and display", `[{"op":"remove","path":"members","select":{"display":"BOB","value":"b"}}]`, scim.MemberChange{Remove: []scim.ID{"b"}}, "", 0},
		{"remove a non-member by value and type", `[{"op":"remove","path":"members","select":{"type":"User","value":"x"}}]`, scim.MemberChange{}, "", 0},
		{"remove by value and type, then add", `[{"op":"remove","path":"members","select":{"type":"User","value":"b"}},{"op":"add","path":"members","value":"b"}]`,
			scim.MemberChange{Add: []scim.ID{"b"}}, "", 0},
		{"replace, then remove by value and type", `[{"op":"replace","path":"members","value":["a","g"]},{"op":"remove","path":"members","select":{"type":"User","value":"a"}}]`,
			scim.MemberChange{Replace: true, Add: []scim.ID{"g"}}, "", 0},
		{"replace by type", `[{"op":"replace","path":"members","select":{"type":"User"},"value":[{"value":"b"}]}]`, scim.MemberChange{}, refusal.NoTarget, 0},
		{"$ref without a value", `[{"op":"add","path":"members","value":[{"$ref":"https://x.io/scim/v2/Users/a"},{"$ref":"b","value":null}]}]`, scim.MemberChange{Add: []scim.ID{"a", "b"}}, "", 0},
		{"row 9: remove by value array", `[{"op":"remove","path":"members","value":[{"$ref":null,"value":"a"},{"value":"b"}]}]`, scim.MemberChange{Remove: []scim.ID{"a", "b"}}, "", 0},
		{"row 11: no value at all", `[{"op":"remove","path":"members"}]`, all, "", 0},
		{"row 12: []", `[{"op":"remove","path":"members","value":[]}]`, scim.MemberChange{}, refusal.InvalidValue, 0},
		{"row 12: null", `[{"op":"remove","path":"members","value":null}]`, scim.MemberChange{}, refusal.InvalidValue, 0},
		{"row 12: empty text", `[{"op":"remove","path":"members","value":""}]`, scim.MemberChange{}, refusal.InvalidValue, 0},
		{"row 12: [{}]", `[{"op":"remove","path":"members","value":[{}]}]`, scim.MemberChange{}, refusal.InvalidValue, 0},
		{"row 12: empty value", `[{"op":"remove","path":"members","value":[{"value":""}]}]`, scim.MemberChange{}, refusal.InvalidValue, 0},
		{"row 13: replace null", `[{"op":"replace","path":"members","value":null}]`, all, "", 0},
		{"row 12: replace [{}]", `[{"op":"replace","path":"members","value":[{}]}]`, scim.MemberChange{}, refusal.InvalidValue, 0},
		{"row 13: replace []", `[{"op":"replace","path":"members","value":[]}]`, all, "", 0},
		{"row 13: pathless []", `[{"op":"replace","value":{"members":[],"id":"g"}}]`, all, "", 1},
		{"row 14: replace", `[{"op":"replace","path":"members","value":[{"value":"a"}]}]`, scim.MemberChange{Replace: true, Add: []scim.ID{"a"}}, "", 0},
		{"row 33: an operation on another attribute", `[{"op":"add","path":"externalId","value":"x"}]`, scim.MemberChange{}, "", 1},
		{"row 6: add by filter", `[{"op":"add","path":"members","filter":"a","value":{"value":"b"}}]`, scim.MemberChange{}, refusal.NoTarget, 0},
		{"the last operation on a member counts", `[{"op":"add","path":"members","value":["a","b"]},{"op":"remove","path":"members","filter":"a"},{"op":"remove","path":"members","filter":"c"},{"op":"add","path":"members","value":"c"}]`,
			scim.MemberChange{Add: []scim.ID{"b", "c"}, Remove: []scim.ID{"a"}}, "", 0},
		{"empty, then add", `[{"op":"add","path":"members","value":"a"},{"op":"replace","path":"members","value":[]},{"op":"remove","path":"members","filter":"x"},{"op":"add","path":"members","value":"b"}]`,
			scim.MemberChange{Replace: true, Add: []scim.ID{"b"}}, "", 0},
		{"NUL", `[{"op":"add","path":"members","value":"a\u0000"}]`, scim.MemberChange{}, refusal.InvalidValue, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			ops := memberOps(t, test.ops)
			var look scim.MemberReader // stays nil unless a remove filters by `value` and by another sub-attribute
			if scim.NeedsMembers(ops) {
				look = lookAt
			}
			rest, change, err := scim.ApplyMembers(ops, look)
			if test.err != "" {
				refused(t, err, test.err)
				return
			}
			if diff := cmp.Diff(test.want, change, cmpopts.EquateEmpty()); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			if len(rest) != test.rest {
				t.Errorf("got %d other operations, want %d", len(rest), test.rest)
			}
		})
	}
}

func TestMembers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		given string
		want  []scim.ID
		ok    bool
	}{
		{`null`, []scim.ID{}, true}, // RFC 7643 §2.5: null has the same meaning as []
		{`[]`, []scim.ID{}, true},
		{`[{"value":"a","display":null},"b"]`, []scim.ID{"a", "b"}, true},
		{`["` + strings.Repeat("ä", 256) + `"]`, []scim.ID{scim.ID(strings.Repeat("ä", 256))}, true},
		{`["` + strings.Repeat("a", 257) + `"]`, []scim.ID{"sha256:e8d95cc2b4bc198c54b40bd214df958afb65f5e73d2c2eafe0593cf5c635c1f0"}, true}, // row 30: an id that is too long becomes an id that no resource has
		{`[{}]`, nil, false},
		{`""`, nil, false},
		{`[[1,2]]`, nil, false},
	}
	for _, test := range tests {
		got, err := scim.Members(decode(t, `{"v":`+test.given+`}`)["v"])
		if diff := cmp.Diff(test.want, got); diff != "" || (err == nil) != test.ok {
			t.Errorf("%s: got %v %v, want %v, success %t", test.given, got, err, test.want, test.ok)
		}
	}
}
