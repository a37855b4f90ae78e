package scim_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
)

// TestElementsLackNothing checks that an element that a PATCH creates or changes
// must have its required sub-attributes, as in POST and PUT. Other elements are not
// checked.
func TestElementsLackNothing(t *testing.T) {
	t.Parallel()
	const skills, capacity = flex + ":skills", flex + ":capacity"
	older := `{"userName":"ann","` + flex + `":{"skills":[{"name":"a","level":1},{"level":7}]}}`
	for name, test := range map[string]struct {
		op   scim.Op
		want string // scimType and attribute of the expected error, "" for success
	}{
		"add without a name":        {at(t, "add", skills, nil, `[{"level":1}]`), "invalidValue " + skills + ".name"},
		"add with a blank name":     {at(t, "add", skills, nil, `[{"name":" ","level":1}]`), "invalidValue " + skills + ".name"},
		"replace without a name":    {at(t, "replace", skills, nil, `[{"name":"b"},{"level":1}]`), "invalidValue " + skills + ".name"},
		"a name is removed":         {at(t, "remove", skills+".name", eq("name", "a"), ``), "mutability " + skills + ".name"},
		"every name is removed":     {at(t, "remove", skills+".name", nil, ``), "mutability " + skills + ".name"},
		"a name becomes empty":      {at(t, "replace", skills+".name", eq("name", "a"), `""`), "invalidValue " + skills + ".name"},
		"a name becomes null":       {at(t, "replace", skills, eq("name", "a"), `{"name":null}`), "invalidValue " + skills + ".name"},
		"without a path":            {at(t, "add", "", nil, `{"`+capacity+`":{"units":1}}`), "invalidValue " + capacity + ".channel"},
		"in the extension":          {at(t, "add", flex, nil, `{"capacity":[{"units":1}]}`), "invalidValue " + capacity + ".channel"},
		"created by a filter":       {at(t, "add", skills+".level", eq("level", "3"), `4`), "invalidValue " + skills + ".name"},
		"the filter has the name":   {at(t, "add", skills+".level", eq("name", "b"), `4`), ""},
		"the older one is changed":  {at(t, "replace", skills+".level", eq("level", "7"), `8`), "invalidValue " + skills + ".name"},
		"the older one gets a name": {at(t, "replace", skills+".name", eq("level", "7"), `"b"`), ""},
		"the older one is removed":  {at(t, "remove", skills, nil, `[{"level":7}]`), ""},
		"the older one stays":       {at(t, "add", skills, nil, `[{"name":"b"}]`), ""},
		"a deactivation":            {at(t, "replace", "active", nil, `false`), ""},
	} {
		got, err := scim.Apply(scim.UserType(), decode(t, older), []scim.Op{test.op})
		if test.want == "" {
			if err != nil || scim.Equal(got, decode(t, older)) {
				t.Errorf("%s: got %v, %v, want a change", name, got, err)
			}
			continue
		}
		scimType, label, _ := strings.Cut(test.want, " ")
		refused(t, err, scimType)
		if !strings.Contains(err.Error(), label) {
			t.Errorf("%s: got %v, want it to name %s", name, err, label)
		}
	}
}

