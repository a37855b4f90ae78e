package scim_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/scim"
)

// TestGrantLists checks that each type of entitlement is a resource type, and that
// these resource types have the order in which the types first appear in the
// grants.
func TestGrantLists(t *testing.T) {
	t.Parallel()
	o := scim.Grants{Entitlements: []scim.Grant{
		{Value: "north", Type: "Team"}, {Value: "quality", Type: scim.EntitlementType}, {Value: "south", Type: "Team"},
	}}
	var got []string
	for _, s := range o.Lists() {
		line := s.Type.Name + " " + s.Type.Endpoint + " " + s.Type.Schema.URN + ":"
		for _, g := range s.List(scim.Query{StartIndex: 1, Count: 10}).Items {
			line += " " + g.Value
			if found, err := s.Find(scim.ID(g.Value)); err != nil || found != g {
				t.Errorf("%s: got %+v, %v", g.Value, found, err)
			}
		}
		got = append(got, line)
	}
	want := []string{
		"Role /Roles " + scim.URNRole + ":", // the list exists even without roles, and is empty
		"Team /Teams " + scim.URNEntitlement + ": north south",
		"Entitlement /Entitlements " + scim.URNEntitlement + ": quality",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestIsEntitlementType(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"Entitlement": true, "Team": true, "license": true, strings.Repeat("x", 32): true,
		"": false, strings.Repeat("x", 33): false, "My Team": false, "Team2": false, "a/b": false, "é": false,
		"User": false, "group": false, "Role": false, "SCHEMA": false, "ResourceType": false,
	} {
		if got := scim.IsEntitlementType(name); got != want {
			t.Errorf("%q: got %t, want %t", name, got, want)
		}
	}
}
