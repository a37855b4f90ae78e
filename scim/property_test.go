package scim_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/flexscim/flexscim/scim"
)

// bodies returns JSON bodies with which the fuzz tests and property tests start.
func bodies() []string {
	return []string{
		okta, person,
		`{"userName":"a","emails":["x",{"value":"y","primary":"True"},[{"value":"z","primary":true}]]}`,
		`{"userName":[{"value":"a"}],"roles":[{"value":"{\"value\":\"{\\\"value\\\":\\\"x\\\"}\"}"}]}`,
		`{"USERNAME":"a","active":"FALSE","name.givenName":"x","` + flex + `":{"skills":[{"name":"a","level":"1e2"}],"capacity":{"channel":"c","units":2}}}`,
	}
}

func FuzzParseDocument(f *testing.F) {
	for _, s := range bodies() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if raw, ok := object(text); ok {
			doc, _, err := scim.ParseDocument(scim.UserType(), raw)
			canonical(t, doc, err)
		}
	})
}

func FuzzApply(f *testing.F) {
	for _, s := range bodies() {
		f.Add(s, "emails.value", "type", `{"v":"x"}`, uint8(1))
		f.Add(s, "", "", `{"v":{"emails[type eq \"work\"].value":"x","active":"False"}}`, uint8(0))
	}
	f.Fuzz(func(t *testing.T, text, path, filter, value string, verb uint8) {
		raw, ok := object(text)
		given, ok2 := object(value)
		if !ok || !ok2 {
			return
		}
		doc, _, err := scim.ParseDocument(scim.UserType(), raw)
		if err != nil {
			return
		}
		op := scim.Op{Kind: []scim.OpKind{scim.Add, scim.Replace, scim.Remove}[verb%3], Value: given["v"]}
		op.Path, _, _ = scim.UserType().LookupPath(path)
		if filter != "" && !op.Path.IsZero() {
			op.Path.Filter = eq(filter, "work")
		}
		before := doc.Clone()
		got, err := scim.Apply(scim.UserType(), doc, []scim.Op{op})
		if !scim.Equal(before, doc) {
			t.Fatalf("the input changed:\n%s", cmp.Diff(before, doc))
		}
		canonical(t, got, err)
	})
}

func object(text string) (map[string]any, bool) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var m map[string]any
	err := d.Decode(&m)
	return m, err == nil && m != nil
}

// canonical checks the result of ParseDocument. If the result is a document,
// parsing it again must return the same document. If the result is an error, it
// must be a SCIM error.
func canonical(t *testing.T, doc scim.Document, err error) {
	t.Helper()
	if err != nil {
		if _, ok := errors.AsType[*scim.Error](err); !ok || doc != nil {
			t.Fatalf("got %v, %v, want a SCIM error alone", doc, err)
		}
		return
	}
	again, dropped, err := scim.ParseDocument(scim.UserType(), doc)
	if err != nil || len(dropped) > 0 {
		t.Fatalf("got %v, dropped %q of our own %v", err, dropped, doc)
	}
	if diff := cmp.Diff(doc, again); diff != "" {
		t.Fatalf("not canonical (-first +second):\n%s", diff)
	}
}

func TestReplaceTwiceIsOnce(t *testing.T) {
	t.Parallel()
	paths := []string{"title", "active", "name", "name.givenName", "emails", "emails.value", "roles", ent + ":manager", ent, flex + ":skills"}
	values := []any{nil, "", "x", "True", []any{}, []any{"a", "b"}, map[string]any{"value": "y"}, map[string]any{"givenName": "z"},
		[]any{map[string]any{"value": "q", "type": "work", "primary": true}}, map[string]any{"department": "d"}, []any{map[string]any{"name": "s", "level": "2"}}}
	rapid.Check(t, func(t *rapid.T) {
		doc, _ := object(person)
		op := scim.Op{Kind: scim.Replace, Value: rapid.SampledFrom(values).Draw(t, "value")}
		op.Path, _, _ = scim.UserType().LookupPath(rapid.SampledFrom(paths).Draw(t, "path"))
		if op.Path.Attr == "emails" && rapid.Bool().Draw(t, "filtered") {
			op.Path.Filter = eq("type", rapid.SampledFrom([]string{"work", "home", "fax"}).Draw(t, "type"))
		}
		once, err := scim.Apply(scim.UserType(), doc, []scim.Op{op})
		twice, err2 := scim.Apply(scim.UserType(), doc, []scim.Op{op, op})
		if (err == nil) != (err2 == nil) || !scim.Equal(once, twice) {
			t.Fatalf("once %v %v, twice %v %v", once, err, twice, err2)
		}
	})
}