// TestErrorsNameTheOperation checks that, if a PATCH has several operations, the
// error text contains the number of the failed operation.
func TestErrorsNameTheOperation(t *testing.T) {
	t.Parallel()
	bad := at(t, "replace", "active", nil, `"perhaps"`)
	member := scim.Op{Kind: scim.Add, Path: scim.Path{Attr: "members"}, Value: []any{json.Number("1"), []any{"a", "b"}}, Number: 3}
	_, alone := scim.Apply(scim.UserType(), decode(t, person), []scim.Op{bad})
	bad.Number = 2
	_, second := scim.Apply(scim.UserType(), decode(t, person), []scim.Op{bad})
	_, _, third := scim.ApplyMembers([]scim.Op{member}, nil)
	for want, err := range map[string]error{"active must be": alone, "Operation 2 (replace): active must be": second, "Operation 3 (add): members.value": third} {
		refused(t, err, refusal.InvalidValue)
		if !strings.Contains(err.Error(), ": "+want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// TestCompleteLeavesWhatWasThere checks that only new elements must have their
// required sub-attributes, so that clients can write back what they read.
func TestCompleteLeavesWhatWasThere(t *testing.T) {
	t.Parallel()
	skills := func(list string) scim.Document { return decode(t, `{"userName":"ann","`+flex+`":{"skills":`+list+`}}`) }
	for name, test := range map[string]struct {
		old, next scim.Document
		refused   bool
	}{
		"a new element":          {skills(`[]`), skills(`[{"level":1}]`), true},
		"an existing element":    {skills(`[{"level":1}]`), skills(`[{"level":1},{"name":"a"}]`), false},
		"a changed element":      {skills(`[{"level":1}]`), skills(`[{"level":2}]`), true},
		"an element with a name": {nil, skills(`[{"name":"a"}]`), false},
	} {
		if _, err := scim.ReplaceDocument(scim.UserType(), test.old, test.next); (err != nil) != test.refused {
			t.Errorf("%s: got %v, want refused %t", name, err, test.refused)
		}
	}
}

// elements returns a JSON array of n objects. format is the text of one object, in
// which %d stands for the object's number.
func elements(n int, format string) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(format, i)
	}
	return "[" + strings.Join(all, ",") + "]"
}

// manyEmails returns a user with 500 addresses, and an operation that adds the same
// addresses.
func manyEmails(tb testing.TB) (scim.Document, scim.Op) {
	tb.Helper()
	list := elements(scim.DefaultValues, `{"value":"a%d@x.io"}`)
	return decode(tb, `{"userName":"ann","emails":`+list+`}`), at(tb, "add", "emails", nil, list)
}

// TestWorkOfAPatch checks that flexscim refuses a PATCH with too much work. While a
// PATCH runs, other writes must wait.
func TestWorkOfAPatch(t *testing.T) {
	t.Parallel()
	doc, op := manyEmails(t)
	filtered := at(t, "replace", "emails.display", nil, `"`+strings.Repeat("x", 1<<20)+`"`)
	terms := make(scim.Or, scim.MaxFilterTerms)
	for i := range terms {
		terms[i] = eq("value", "nobody")
	}
	searched := at(t, "remove", "emails", terms, ``)
	for name, test := range map[string]struct {
		op     scim.Op
		times  int
		status int // 0: success
	}{
		"a body of 4 MB, the same 500 addresses in each operation": {op, 450, 0},
		"a body of 40 MB":                                      {op, 4500, 413},
		"a long text in each of 500 addresses":                 {filtered, 1, 413},
		"64 comparisons for each of 500 addresses, 20 times":   {searched, 20, 0},
		"64 comparisons for each of 500 addresses, 1000 times": {searched, 1000, 413},
	} {
		ops := make([]scim.Op, test.times)
		for i := range ops {
			ops[i] = test.op
		}
		got, err := scim.Apply(scim.UserType(), doc, ops)
		e, _ := errors.AsType[*scim.Error](err)
		switch {
		case test.status == 0 && (err != nil || !scim.Equal(got, doc)):
			t.Errorf("%s: got %v, want no change", name, err)
		case test.status != 0 && (e == nil || e.Status != test.status):
			t.Errorf("%s: got %v, want %d", name, err, test.status)
		}
	}
}

// TestSizeOfADocument checks that every stored document fits into the body of a
// PUT.
func TestSizeOfADocument(t *testing.T) {
	t.Parallel()
	small := scim.UserType().Within(0, 1000)
	long := func(n int) string { return `"` + strings.Repeat(`\"`, n) + `"` }
	for name, test := range map[string]struct {
		title int // number of quotes in the old title
		op    scim.Op
		ok    bool
	}{
		"it fits":                                   {1, at(t, "add", "title", nil, long(100)), true},
		"it grows beyond the limit":                 {1, at(t, "add", "title", nil, long(900)), false},
		"it is beyond the limit and shrinks":        {900, at(t, "add", "title", nil, long(800)), true},
		"it is beyond the limit and keeps its size": {900, at(t, "replace", "active", nil, `false`), true},
		"it is beyond the limit and grows":          {900, at(t, "add", "nickName", nil, long(100)), false},
		"another attribute grows beyond the limit":  {1, at(t, "add", "nickName", nil, long(900)), false},
	} {
		doc := decode(t, `{"userName":"ann","active":true,"title":`+long(test.title)+`}`)
		_, err := scim.Apply(small, doc, []scim.Op{test.op})
		if e, _ := errors.AsType[*scim.Error](err); (err == nil) != test.ok || e != nil && e.Status != 413 {
			t.Errorf("%s: got %v, want success %t", name, err, test.ok)
		}
	}
	if _, _, err := scim.ParseDocument(small, decode(t, `{"userName":"ann","title":`+long(900)+`}`)); err == nil {
		t.Error("a body of that size is accepted")
	}
}

func TestHalfCharacter(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`"\ud83d\ude00"`: false, `"\uD83D\uDE00x"`: false, `"\u00e4"`: false, `"\\ud83d"`: false, `"\\\\ud83d"`: false, `"😀"`: false, `\u`: false, `\u12`: false, `"\ud83d\ude00\ud83d\ude00"`: false,
		`"\ud83d"`: true, `"\ude00"`: true, `"\ud83dx"`: true, `"\ud83d\n"`: true, `"\ud83d\ud83d\ude00"`: true, `"\ud83d","\ude00"`: true, `"\\\ud83d"`: true, `\ud83d`: true, `"\ude00\ud83d"`: true,
	} {
		if got := scim.HalfCharacter([]byte(text)); got != want {
			t.Errorf("%s: got %t, want %t", text, got, want)
		}
	}
}

