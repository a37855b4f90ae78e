package scim_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
)

const flex = `urn:ietf:params:scim:schemas:extension:flexscim:2.0:User`

func TestParseDocument(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		given   string // attributes besides userName
		want    string // expected attributes besides userName, or the scimType of the expected error
		dropped []string
	}{
		{"row 23: userName only", `{}`, `{}`, nil},
		{"row 24: id, meta, schemas and groups are ignored", `{"id":"x","meta":{"version":"1"},"schemas":["` + scim.URNUser + `"],"groups":[{"value":"g"}],"externalId":"00u1"}`, `{"externalId":"00u1"}`, nil},
		{"a password is dropped and not reported", `{"password":"s3cret","PassWord":"x"}`, `{}`, nil},
		{"row 25: null and empty values are unassigned", `{"title":null,"displayName":"","emails":[],"name":{"givenName":""},"phoneNumbers":[{"type":"work","value":""}],"` + ent + `":{}}`, `{}`, nil},
		{"row 26: unknown attributes are dropped", `{"hat":1,"urn:x:2.0:User":{"a":1},"name":{"shoe":1,"givenName":"A"},"` + ent + `":{"cap":"x"}}`,
			`{"name":{"givenName":"A"}}`, []string{"hat", "name.shoe", ent + ":cap", "urn:x:2.0:User"}},
		{"row 26: unknown schemas", `{"schemas":["URN:ietf:params:scim:schemas:core:2.0:user","` + ent + `","urn:ietf:params:scim:schemas:extension:enterprise:2.0User",7]}`,
			`{}`, []string{"urn:ietf:params:scim:schemas:extension:enterprise:2.0User"}},
		{"row 28: names in any case, values as texts", `{"ACTIVE":"fAlSe","` + strings.ToLower(flex) + `":{"WALKOUT":"True","Skills":{"NAME":"billing","level":"3"}}}`,
			`{"active":false,"` + flex + `":{"walkOut":true,"skills":[{"name":"billing","level":3}]}}`, nil},
		{"row 28: a number for a text", `{"externalId":701984}`, `{"externalId":"701984"}`, nil},
		{"row 29: 2018", `{"title":[{"$ref":null,"value":"Lead"}]}`, `{"title":"Lead"}`, nil},
		{"row 29: plain strings as values", `{"emails":["a@x.io","b@x.io"],"roles":"agent"}`, `{"emails":[{"value":"a@x.io"},{"value":"b@x.io"}],"roles":[{"value":"agent"}]}`, nil},
		{"row 29: role as JSON", `{"roles":[{"value":"{\"id\":\"1\",\"value\":\"Admin\",\"displayName\":\"A\"}"},{"value":"{no json"}]}`,
			`{"roles":[{"value":"Admin","display":"A"},{"value":"{no json"}]}`, nil},
		{"row 18: manager", `{"` + ent + `":{"manager":"m1"}}`, `{"` + ent + `":{"manager":{"value":"m1"}}}`, nil},
		{"URN and dotted keys", `{"name.givenName":"Ann","` + ent + `:department":"Care"}`, `{"name":{"givenName":"Ann"},"` + ent + `":{"department":"Care"}}`, nil},
		{"row 21: formats are kept", `{"locale":"xx_YY zz","timezone":"Mars","profileUrl":"::"}`, `{"locale":"xx_YY zz","timezone":"Mars","profileUrl":"::"}`, nil},
		{"the last of several primary values stays primary", `{"emails":[{"value":"a"},{"value":"b","primary":"true"},{"value":"c","primary":true}]}`,
			`{"emails":[{"value":"a"},{"value":"b","primary":false},{"value":"c","primary":true}]}`, nil},
		{"§2.4 of two elements with the same value and type, the first is kept", `{"emails":[{"value":"a@x.io","type":"work","display":"1"},{"value":"A@X.io","type":"work","display":"2"}]}`,
			`{"emails":[{"value":"a@x.io","type":"work","display":"1"}]}`, nil},
		{"§2.4 of two elements with the same value and type, the primary one is kept", `{"emails":[{"value":"a","type":"work"},{"value":"b","primary":true},{"value":"a","type":"work","primary":true,"display":"A"}]}`,
			`{"emails":[{"value":"a","type":"work","primary":true,"display":"A"},{"value":"b","primary":false}]}`, nil},
		{"§2.4 the same value with another type is another element", `{"emails":[{"value":"a","type":"work"},{"value":"a","type":"home"},{"value":"a"}]}`,
			`{"emails":[{"value":"a","type":"work"},{"value":"a","type":"home"},{"value":"a"}]}`, nil},
		{"§2.4 plain values, whole elements", `{"addresses":[{"country":"DE"},{"country":"de"},{"country":"DE"}],"` + flex + `":{"languages":["de","DE","de"]}}`,
			`{"addresses":[{"country":"DE"},{"country":"de"}],"` + flex + `":{"languages":["de","DE"]}}`, nil},
		{"row 21: binaries are kept", `{"x509Certificates":["MII","-----BEGIN CERTIFICATE-----\nMII\n","_-8"]}`,
			`{"x509Certificates":[{"value":"MII"},{"value":"-----BEGIN CERTIFICATE-----\nMII\n"},{"value":"_-8"}]}`, nil},
		{"a name twice", `{"title":"a","TITLE":"b"}`, `invalidSyntax`, nil},
		{"a part twice", `{"name":{"givenName":"a","GIVENNAME":"b"}}`, `invalidSyntax`, nil},
		{"a sub-attribute twice, in other letter cases than the schema's", `{"emails":[{"VALUE":"a","Value":"b"}]}`, `invalidSyntax`, nil},
		{"a sub-attribute twice, once null", `{"name":{"givenName":null,"GIVENNAME":"b"}}`, `invalidSyntax`, nil},
		{"an attribute of an extension twice", `{"` + ent + `":{"department":"a","Department":"b"}}`, `invalidSyntax`, nil},
		{"wrong type: several values", `{"title":["a","b"]}`, `invalidValue`, nil},
		{"wrong type: name", `{"name":"Ann"}`, `invalidValue`, nil},
		{"wrong type: boolean", `{"active":"secret-word"}`, `invalidValue`, nil},
		{"wrong type: integer", `{"` + flex + `":{"skills":[{"name":"a","level":1.5}]}}`, `invalidValue`, nil},
		{"wrong type: extension", `{"` + ent + `":"x"}`, `invalidValue`, nil},
		{"NUL", `{"name":{"givenName":"a\u0000"}}`, `invalidValue`, nil},
		{"501 values", `{"roles":[` + strings.Repeat(`"a",`, 500) + `"b"]}`, `invalidValue`, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			raw := decode(t, test.given)
			raw["userName"] = "ann"
			got, dropped, err := scim.ParseDocument(scim.UserType(), raw)
			if !strings.HasPrefix(test.want, "{") {
				refused(t, err, test.want)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := scim.Document(decode(t, test.want))
			want["userName"] = "ann"
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.dropped, dropped); diff != "" {
				t.Errorf("dropped (-want +got):\n%s", diff)
			}
		})
	}
}