func TestFold(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{{"ANN", "ann"}, {"JÜRGEN", "jürgen"}, {"K", "k"}, {"ſ", "S"}, {"ΣΑΣ", "σας"}} {
		if a, b := scim.Fold(pair[0]), scim.Fold(pair[1]); a != b {
			t.Errorf("got %q and %q, want %q", a, b, pair)
		}
	}
	for _, pair := range [][2]string{{"ß", "ss"}, {"İ", "i"}, {"ı", "i"}, {"ü", "u\u0308"}} {
		if a := scim.Fold(pair[0]); a == scim.Fold(pair[1]) {
			t.Errorf("got %q for %q, want two", a, pair)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.StringMatching(`[a-cKſßÄäİıΣσς]{0,4}`).Draw(t, "a")
		b := rapid.StringMatching(`[A-CkKsẞÄäiIςσ]{0,4}`).Draw(t, "b")
		if (scim.Fold(a) == scim.Fold(b)) != strings.EqualFold(a, b) {
			t.Fatalf("Fold: %q %q, EqualFold %t", scim.Fold(a), scim.Fold(b), strings.EqualFold(a, b))
		}
		if s := rapid.String().Draw(t, "s"); scim.Fold(scim.Fold(s)) != scim.Fold(s) {
			t.Fatalf("Fold(%q) is not stable", s)
		}
	})
}

func TestMatches(t *testing.T) {
	t.Parallel()
	doc, _ := object(person)
	doc[flex] = map[string]any{"skills": []any{map[string]any{"name": "chat", "level": json.Number("2")}}}
	u := scim.User{ID: "u1", Doc: doc, Meta: scim.Meta{Version: 1, Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}, Groups: []scim.GroupRef{{ID: "g1"}}}
	is := func(attr string, op scim.CompareOp, v any) scim.Compare {
		return scim.Compare{Attr: attr, Op: op, Value: v}
	}
	level := func(op scim.CompareOp, v json.Number) scim.Compare {
		return scim.Compare{URN: flex, Attr: "skills", Sub: "level", Op: op, Value: v}
	}
	tests := []struct {
		name string
		f    scim.Filter
		want bool
	}{
		{"nil", nil, true},
		{"fold", is("userName", scim.Eq, "ANN"), true},
		{"id is exact", is("id", scim.Eq, "U1"), false},
		{"id", is("id", scim.Eq, "u1"), true},
		{"value of a multi-valued attribute", is("emails", scim.Eq, "B@x.io"), true},
		{"sub-attribute", scim.Compare{Attr: "emails", Sub: "value", Op: scim.Ew, Value: "@x.io"}, true},
		{"one element", scim.Element{Attr: "emails", Filter: scim.And{is("type", scim.Eq, "WORK"), is("value", scim.Eq, "a@x.io")}}, true},
		{"of two elements", scim.Element{Attr: "emails", Filter: scim.And{is("type", scim.Eq, "work"), is("value", scim.Eq, "b@x.io")}}, false},
		{"an element does not match", scim.Element{Attr: "emails", Filter: scim.Not{Term: is("type", scim.Eq, "work")}}, true},
		{"no element at all", scim.Element{Attr: "photos", Filter: scim.Not{Term: is("type", scim.Eq, "work")}}, false},
		{"boolean as text", is("active", scim.Eq, "True"), true},
		{"manager", scim.Compare{URN: ent, Attr: "manager", Op: scim.Eq, Value: "m1"}, true},
		{"groups", is("groups", scim.Eq, "g1"), true},
		{"pr", is("nickName", scim.Pr, nil), false},
		{"eq null", is("nickName", scim.Eq, nil), true},
		{"ne of nothing", is("nickName", scim.Ne, "x"), true},
		{"time", scim.Compare{Attr: "meta", Sub: "created", Op: scim.Gt, Value: "2026-01-02T03:04:04Z"}, true},
		{"and, not", scim.And{is("title", scim.Sw, "ag"), scim.Not{Term: is("title", scim.Co, "x")}}, true},
		{"or", scim.Or{is("title", scim.Eq, "x"), is("title", scim.Ge, "agent")}, true},
		{"integer over a fraction", level(scim.Gt, "1.5"), true},
		{"integer below a fraction", level(scim.Lt, "2.5"), true},
		{"no integer is a fraction", level(scim.Eq, "2.5"), false},
		{"integer in another notation", level(scim.Eq, "0.2e1"), true},
		{"integer below a number that does not fit", level(scim.Lt, "99999999999999999999999"), true},
		{"unknown", is("hat", scim.Eq, "x"), false},
	}
	for _, test := range tests {
		if got := u.Matches(test.f); got != test.want {
			t.Errorf("%s: got %t, want %t", test.name, got, test.want)
		}
	}
}
