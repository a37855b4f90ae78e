package scim_test

import (
	"encoding/json"
	"testing"

	"github.com/flexscim/flexscim/scim"
)

// TestOutdatedName checks that name.formatted does not survive a PATCH that changes
// another part of the name and does not write name.formatted.
func TestOutdatedName(t *testing.T) {
	t.Parallel()
	const all, rest = `{"familyName":"Lee","formatted":"Ann Lee","givenName":"Ann"}`, `{"familyName":"Roe","givenName":"Ann"}`
	for _, row := range []struct {
		name, was, ops, want string
	}{
		{"a part", all, `[["replace","name.familyName","Roe"]]`, rest},
		{"the whole name", all, `[["replace","name",{"familyName":"Roe","givenName":"Ann"}]]`, rest},
		{"without a path", all, `[["add","",{"name":{"familyName":"Roe"}}]]`, rest},
		{"a key that is a path", all, `[["add","",{"name.familyName":"Roe"}]]`, rest},
		{"a removed part", all, `[["remove","name.familyName",null]]`, `{"givenName":"Ann"}`},
		{"a new part", all, `[["add","name.honorificPrefix","Dr."]]`, `{"familyName":"Lee","givenName":"Ann","honorificPrefix":"Dr."}`},
		{"the only other part", `{"formatted":"Ann","givenName":"Ann"}`, `[["remove","name.givenName",null]]`, `null`},
		{"formatted is sent, too", all, `[["replace","name.familyName","Roe"],["replace","name.formatted","Ann Roe"]]`, `{"familyName":"Roe","formatted":"Ann Roe","givenName":"Ann"}`},
		{"formatted is sent unchanged", all, `[["replace","name.formatted","Ann Lee"],["replace","name.familyName","Roe"]]`, `{"familyName":"Roe","formatted":"Ann Lee","givenName":"Ann"}`},
		{"formatted is sent in the object", all, `[["replace","",{"NAME":{"Formatted":"Ann Lee","familyName":"Roe"}}]]`, `{"familyName":"Roe","formatted":"Ann Lee","givenName":"Ann"}`},
		{"formatted is sent as a key", all, `[["replace","",{"name.formatted":"Ann Lee","name.familyName":"Roe"}]]`, `{"familyName":"Roe","formatted":"Ann Lee","givenName":"Ann"}`},
		{"nothing changes", all, `[["replace","name.familyName","Lee"]]`, all},
		{"another attribute", all, `[["replace","title","Lead"]]`, all},
		{"formatted alone", all, `[["replace","name.formatted","A. Lee"]]`, `{"familyName":"Lee","formatted":"A. Lee","givenName":"Ann"}`},
		{"it is new", `{"givenName":"Ann"}`, `[["add","name",{"formatted":"Ann Roe","familyName":"Roe"}]]`, `{"familyName":"Roe","formatted":"Ann Roe","givenName":"Ann"}`},
	} {
		var was map[string]any
		var ops [][3]any
		if err := json.Unmarshal([]byte(row.was), &was); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(row.ops), &ops); err != nil {
			t.Fatal(err)
		}
		var list []scim.Op
		for _, op := range ops {
			one := scim.Op{Kind: scim.OpKind(op[0].(string)), Value: op[2], NoValue: op[2] == nil}
			if path := op[1].(string); path != "" {
				var err error
				if one.Path, err = scim.ParsePath(scim.UserType(), path, scim.FilterLimits{Bytes: 100, Terms: 1, Depth: 1}); err != nil {
					t.Fatal(err)
				}
			}
			list = append(list, one)
		}
		before := scim.Document{"userName": "ann", "name": was}
		after, err := scim.Apply(scim.UserType(), before, list)
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		got, err := json.Marshal(after["name"])
		if err != nil || string(got) != row.want {
			t.Errorf("%s: got %s, want %s", row.name, got, row.want)
		}
		if kept, _ := json.Marshal(before["name"]); string(kept) != row.was {
			t.Errorf("%s: the old document is now %s", row.name, kept)
		}
	}
}
