package flex_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/flexscim/flexscim/flex"
)

func TestMerge(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		theirs  string
		ours    map[string]any
		owned   []string
		want    string
		changed bool
	}{
		{"no keys into no attributes", "", nil, nil, `{}`, false},
		{"null is empty", "null", map[string]any{"a": 1}, nil, `{"a":1}`, true},
		{"two keys into no attributes", "", map[string]any{"b": "x", "a": []string{"y"}}, nil, `{"a":["y"],"b":"x"}`, true},
		{"a replaced value keeps its place", `{"a":1,"b":2,"c":3}`, map[string]any{"b": "x"}, nil, `{"a":1,"b":"x","c":3}`, true},
		{"values of others keep their spelling", `{ "n": 1.50e3, "big": 12345678901234567890, "s" : "\u00e4\/" , "o":{ "x" : [ 1 ] } }`,
			map[string]any{"a": true}, nil, `{"n":1.50e3,"big":12345678901234567890,"s":"\u00e4\/","o":{ "x" : [ 1 ] },"a":true}`, true},
		{"keys of others keep their spelling", `{"\u0061b<":1}`, map[string]any{"z": 1}, nil, `{"\u0061b<":1,"z":1}`, true},
		{"equal values in another spelling", ` {"r" : [ "a", "b" ], "n":1.0, "m":{"x":1,"y":2}}`,
			map[string]any{"r": []string{"a", "b"}, "n": 1, "m": map[string]any{"y": 2, "x": 1}}, []string{"r"},
			` {"r" : [ "a", "b" ], "n":1.0, "m":{"x":1,"y":2}}`, false},
		{"a list in another order differs", `{"r":["a","b"]}`, map[string]any{"r": []string{"b", "a"}}, nil, `{"r":["b","a"]}`, true},
		{"long integers differ", `{"n":9007199254740993}`, map[string]any{"n": 9007199254740992}, nil, `{"n":9007199254740992}`, true},
		{"an owned key that is no longer ours is removed", `{"a":1,"b":2}`, map[string]any{"b": 2}, []string{"a", "b"}, `{"b":2}`, true},
		{"an owned key that is absent", `{"b":2}`, nil, []string{"a"}, `{"b":2}`, false},
		{"forbidden keys are never set", `{}`, map[string]any{"contact_uri": "client:x", "team_sid": "y"}, nil, `{}`, false},
		{"forbidden keys are never removed", `{"contact_uri":"client:x"}`, nil, []string{"contact_uri"}, `{"contact_uri":"client:x"}`, false},
		{"the last of two equal keys counts", `{"a":1,"a":2}`, map[string]any{"a": 2}, nil, `{"a":1,"a":2}`, false},
		{"no escapes for HTML", `{}`, map[string]any{"a": "<&>"}, nil, `{"a":"<&>"}`, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, changed, err := flex.Merge(c.theirs, c.ours, c.owned)
			if err != nil {
				t.Fatal(err)
			}
			if got != c.want || changed != c.changed {
				t.Errorf("got %s, %v, want %s, %v", got, changed, c.want, c.changed)
			}
		})
	}
}