// family contains attributes, values and filters from which random operations are
// made. They belong together, so the operations often change the same values.
type family struct{ paths, values, filters []string }

// families returns the families from which TestWhatIsReadCanBeWritten draws. The
// result contains the first family twice, so that the test draws this family more
// often.
func families() []family {
	any := []string{`null`, `""`, `" "`, `"a"`, `"A"`, `true`, `3`, `[]`, `["a","b","a"]`, `{"value":"a"}`, `{"value":""}`}
	emails := family{
		[]string{"emails", "emails.value", "emails.type", "emails.primary", "emails.display"},
		append([]string{`"b"`, `"False"`, `[{"value":"a","type":"work"},{"value":"A","type":"Work","primary":true},{"value":"a"},{"value":"b","type":"work","primary":"true"}]`,
			`[{"value":"c","type":"work"}]`, `[{"type":"home","display":"d"}]`, `{"value":"b","type":"home","primary":true}`}, any...),
		[]string{"", "", "type work", "type home", "value a", "primary True"},
	}
	return []family{emails, emails, {
		[]string{flex + ":skills", flex + ":skills.name", flex + ":skills.level"},
		append([]string{`{"level":1}`, `[{"name":"a","level":1},{"name":"A","level":2}]`, `[{"name":"b"},{"level":"2"}]`, `{"name":"","level":1}`}, any...),
		[]string{"", "name a", "name b", "level 1"},
	}, {
		[]string{flex + ":capacity", flex + ":capacity.channel", flex + ":languages", flex + ":roles", flex},
		append([]string{`{"units":1}`, `[{"channel":"chat","units":1}]`, `{"skills":[{"name":"c"}],"languages":["de","de"]}`, `{"skills":[{"level":1}]}`}, any...),
		[]string{"", "channel chat"},
	}, {
		[]string{"roles", "roles.value", "roles.display", "addresses", "addresses.country", "x509Certificates", "entitlements"},
		append([]string{`[{"country":"DE"},{"country":"DE"},{"country":"de","primary":true}]`, `"no base64!"`, `[{"value":"{\"value\":\"{\\\"value\\\":\\\"a\\\"}\"}"}]`}, any...),
		[]string{"", "value a", "type work"},
	}, {
		[]string{"name", "name.givenName", "title", "userName", "active", "manager", ent, ""},
		append([]string{`{"department":"d","manager":"m"}`, `{"emails[type eq \"home\"].value":"a","userName":"bob","title":"\u2028<&>"}`}, any...),
		[]string{""},
	}}
}

