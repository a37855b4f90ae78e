package scimhttp

import (
	"context"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
)

// content parses and validates the body of a POST or PUT. It converts the
// deviations of IdPs, which package scim/dialect lists, to the form of the RFCs. It
// ignores the attributes id, meta and groups (docs/reference/identity-providers.md,
// row 24).
func (h *handler) content(ctx context.Context, op operation) (content, error) {
	k := op.kind
	body, err := scim.FlattenCore(k.types, op.body)
	if err != nil {
		return content{}, err
	}
	var c content
	if k == h.groups {
		if c.members, err = takeMembers(k.types, body); err != nil {
			return content{}, err
		}
		if c.members != nil && len(c.members.Add) > h.cfg.MaxMembers {
			return content{}, refusal.TooManyMembers.New(h.cfg.MaxMembers)
		}
	}
	doc, dropped, err := scim.ParseDocument(k.types, body)
	if err != nil {
		return content{}, err
	}
	if len(dropped) > 0 {
		h.cfg.OnDropped(ctx, k.types.Endpoint[1:], dropped)
	}
	c.doc = doc
	forgetManager(doc, op.base)
	return c, k.validator.validate(doc)
}

// forgetManager removes `$ref` and `displayName` of the manager if flexscim
// computed them. IdPs send back the body that they read
// (docs/reference/identity-providers.md §0), and a stored copy of the manager's
// name would become outdated.
func forgetManager(doc scim.Document, base string) {
	manager, _ := doc.Extension(scim.URNEnterprise)["manager"].(map[string]any)
	if id, _ := manager["value"].(string); id != "" && manager["$ref"] == scim.UserType().Address(base, id) {
		delete(manager, "$ref")
		delete(manager, "displayName")
	}
}

// takeMembers removes the attribute `members` from the body of a group, and returns
// the members. If the body does not have the attribute, takeMembers returns nil.
// Null and an empty list mean that the group has no members (RFC 7643 §2.5).
func takeMembers(t *scim.ResourceType, body map[string]any) (*scim.MemberChange, error) {
	var change *scim.MemberChange
	for name, value := range body {
		if path, _, ok := t.LookupPath(name); !ok || path.Attr != "members" || path.Sub != "" {
			continue
		}
		delete(body, name)
		ids, err := scim.Members(value)
		switch {
		case err != nil:
			return nil, err
		case change != nil:
			return nil, refusal.OperationKeyTwice.New("members")
		default:
			change = &scim.MemberChange{Replace: true, Add: ids}
		}
	}
	return change, nil
}