func TestMergeRefuses(t *testing.T) {
	t.Parallel()
	for _, theirs := range []string{`[]`, `"a"`, `1`, `{`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{} {}`, `{"a":1}x`, `nul`} {
		if got, _, err := flex.Merge(theirs, map[string]any{"a": 1}, nil); err == nil {
			t.Errorf("Merge(%s): got %s, want an error", theirs, got)
		}
	}
	if _, _, err := flex.Merge("", map[string]any{"a": func() {}}, nil); err == nil {
		t.Error("a value that is not JSON: got no error")
	}
}

func TestMergeCountsCharacters(t *testing.T) {
	t.Parallel()
	fits := strings.Repeat("ü", flex.MaxAttributes-len(`{"a":""}`))
	if _, _, err := flex.Merge("", map[string]any{"a": fits}, nil); err != nil {
		t.Errorf("exactly the limit: got %v, want nil", err)
	}
	_, _, err := flex.Merge("", map[string]any{"a": fits + "x"}, nil)
	if !errors.Is(err, flex.Refused) {
		t.Errorf("one over the limit: got %v, want Refused", err)
	}
	over := `{"theirs":"` + strings.Repeat("x", flex.MaxAttributes) + `"}`
	if _, changed, err := flex.Merge(over, nil, []string{"ours"}); err != nil || changed {
		t.Errorf("over the limit without a change: got %v, %v, want unchanged", changed, err)
	}
}

func TestOwner(t *testing.T) {
	t.Parallel()
	for attributes, want := range map[string]string{
		`{"flexscim":"okta/42"}`: "okta/42",
		`{"flexscim":7}`:         "",
		`{"FlexSCIM":"x"}`:       "",
		`{}`:                     "",
		``:                       "",
		`not json`:               "",
	} {
		if got := flex.Owner(attributes); got != want {
			t.Errorf("Owner(%s): got %q, want %q", attributes, got, want)
		}
	}
}

func TestEqualAttributes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{`{"a":1,"b":[true,null]}`, ` { "b":[true,null],"a":1.0 }`, true},
		{``, `{}`, true},
		{`{"a":1}`, `{"a":1,"b":1}`, false},
		{`{"a":null}`, `{"b":null}`, false},
		{`{"a":{"x":1}}`, `{"a":{"y":1}}`, false},
		{`{"a":[1]}`, `{"a":[1,2]}`, false},
		{`{"a":1}`, `{"a":"1"}`, false},
		{`{`, `{`, false},
	} {
		if got := flex.EqualAttributes(c.a, c.b); got != c.want {
			t.Errorf("EqualAttributes(%s, %s): got %v, want %v", c.a, c.b, got, c.want)
		}
	}
}

// values generates attributes from a few keys only, so that the two arguments of
// Merge often share keys.
func values(t *rapid.T, label string) map[string]any {
	key := rapid.SampledFrom([]string{"a", "b", "c", "ä", "roles", "contact_uri", "team_sid", "x.y", "<&>"})
	value := rapid.OneOf(
		rapid.Map(rapid.String(), func(s string) any { return s }),
		rapid.Map(rapid.Int(), func(n int) any { return n }),
		rapid.Map(rapid.Float64Range(-1e9, 1e9), func(f float64) any { return f }),
		rapid.Map(rapid.SliceOf(rapid.String()), func(s []string) any { return s }),
		rapid.Map(rapid.MapOf(rapid.StringN(0, 3, -1), rapid.Bool()), func(m map[string]bool) any { return m }),
	)
	return rapid.MapOfN(key, value, 0, 5).Draw(t, label)
}

func TestMergeProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		theirs, err := json.Marshal(values(t, "theirs"))
		if err != nil {
			t.Fatal(err)
		}
		ours := values(t, "ours")
		owned := rapid.SliceOf(rapid.SampledFrom([]string{"a", "b", "roles", "contact_uri"})).Draw(t, "owned")
		merged, changed, err := flex.Merge(string(theirs), ours, owned)
		if err != nil {
			t.Skip("too long")
		}
		checkForeign(t, string(theirs), merged, ours, owned)
		again, changedAgain, err := flex.Merge(merged, ours, owned)
		if err != nil || changedAgain || again != merged {
			t.Fatalf("merged again: got %s, %v, %v, want %s, false, nil", again, changedAgain, err, merged)
		}
		if !changed && merged != string(theirs) {
			t.Fatalf("unchanged: got %s, want %s", merged, theirs)
		}
	})
}

type failer interface {
	Helper()
	Fatalf(string, ...any)
}

// checkForeign fails the test if Merge changed a forbidden key, or a key that is
// not ours.
func checkForeign(t failer, theirs, merged string, ours map[string]any, owned []string) {
	t.Helper()
	before, after := members(t, theirs), members(t, merged)
	for _, key := range owned {
		if key != "contact_uri" && key != "team_sid" {
			delete(before, key)
			delete(after, key)
		}
	}
	for key := range ours {
		if key != "contact_uri" && key != "team_sid" {
			delete(before, key)
			delete(after, key)
		}
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Fatalf("foreign keys (-before +after):\n%s", diff)
	}
}

func members(t failer, text string) map[string]string {
	t.Helper()
	var raw map[string]json.RawMessage
	if strings.TrimSpace(text) != "" {
		if err := json.Unmarshal([]byte(text), &raw); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	out := map[string]string{}
	for key, value := range raw {
		out[key] = string(value)
	}
	return out
}

func FuzzMerge(f *testing.F) {
	f.Add(`{"a":1,"roles":["agent"],"contact_uri":"client:x"}`, `["supervisor"]`)
	f.Add(` { "x" : 1e9 , "x":2 } `, `{"a":"\u0000"}`)
	f.Add(`null`, `null`)
	f.Add("{\"\xff\":1,\"\xfe\":2}", `"x"`)
	f.Fuzz(func(t *testing.T, theirs, value string) {
		if !json.Valid([]byte(value)) || !utf8.ValidString(value) {
			return
		}
		ours := map[string]any{"roles": json.RawMessage(value)}
		merged, _, err := flex.Merge(theirs, ours, []string{"department"})
		if err != nil {
			return
		}
		checkForeign(t, theirs, merged, ours, []string{"department"})
		again, changed, err := flex.Merge(merged, ours, []string{"department"})
		if err != nil || changed || again != merged {
			t.Fatalf("merged again: got %s, %v, %v, want %s, false, nil", again, changed, err, merged)
		}
	})
}
