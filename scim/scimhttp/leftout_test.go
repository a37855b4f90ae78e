package scimhttp_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/flexscim/flexscim/scim/scimhttp"
)

// TestDeactivationIsNotSunk checks that a PATCH with a deactivation and a wrong
// operation is applied without the wrong operation, and that the log and OnLeftOut
// report this. Without a deactivation, a PATCH with a wrong operation is refused.
func TestDeactivationIsNotSunk(t *testing.T) {
	t.Parallel()
	core, logs := observer.New(zap.WarnLevel)
	var left []string
	s := open(t, scimhttp.Config{Log: zap.New(core), OnLeftOut: func(_ context.Context, endpoint string, names []string) {
		left = append(left, endpoint)
		left = append(left, names...)
	}})
	for i, row := range []struct{ op, left, scimType string }{
		{`{"op":"replace","path":"actve","value":true}`, "actve", "invalidPath"},
		{`{"op":"add","path":"name.givneName","value":"x"}`, "name.givneName", "invalidPath"},
		{`{"op":"remove","path":"emails[type eq \"work\"].vaule"}`, "emails.vaule", "invalidPath"},
		{`{"op":"replace","path":"emails[tpye eq \"work\"].value","value":"x"}`, "emails.value", "invalidPath"},
		{`{"op":"add","path":"` + urnUser + `:shoeSize","value":42}`, urnUser + ":shoeSize", "invalidPath"},
		{`{"op":"add","path":"` + urnEnt + `.shoeSize","value":42}`, urnEnt + ":shoeSize", "invalidPath"},
		{`{"op":"add","path":"urn:ietf:params:scim:schemas:core:2.0:Group:displayName","value":"x"}`, "urn:ietf:params:scim:schemas:core:2.0:Group:displayName", "invalidPath"},
		{`{"op":"replace","path":"groups","value":[]}`, "groups", "mutability"},
		{`{"op":"replace","path":"meta.resourceType","value":"Person"}`, "meta.resourceType", "mutability"},
		{`{"op":"add","path":"urn:x:2.0:User:shoeSize","value":42}`, "", ""},
		{`{"op":"replace","path":"meta.resourceType","value":"User"}`, "", ""},
		{`{"op":"remove","path":"manager[value eq \"m1\"]"}`, "", ""},
	} {
		path := s.user(fmt.Sprint("user ", i))
		if row.scimType != "" {
			a := s.must(400, "PATCH", path, `{"Operations":[{"op":"add","path":"title","value":"Lead"},`+row.op+`]}`)
			if a.at("scimType") != row.scimType || s.must(200, "GET", path, "").at("title") != nil {
				t.Errorf("%s: got %s, want %s and no title", row.op, a.text, row.scimType)
			}
		}
		for _, leave := range []string{
			`{"op":"replace","path":"active","value":false}`, `{"op":"Replace","path":"` + urnUser + `:ACTIVE","value":"False"}`, `{"op":"add","value":{"` + urnUser + `":{"active":"false"}}}`,
		} {
			left = nil
			logs.TakeAll()
			s.must(200, "PATCH", path, `{"Operations":[{"op":"replace","path":"active","value":true}]}`)
			a := s.must(200, "PATCH", path, `{"Operations":[`+row.op+`,`+leave+`,{"op":"add","path":"title","value":"Gone"}]}`)
			if a.at("active") != false || a.at("title") != "Gone" {
				t.Errorf("%s beside %s: got %s, want a leaver", row.op, leave, a.text)
			}
			var want []string
			if row.left != "" {
				want = []string{"Users", row.left}
			}
			if diff := cmp.Diff(want, left); diff != "" || logs.Len() != len(want)/2 {
				t.Errorf("%s beside %s: %d warnings, left out (-want +got):\n%s", row.op, leave, logs.Len(), diff)
			}
			for _, line := range logs.All() {
				names, _ := line.ContextMap()["attributes"].([]any)
				if len(names) != 1 || names[0] != row.left {
					t.Errorf("%s: got the line %v, want it to name %s", row.op, line.ContextMap(), row.left)
				}
			}
		}
	}
	left = nil
	s.must(412, "PATCH", s.user("bob"), `{"Operations":[{"op":"replace","path":"active","value":false},{"op":"add","path":"actve","value":1}]}`, "If-Match", `W/"7"`)
	if left != nil {
		t.Errorf("got %v left out of a request that changed nothing", left)
	}
	// A PATCH is a deactivation only if it is for a user and its last value of
	// `active` is false.
	path := s.user("ann")
	s.must(400, "PATCH", path, `{"Operations":[{"op":"replace","path":"active","value":false},{"op":"add","path":"actve","value":1},{"op":"replace","value":{"active":true}}]}`)
	s.must(400, "PATCH", path, `{"Operations":[{"op":"remove","path":"active"},{"op":"add","path":"actve","value":1}]}`)
	s.must(400, "PATCH", path, `{"Operations":[{"op":"replace","path":"active","value":false},{"op":"add","path":"emails[type eq","value":1}]}`) // it cannot be read
	group := "/Groups/" + s.must(201, "POST", "/Groups", `{"displayName":"Care"}`).at("id").(string)
	s.must(400, "PATCH", group, `{"Operations":[{"op":"replace","value":{"active":false}},{"op":"add","path":"memebers","value":[]}]}`)
}
