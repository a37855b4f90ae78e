package scim_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/flexscim/flexscim/scim"
)

func decode(tb testing.TB, s string) map[string]any {
	tb.Helper()
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var m map[string]any
	if err := d.Decode(&m); err != nil {
		tb.Fatal(err)
	}
	return m
}

const okta = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
"userName":"ann@example.com","name":{"givenName":"Ann","familyName":"Lee"},"emails":[{"primary":true,"value":"ann@example.com","type":"work"}],
"displayName":"Ann Lee","locale":"en-US","externalId":"00ujl29u0le5T6Aj10h7","groups":[],"password":"1mz050nq","active":true,
"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Support","manager":{"value":"x"}}}`

func BenchmarkParseDocument(b *testing.B) {
	raw := decode(b, okta)
	b.ReportAllocs()
	for b.Loop() {
		scim.ParseDocument(scim.UserType(), raw)
	}
}

func BenchmarkApply(b *testing.B) {
	doc, _, err := scim.ParseDocument(scim.UserType(), decode(b, okta))
	if err != nil {
		b.Fatal(err)
	}
	ops := []scim.Op{{Kind: scim.Replace, Value: map[string]any{"active": false}}}
	b.ReportAllocs()
	for b.Loop() {
		scim.Apply(scim.UserType(), doc, ops)
	}
}

// BenchmarkApplyLarge changes a large document, whose size Apply only estimates.
func BenchmarkApplyLarge(b *testing.B) {
	certificate := map[string]any{"value": strings.Repeat("abcdefgh", 37_500)}
	doc, _, err := scim.ParseDocument(scim.UserType(), map[string]any{"userName": "ann", "x509Certificates": []any{certificate}})
	if err != nil {
		b.Fatal(err)
	}
	ops := []scim.Op{{Kind: scim.Replace, Value: map[string]any{"active": false}}}
	for b.Loop() {
		scim.Apply(scim.UserType(), doc, ops)
	}
}
