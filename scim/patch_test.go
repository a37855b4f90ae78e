package scim_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/scim"
)

// person is the document to which each test case applies its operation.
const person = `{"userName":"ann","active":true,"title":"Agent","name":{"givenName":"Ann","familyName":"Lee"},
"emails":[{"value":"a@x.io","type":"work","primary":true},{"value":"b@x.io","type":"home"}],
"roles":[{"value":"agent","type":"t"},{"value":"lead","type":"t"}],
"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Care","manager":{"value":"m1","displayName":"Max"}}}`

const ent = `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User`

func eq(attr string, v any) scim.Filter { return scim.Compare{Attr: attr, Op: scim.Eq, Value: v} }

// at returns an operation. The path must not contain a filter, because f is the
// filter. The value is JSON text, or "" for an operation without a value.
func at(tb testing.TB, kind scim.OpKind, path string, f scim.Filter, value string) scim.Op {
	tb.Helper()
	op := scim.Op{Kind: kind, NoValue: value == ""}
	if path != "" {
		p, _, ok := scim.UserType().LookupPath(path)
		if !ok {
			p = scim.Path{Attr: path}
		}
		op.Path, op.Path.Filter = p, f
	}
	if value != "" {
		op.Value = decode(tb, `{"v":`+value+`}`)["v"]
	}
	return op
}

