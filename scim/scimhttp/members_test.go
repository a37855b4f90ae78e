package scimhttp_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/scimhttp"
)

// wrongMembers lists wrong values of the attribute `members`: at least one element
// contains no id. The tests replace GOOD with the id of a user.
var wrongMembers = []string{
	`""`, `" "`, `"\t"`, `true`, `false`, `0`, `7`, `5.5`, `{}`, `[{}]`, `[[]]`, `[null]`, `[""]`, `[" "]`, `[true]`, `[5.5]`,
	`[{"value":""}]`, `[{"value":" "}]`, `[{"value":null}]`, `[{"value":[]}]`, `[{"value":{}}]`, `[{"value":true}]`, `[{"value":5.5}]`, `[{"value":{"value":"GOOD"}}]`,
	`[{"value":["GOOD","GOOD"]}]`, `[{"display":"x"}]`, `[{"id":"GOOD"}]`, `[{"Vaule":"GOOD"}]`, `[{"type":"User"}]`, `[{"$ref":null}]`, `[{"$ref":""}]`,
	`[{"$ref":"https://x.io/scim/v2/Users/"}]`, `[{"value":"GOOD"},{"display":"x"}]`, `[{"value":"GOOD"},null]`, `["GOOD",""]`, `[{"value":"GOOD"},{"value":7}]`,
	`{"display":"x"}`, `{"id":"GOOD"}`, `{"value":""}`,
}

// TestMembersWithoutValue checks that every request with an element that lacks an
// id is refused, and that the group does not change. If the element were only
// ignored, the person whom the IdP means would not become a member, or would lose
// the membership and the role that it gives.
func TestMembersWithoutValue(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, d scim.Directory) {
		t.Helper()
		s := open(t, scimhttp.Config{Directory: d})
		ann, bob := strings.TrimPrefix(s.user("ann"), "/Users/"), strings.TrimPrefix(s.user("bob"), "/Users/")
		path := "/Groups/" + s.must(201, "POST", "/Groups", `{"displayName":"Care","members":["`+ann+`"]}`).at("id").(string)
		before := s.must(200, "GET", path, "").text
		for _, value := range wrongMembers {
			value = strings.ReplaceAll(value, "GOOD", bob)
			patch := func(format string) string { return `{"Operations":[` + fmt.Sprintf(format, value) + `]}` }
			var operations []string
			for i, request := range [][3]string{
				{"PATCH", path, patch(`{"op":"add","path":"members","value":%s}`)},
				{"PATCH", path, patch(`{"op":"replace","path":"members","value":%s}`)},
				{"PATCH", path, patch(`{"op":"remove","path":"members","value":%s}`)},
				{"PATCH", path, patch(`{"op":"add","value":{"members":%s}}`)},
				{"PATCH", path, patch(`{"op":"replace","path":"displayName","value":"New"},{"op":"replace","value":{"` + scim.URNGroup + `:members":%s}}`)},
				{"PUT", path, `{"displayName":"New","members":` + value + `}`},
				{"POST", "/Groups", `{"displayName":"New","members":` + value + `}`},
			} {
				a := s.must(400, request[0], request[1], request[2])
				checkError(t, a)
				if a.at("scimType") != "invalidValue" {
					t.Errorf("%s %s: got %s, want invalidValue", request[0], request[2], a.text)
				}
				operations = append(operations, fmt.Sprintf(`{"method":%q,"path":%q,"bulkId":"%d","data":%s}`, request[0], request[1], i, request[2]))
			}
			if a := s.must(200, "POST", "/Bulk", bulk("", operations...)); a.statuses() != strings.TrimPrefix(strings.Repeat(" 400", len(operations)), " ") {
				t.Errorf("Bulk of %s: got %s, want 400", value, a.text)
			}
			if diff := cmp.Diff(before, s.must(200, "GET", path, "").text); diff != "" {
				t.Fatalf("%s changed the group:\n%s", value, diff)
			}
		}
	})
}

// TestMembersByKey checks that a key in the value of an operation is parsed as a
// path, even if the key contains a filter.
func TestMembersByKey(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{})
	ann := strings.TrimPrefix(s.user("ann"), "/Users/")
	path := "/Groups/" + s.must(201, "POST", "/Groups", `{"displayName":"Care"}`).at("id").(string)
	s.must(204, "PATCH", path, `{"Operations":[{"op":"add","path":"members","value":["`+ann+`"]}]}`)
	for op, scimType := range map[string]string{
		`{"op":"replace","value":{"members[value eq \"` + ann + `\"]":{"value":"x"}}}`: "noTarget",
		`{"op":"replace","value":{"members.value":"x"}}`:                               "mutability",
	} {
		if a := s.must(400, "PATCH", path, `{"Operations":[`+op+`]}`); a.at("scimType") != scimType {
			t.Errorf("%s: got %s, want %s", op, a.text, scimType)
		}
	}
	if a := s.must(200, "PUT", path, `{"displayName":"Care","members.display":"x"}`); members(a) != ann {
		t.Errorf("a name of a member is no member: got %s", a.text)
	}
}
