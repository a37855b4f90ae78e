package scim

import (
	"slices"
	"strings"

	"github.com/flexscim/flexscim/scim/refusal"
)

// The URNs of the resources that Okta Identity Governance reads.
//
// Source: Okta, "Build a SCIM 2.0 server with entitlements"
// (docs/reference/identity-providers.md §1.5).
const (
	URNRole        = "urn:okta:scim:schemas:core:1.0:Role"
	URNEntitlement = "urn:okta:scim:schemas:core:1.0:Entitlement"
)

// EntitlementType is the default type of entitlements.
const EntitlementType = "Entitlement"

const roleName = "Role"

// Grant is a role or an entitlement that an IdP can assign to users. A user with
// the grant has its Value in the attribute `roles` or `entitlements`.
type Grant struct {
	Value       string // also its id
	Display     string
	Description string // at most 1,000 characters, "" for none
	Type        string // of an entitlement (IsEntitlementType); "" for a role
}

// Grants contains all roles and entitlements that an IdP can assign. No two roles
// have the same value, and no two entitlements have the same value.
type Grants struct {
	Roles        []Grant
	Entitlements []Grant
}

// GrantList contains the grants of one resource type. It is immutable.
type GrantList struct {
	Type   *ResourceType
	grants []Grant
}

// Lists returns the grants by resource type: the roles, then each type of
// entitlement in the order of its first appearance.
func (o Grants) Lists() []*GrantList {
	lists := []*GrantList{{Type: grantType(roleName, "Role", URNRole), grants: o.Roles}}
	for _, g := range o.Entitlements {
		at := slices.IndexFunc(lists[1:], func(s *GrantList) bool { return s.Type.Name == g.Type }) + 1
		if at == 0 {
			at = len(lists)
			lists = append(lists, &GrantList{Type: grantType(g.Type, EntitlementType, URNEntitlement)})
		}
		lists[at].grants = append(lists[at].grants, g)
	}
	return lists
}

// IsEntitlementType reports whether name can be a type of entitlement. Each type of
// entitlement becomes the name of a resource type and of its endpoint.
func IsEntitlementType(name string) bool {
	if name == "" || len(name) > 32 || strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") != "" {
		return false
	}
	return !slices.ContainsFunc([]string{"User", "Group", roleName, "Schema", "ResourceType"}, func(taken string) bool {
		return strings.EqualFold(name, taken)
	})
}

func grantType(name, schema, urn string) *ResourceType {
	attributes := []Attribute{
		{Name: "displayName", Type: TypeString, Required: true, Mutability: readOnly, Description: "The name to show to people."},
		{Name: "description", Type: TypeString, Mutability: readOnly, Description: "What it is for."},
	}
	if urn == URNEntitlement {
		attributes = append(attributes, Attribute{Name: "type", Type: TypeString, Required: true, CaseExact: true, Mutability: readOnly,
			Description: "The name of its resource type; a user's entitlements have it, too."})
	}
	t := &ResourceType{
		Name: name, Endpoint: "/" + name + "s", Description: "What users can have in their " + strings.ToLower(schema) + "s",
		Schema: Schema{URN: urn, Name: schema, Description: schema + " that a user can have", Attributes: attributes},
		fixed:  true,
	}
	t.index = newIndex(t)
	return t
}

// Find returns the grant with this id, or the error 404.
func (s *GrantList) Find(id ID) (Grant, error) {
	at := slices.IndexFunc(s.grants, func(g Grant) bool { return ID(g.Value) == id })
	if at < 0 {
		return Grant{}, refusal.GrantUnknown.New(s.Type.Name, s.Type.Endpoint)
	}
	return s.grants[at], nil
}

// List returns a page of the grants; by default, grants are sorted by their ids.
func (s *GrantList) List(q Query) Page[Grant] {
	var found []Grant
	for _, g := range s.grants {
		if matches(s.Type, q.Filter, g.resource()) {
			found = append(found, g)
		}
	}
	return PageOf(q, found, func(g Grant, order Sort) Place { return g.Place(s.Type, order) })
}

// Place returns the grant's place in a list of resource type t that is sorted by
// the argument order.
func (g Grant) Place(t *ResourceType, order Sort) Place {
	return placeOf(order, ID(g.Value), Meta{}, func(p Path) SortKey { return g.resource().sortKey(t, p) })
}

// Document returns the grant as responses show it.
func (g Grant) Document() Document {
	d := Document{"displayName": g.Display}
	if g.Description != "" {
		d["description"] = g.Description
	}
	if g.Type != "" {
		d["type"] = g.Type
	}
	return d
}

func (g Grant) resource() resource { return resource{id: ID(g.Value), doc: g.Document()} }