func TestApply(t *testing.T) {
	t.Parallel()
	or := scim.Or{eq("type", "work"), eq("type", "pager")}
	tests := []struct {
		name   string // a row number refers to the table in docs/reference/identity-providers.md §4
		kind   scim.OpKind
		path   string
		filter scim.Filter
		value  string
		want   string // the changed attributes as JSON, with null for a removed attribute; or the scimType of the error
	}{
		{"§3.5.2.1 add a simple attribute", "add", "nickName", nil, `"An"`, `{"nickName":"An"}`},
		{"§3.5.2.3 replace a simple attribute", "replace", "title", nil, `"Lead"`, `{"title":"Lead"}`},
		{"§3.5.2.3 pathless", "replace", "", nil, `{"ACTIVE":false,"title":"Lead"}`, `{"active":false,"title":"Lead"}`},
		{"§3.5.2.2 remove", "remove", "title", nil, ``, `{"title":null}`},
		{"§3.5.2.2 remove an absent attribute", "remove", "nickName", nil, ``, `{}`},
		{"§3.5.2.2 remove without a path", "remove", "", nil, ``, `noTarget`},
		{"§3.5.2.2 remove a required attribute", "remove", "userName", nil, ``, `mutability`},
		{"§3.5.2.2 remove by filter", "remove", "emails", eq("type", "HOME"), ``, `{"emails":[{"value":"a@x.io","type":"work","primary":true}]}`},
		{"§3.5.2.2 remove by filter, none", "remove", "emails", eq("type", "fax"), ``, `{}`},
		{"§3.5.2.3 replace a whole list", "replace", "emails", nil, `[{"value":"c@x.io"}]`, `{"emails":[{"value":"c@x.io"}]}`},
		{"§3.5.2 not multi-valued", "replace", "name", eq("givenName", "Ann"), `{}`, `noTarget`},
		{"row 5: replace creates", "replace", "emails.value", eq("type", "other"), `"c@x.io"`,
			`{"emails":[{"value":"a@x.io","type":"work","primary":true},{"value":"b@x.io","type":"home"},{"value":"c@x.io","type":"other"}]}`},
		{"row 5: add creates with and", "add", "phoneNumbers.value", scim.And{eq("type", "work"), eq("primary", "True")}, `"+1"`,
			`{"phoneNumbers":[{"value":"+1","type":"work","primary":true}]}`},
		{"row 5: whole element", "add", "addresses", eq("type", "work"), `{"country":"DE"}`, `{"addresses":[{"country":"DE","type":"work"}]}`},
		{"row 5: primary eq True creates", "add", "roles.value", eq("primary", "True"), `"boss"`,
			`{"roles":[{"value":"agent","type":"t"},{"value":"lead","type":"t"},{"value":"boss","primary":true}]}`},
		{"row 5: the value exists with the type that it names", "replace", "emails", eq("type", "fax"), `[{"value":"B@x.io","type":"home","display":"B"}]`,
			`{"emails":[{"value":"a@x.io","type":"work","primary":true},{"value":"B@x.io","type":"home","display":"B"}]}`},
		{"row 5: nothing to create", "replace", "emails.value", eq("type", "other"), `""`, `{}`},
		{"row 5: boolean matches True", "replace", "emails.value", eq("primary", "True"), `"c@x.io"`,
			`{"emails":[{"value":"c@x.io","type":"work","primary":true},{"value":"b@x.io","type":"home"}]}`},
		{"row 6: or does not create", "replace", "phoneNumbers.value", or, `"+1"`, `noTarget`},
		{"row 6: or selects", "replace", "emails.value", or, `"c@x.io"`,
			`{"emails":[{"value":"c@x.io","type":"work","primary":true},{"value":"b@x.io","type":"home"}]}`},
		{"row 7: a type that is not canonical", "add", "emails.value", eq("type", "desk"), `"c@x.io"`,
			`{"emails":[{"value":"a@x.io","type":"work","primary":true},{"value":"b@x.io","type":"home"},{"value":"c@x.io","type":"desk"}]}`},
		{"row 8: add where the type exists", "add", "emails", nil, `[{"value":"c@x.io","type":"home"}]`,
			`{"emails":[{"value":"a@x.io","type":"work","primary":true},{"value":"c@x.io","type":"home"}]}`},
		{"row 8: several new elements of the type", "add", "emails", nil, `[{"value":"c@x.io","type":"home"},{"value":"d@x.io","type":"HOME"}]`,
			`{"emails":[{"value":"a@x.io","type":"work","primary":true},{"value":"b@x.io","type":"home"},{"value":"c@x.io","type":"home"},{"value":"d@x.io","type":"HOME"}]}`},
		{"row 8: roles share a type", "add", "roles", nil, `[{"value":"boss","type":"t"}]`,
			`{"roles":[{"value":"agent","type":"t"},{"value":"lead","type":"t"},{"value":"boss","type":"t"}]}`},
		{"add an existing element", "add", "roles", nil, `[{"value":"agent","type":"t"}]`, `{}`},
		{"row 9: remove values by array", "remove", "roles", nil, `[{"$ref":null,"value":"lead"},{"value":"nobody"}]`, `{"roles":[{"value":"agent","type":"t"}]}`},
		{"row 12: an empty array removes nothing", "remove", "roles", nil, `[]`, `{}`},
		{"row 12: null removes nothing, as an empty array", "remove", "roles", nil, `null`, `{}`},
		{"§3.5.2.2 remove all values", "remove", "roles", nil, ``, `{"roles":null}`},
		{"row 18: manager as a string", "replace", ent + ":manager", nil, `"m2"`, `{"` + ent + `":{"department":"Care","manager":{"value":"m2"}}}`},
		{"row 18: manager as an array", "add", ent + ":manager", nil, `[{"$ref":null,"value":"m2"}]`, `{"` + ent + `":{"department":"Care","manager":{"value":"m2"}}}`},
		{"row 18: manager, bare path", "replace", "manager", nil, `"m2"`, `{"` + ent + `":{"department":"Care","manager":{"value":"m2"}}}`},
		{"row 18: bare keys", "replace", "", nil, `{"manager":{"value":"m2"},"DEPARTMENT":"Sales"}`, `{"` + ent + `":{"department":"Sales","manager":{"value":"m2"}}}`},
		{"row 18: a bare key with a sub-attribute", "add", "", nil, `{"manager.displayName":"Moritz"}`, `{"` + ent + `":{"department":"Care","manager":{"value":"m1","displayName":"Moritz"}}}`},
		{"row 19: manager empty", "replace", ent + ":manager", nil, `""`, `{"` + ent + `":{"department":"Care"}}`},
		{"row 19: manager value empty", "replace", ent + ":manager", nil, `{"value":""}`, `{"` + ent + `":{"department":"Care"}}`},
		{"row 24: read-only, without a path", "replace", "", nil, `{"groups":[{"value":"x"}],"meta":{"version":"9"},"id":"x"}`, `{}`},
		{"§3.5.2 read-only", "replace", "groups", nil, `[{"value":"x"}]`, `mutability`},
		{"§3.5.2 read-only, below", "add", "meta.version", nil, `"9"`, `mutability`},
		{"§3.5.2 read-only, by filter", "remove", "groups", eq("value", "g"), ``, `mutability`},
		{"schemas are ignored", "add", "schemas", nil, `["x"]`, `{}`},
		{"row 25: null", "replace", "title", nil, `null`, `{"title":null}`},
		{"row 25: empty text", "add", "title", nil, `""`, `{"title":null}`},
		{"row 25: empty array", "replace", "emails", nil, `[]`, `{"emails":null}`},
		{"row 25: required", "replace", "userName", nil, `""`, `invalidValue`},
		{"row 25: sub-attribute", "replace", "name.givenName", nil, `null`, `{"name":{"familyName":"Lee"}}`},
		{"row 25: the value of an element", "replace", "emails.value", eq("type", "home"), `""`, `{"emails":[{"value":"a@x.io","type":"work","primary":true}]}`},
		{"row 26: unknown attribute", "add", "shoeSize", nil, `43`, `{}`},
		{"row 26: known and unknown attributes", "add", "", nil, `{"shoeSize":43,"title":"Lead"}`, `{"title":"Lead"}`},
		{"row 26: only unknown attributes for an element", "replace", "emails", eq("type", "home"), `[{"shoeSize":43}]`, `{}`},
		{"row 26: known and unknown attributes for an element", "replace", "emails", eq("type", "home"), `{"shoeSize":43,"DISPLAY":"B"}`,
			`{"emails":[{"value":"a@x.io","type":"work","primary":true},{"value":"b@x.io","type":"home","display":"B"}]}`},
		{"row 28: False", "replace", "active", nil, `"False"`, `{"active":false}`},
		{"row 28: wrong type", "replace", "active", nil, `"maybe"`, `invalidValue`},
		{"row 28: a number as text", "add", "urn:ietf:params:scim:schemas:extension:flexscim:2.0:User:skills", nil, `[{"name":"billing","level":"3"}]`,
			`{"urn:ietf:params:scim:schemas:extension:flexscim:2.0:User":{"skills":[{"name":"billing","level":3}]}}`},
		{"row 29: a role as JSON in a string", "add", "roles", nil, `[{"value":"{\"id\":\"1\",\"value\":\"Admin\",\"displayName\":\"The Admin\"}"}]`,
			`{"roles":[{"value":"agent","type":"t"},{"value":"lead","type":"t"},{"value":"Admin","display":"The Admin"}]}`},
		{"row 53: name merges", "replace", "name", nil, `{"givenName":"Anna"}`, `{"name":{"givenName":"Anna","familyName":"Lee"}}`},
		{"row 53: a new primary", "add", "emails", nil, `[{"value":"c@x.io","primary":true}]`,
			`{"emails":[{"value":"a@x.io","type":"work","primary":false},{"value":"b@x.io","type":"home"},{"value":"c@x.io","primary":true}]}`},
		{"row 53: primary by filter", "replace", "emails.primary", eq("type", "home"), `true`,
			`{"emails":[{"value":"a@x.io","type":"work","primary":false},{"value":"b@x.io","type":"home","primary":true}]}`},
		{"§2.3: dotted, URN and filtered keys", "replace", "", nil,
			`{"name.givenName":"Anna","` + strings.ToUpper(ent) + `:DEPARTMENT":"Sales","emails[type eq \"work\"].value":"c@x.io"}`,
			`{"name":{"givenName":"Anna","familyName":"Lee"},"` + ent + `":{"department":"Sales","manager":{"value":"m1","displayName":"Max"}},
			"emails":[{"value":"c@x.io","type":"work","primary":true},{"value":"b@x.io","type":"home"}]}`},
		{"a malformed key", "replace", "", nil, `{"emails[type eq":"x"}`, `invalidPath`},
		{"a whole extension", "replace", ent, nil, `{"department":"Sales"}`, `{"` + ent + `":{"department":"Sales","manager":{"value":"m1","displayName":"Max"}}}`},
		{"an extension removed", "remove", ent, nil, ``, `{"` + ent + `":null}`},
		{"§2.4 one value and type, by add", "add", "emails", nil, `[{"value":"A@x.io","type":"WORK","display":"A"},{"value":"b@x.io"}]`,
			`{"emails":[{"value":"A@x.io","type":"WORK","primary":true,"display":"A"},{"value":"b@x.io","type":"home"}]}`},
		{"§2.4 one value and type, by replace", "replace", "roles", nil, `[{"value":"a","type":"t"},{"value":"b"},{"value":"A","type":"T","display":"A"},{"value":"a"}]`,
			`{"roles":[{"value":"a","type":"t","display":"A"},{"value":"b"},{"value":"a"}]}`},
		{"§2.4 one value and type, by a sub-attribute", "replace", "roles.value", eq("value", "lead"), `"agent"`, `{"roles":[{"value":"agent","type":"t"}]}`},
		{"half a character in a key", "add", "", nil, `{"emails[type eq \"\\ud83d\"].value":"x"}`, `invalidPath`},
		{"half a character in a role", "add", "roles", nil, `{"value":"{\"value\":\"\\ud83d\"}"}`,
			`{"roles":[{"value":"agent","type":"t"},{"value":"lead","type":"t"},{"value":"{\"value\":\"\\ud83d\"}"}]}`},
		{"userName of blanks", "replace", "userName", nil, `"\t \u00a0"`, `invalidValue`},
		{"binaries are kept", "add", "x509Certificates", nil, `"no base64!"`, `{"x509Certificates":[{"value":"no base64!"}]}`},
		{"NUL", "replace", "title", nil, `"a\u0000b"`, `invalidValue`},
		{"userName of 257 characters", "replace", "userName", nil, `"` + strings.Repeat("ü", 257) + `"`, `invalidValue`},
		{"userName of 256 characters", "replace", "userName", nil, `"` + strings.Repeat("ü", 256) + `"`, `{"userName":"` + strings.Repeat("ü", 256) + `"}`},
		{"a value without a path is not an object", "add", "", nil, `"x"`, `invalidValue`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			doc := scim.Document(decode(t, person))
			got, err := scim.Apply(scim.UserType(), doc, []scim.Op{at(t, test.kind, test.path, test.filter, test.value)})
			check(t, got, err, test.want)
			if diff := cmp.Diff(scim.Document(decode(t, person)), doc); diff != "" {
				t.Errorf("the input changed:\n%s", diff)
			}
		})
	}
}