// refused checks that an error has status 400 and this scimType, and that its text
// does not repeat the refused value.
func refused(t *testing.T, err error, scimType string) {
	t.Helper()
	e, ok := errors.AsType[*scim.Error](err)
	if !ok || e.Status != 400 || e.Type != scimType {
		t.Fatalf("got %v, want 400 %s", err, scimType)
	}
	if strings.Contains(e.Detail, "secret-word") {
		t.Errorf("got detail %q, want it without the value", e.Detail)
	}
}

func TestParseDocumentDemandsNames(t *testing.T) {
	t.Parallel()
	for _, given := range []string{`{}`, `{"userName":null}`, `{"userName":""}`, `{"userName":{}}`, `{"userName":"\t\n "}`} {
		_, _, err := scim.ParseDocument(scim.UserType(), decode(t, given))
		refused(t, err, refusal.InvalidValue)
	}
	for _, given := range []string{`{"externalId":"g"}`, `{"displayName":" "}`, `{"displayName":"` + strings.Repeat("ü", 1025) + `"}`} {
		_, _, err := scim.ParseDocument(scim.GroupType(), decode(t, given))
		refused(t, err, refusal.InvalidValue)
	}
	doc, dropped, err := scim.ParseDocument(scim.GroupType(), decode(t, `{"displayName":"Care","members":[{"value":"a"}]}`))
	if err != nil || len(dropped) > 0 || !scim.Equal(doc, scim.Document{"displayName": "Care"}) {
		t.Errorf("got %v, %q, %v, want the displayName alone", doc, dropped, err)
	}
}

func TestLookupPath(t *testing.T) {
	t.Parallel()
	tests := map[string]scim.Path{ // :: name → path
		"USERNAME":                             {Attr: "userName"},
		"externalid":                           {Attr: "externalId"},
		"Name.GivenName":                       {Attr: "name", Sub: "givenName"},
		scim.URNUser + ":userName":             {Attr: "userName"},
		strings.ToUpper(ent):                   {URN: ent},
		strings.ToUpper(ent) + ":DEPARTMENT":   {URN: ent, Attr: "department"},
		ent + ":manager.displayname":           {URN: ent, Attr: "manager", Sub: "displayName"},
		"department":                           {},
		"name.shoe":                            {},
		"urn:example:2.0:User:department":      {},
		"":                                     {},
		scim.URNUser + ":":                     {},
		ent + ":":                              {},
		"userName.":                            {},
		"emails.":                              {},
		".userName":                            {},
		":userName":                            {},
		scim.URNUser + ":userName.":            {},
		ent + ":manager.":                      {},
		"urn:ietf:params:scim:schemas:core:2.": {},
	}
	for given, want := range tests {
		got, _, ok := scim.UserType().LookupPath(given)
		if diff := cmp.Diff(want, got); diff != "" || ok != !want.IsZero() {
			t.Errorf("%q: ok %t (-want +got):\n%s", given, ok, diff)
		}
	}
}

func TestReplaceDocument(t *testing.T) {
	t.Parallel()
	old := scim.Document{"userName": "ann", "active": false, "title": "Lead"}
	tests := map[string]struct{ next, want scim.Document }{
		"row 34: active is kept":             {scim.Document{"userName": "ann"}, scim.Document{"userName": "ann", "active": false}},
		"active is said":                     {scim.Document{"userName": "ann", "active": true}, scim.Document{"userName": "ann", "active": true}},
		"row 35: everything else is cleared": {scim.Document{"userName": "bob"}, scim.Document{"userName": "bob", "active": false}},
	}
	for name, test := range tests {
		got, err := scim.ReplaceDocument(scim.UserType(), old, test.next)
		if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
	_, err := scim.ReplaceDocument(scim.UserType(), old, scim.Document{})
	refused(t, err, refusal.InvalidValue)
}