func drawnOp(tb testing.TB, t *rapid.T) scim.Op {
	tb.Helper()
	from := rapid.SampledFrom(families()).Draw(t, "family")
	kind := scim.OpKind(rapid.SampledFrom([]string{"add", "add", "replace", "remove"}).Draw(t, "op"))
	path := rapid.SampledFrom(from.paths).Draw(t, "path")
	var filter scim.Filter
	if attr, value, found := strings.Cut(rapid.SampledFrom(from.filters).Draw(t, "filter"), " "); found && path != flex {
		filter = eq(attr, value)
	}
	value := rapid.SampledFrom(from.values).Draw(t, "value")
	if kind == "remove" && rapid.Bool().Draw(t, "plain") {
		value = ""
	}
	return at(tb, kind, path, filter, value)
}

func drawnBody(tb testing.TB, t *rapid.T) map[string]any {
	tb.Helper()
	body := map[string]any{"userName": "ann"}
	for range rapid.IntRange(0, 3).Draw(t, "attributes") {
		from := rapid.SampledFrom(families()).Draw(t, "family")
		if path := rapid.SampledFrom(from.paths).Draw(t, "path"); path != "" && path != "userName" {
			body[path] = decode(tb, `{"v":`+rapid.SampledFrom(from.values).Draw(t, "value")+`}`)["v"]
		}
	}
	return body
}

// TestWhatIsReadCanBeWritten checks that, after any operations, a PUT of the body
// that GET returned succeeds and changes nothing. Okta's wizard apps deactivate
// users with such a PUT.
func TestWhatIsReadCanBeWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		doc := scim.Document(decode(t, `{"userName":"ann"}`))
		if body, _, err := scim.ParseDocument(scim.UserType(), drawnBody(t, r)); err == nil && scim.CheckRequired(scim.UserType(), body, nil) == nil {
			doc = body // as a POST
		}
		for range rapid.IntRange(0, 20).Draw(r, "operations") {
			if changed, err := scim.Apply(scim.UserType(), doc, []scim.Op{drawnOp(t, r)}); err == nil {
				doc = changed
			}
		}
		text, err := json.Marshal(doc)
		if err != nil {
			r.Fatal(err)
		}
		sent, _ := object(string(text))
		next, dropped, err := scim.ParseDocument(scim.UserType(), sent)
		if err != nil || len(dropped) > 0 {
			r.Fatalf("PUT of %s: %v, dropped %q", text, err, dropped)
		}
		if err := scim.CheckRequired(scim.UserType(), next, nil); err != nil {
			r.Fatalf("%s was stored: %v", text, err)
		}
		got, err := scim.ReplaceDocument(scim.UserType(), doc, next)
		if diff := cmp.Diff(doc, got); err != nil || diff != "" {
			r.Fatalf("PUT of %s: %v (-read +written):\n%s", text, err, diff)
		}
	})
}

func BenchmarkAddAgain(b *testing.B) {
	doc, op := manyEmails(b)
	for b.Loop() {
		if _, err := scim.Apply(scim.UserType(), doc, []scim.Op{op}); err != nil {
			b.Fatal(err)
		}
	}
}