// check compares the result of a PATCH with want, which is either a JSON object
// with the changed attributes of the constant person, or the scimType of the error.
func check(t *testing.T, got scim.Document, err error, want string) {
	t.Helper()
	if !strings.HasPrefix(want, "{") {
		e, ok := errors.AsType[*scim.Error](err)
		if !ok || e.Status != 400 || e.Type != want {
			t.Fatalf("got %v, want 400 %s", err, want)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	expected := scim.Document(decode(t, person))
	for name, v := range decode(t, want) {
		if expected[name] = v; v == nil {
			delete(expected, name)
		}
	}
	if diff := cmp.Diff(expected, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if same := scim.Equal(scim.Document(decode(t, person)), got); same != (want == "{}") {
		t.Errorf("got Equal %t, want %t", same, want == "{}")
	}
}

func TestApplyIsAllOrNothing(t *testing.T) {
	t.Parallel()
	ops := []scim.Op{
		at(t, scim.Replace, "title", nil, `"Lead"`),
		at(t, scim.Replace, "active", nil, `"maybe"`),
	}
	got, err := scim.Apply(scim.UserType(), decode(t, person), ops)
	if got != nil || err == nil {
		t.Fatalf("got %v, %v, want nothing and an error", got, err)
	}
}

func TestCheckID(t *testing.T) {
	t.Parallel()
	tests := []struct {
		op scim.Op
		ok bool
	}{
		{scim.Op{Kind: scim.Replace, Value: map[string]any{"id": "own", "displayName": "x"}}, true},
		{scim.Op{Kind: scim.Replace, Value: map[string]any{"ID": "other"}}, false},
		{scim.Op{Kind: scim.Replace, Path: scim.Path{Attr: "id"}, Value: "other"}, false},
		{scim.Op{Kind: scim.Replace, Path: scim.Path{Attr: "id"}, Value: json.Number("7")}, false},
		{scim.Op{Kind: scim.Replace, Path: scim.Path{Attr: "title"}, Value: "other"}, true},
		{scim.Op{Kind: scim.Replace, Value: map[string]any{scim.URNUser + ":id": "own"}}, true},
		{scim.Op{Kind: scim.Replace, Value: map[string]any{scim.URNUser + ":id": "other"}}, false},
		{scim.Op{Kind: scim.Replace, Value: map[string]any{"id": "own", "ID": "other"}}, false},
		{scim.Op{Kind: scim.Replace, Value: map[string]any{"id": nil}}, true},
		{scim.Op{Kind: scim.Remove, Path: scim.Path{Attr: "id"}, NoValue: true}, false},
		{scim.Op{Kind: scim.Remove, Path: scim.Path{URN: "urn:x:2.0:User", Attr: "id"}, NoValue: true}, true},
	}
	for _, test := range tests {
		if err := scim.CheckID(scim.UserType(), []scim.Op{test.op}, "own"); (err == nil) != test.ok {
			t.Errorf("%v: got %v, want success %t", test.op, err, test.ok)
		}
	}
}

func TestUnknown(t *testing.T) {
	t.Parallel()
	ops := []scim.Op{
		{Kind: scim.Add, Path: scim.Path{Attr: "shoeSize"}, Value: "43"},
		{Kind: scim.Add, Value: map[string]any{"hat": "x", "title": "x", "password": "x", `emails[type eq "work"].value`: "x"}},
	}
	if diff := cmp.Diff([]string{"shoeSize", "hat"}, scim.Unknown(scim.UserType(), ops)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
