package scimtest

import (
	"context"

	"github.com/flexscim/flexscim/scim"
)

// Entra sends the same requests as Microsoft Entra ID
// (docs/reference/identity-providers.md §2). If Flag is true, it sends the requests
// of an app whose Tenant URL contains ?aadOptscim062020. Otherwise it sends the
// default requests.
type Entra struct {
	Client
	Flag bool
}

func (e Entra) do(ctx context.Context, method, path string, body any) (Answer, error) {
	return e.Do(ctx, method, path, body, "ADSCIMVersion", "2.0", "Accept", "")
}

// verb returns the argument flagged if Flag is true, otherwise the argument legacy.
// They are two spellings of the `op` of an operation.
func (e Entra) verb(legacy, flagged string) string {
	if e.Flag {
		return flagged
	}
	return legacy
}

// Test sends the request of the button "Test Connection", which looks for a user
// who does not exist.
func (e Entra) Test(ctx context.Context) (Answer, error) {
	return e.do(ctx, "GET", filter("/Users", "userName", "b1c0fb2b-7b3a-4f3e-9f4f-6d1f3c2a9e10"), nil)
}

// Find searches for a user by userName, which is the matching attribute.
func (e Entra) Find(ctx context.Context, userName string) (Answer, error) {
	return e.do(ctx, "GET", filter("/Users", "userName", userName), nil)
}

// Create creates a user. The attribute `schemas` in the body always contains the
// core schema and the enterprise extension. The argument `more` contains further
// attributes.
func (e Entra) Create(ctx context.Context, userName string, more ...map[string]any) (Answer, error) {
	given, family := names(userName)
	return e.do(ctx, "POST", "/Users", with(object{
		"schemas":     []string{scim.URNUser, scim.URNEnterprise},
		"externalId":  "oid-" + userName,
		"userName":    userName,
		"active":      true,
		"displayName": fullName(userName),
		"emails":      []object{{"primary": true, "type": "work", "value": userName}},
		"meta":        object{"resourceType": "User"},
		"name":        object{"formatted": fullName(userName), "givenName": given, "familyName": family},
		"roles":       []any{},
	}, more))
}

// SetActive restores or soft-deletes a user. If Flag is true, it sends the value of
// `active` as a boolean, otherwise as the string "True" or "False".
func (e Entra) SetActive(ctx context.Context, id string, active bool) (Answer, error) {
	if e.Flag {
		return e.do(ctx, "PATCH", "/Users/"+id, patch(object{"op": "replace", "value": object{"active": active}}))
	}
	word := "False"
	if active {
		word = "True"
	}
	return e.do(ctx, "PATCH", "/Users/"+id, patch(object{"op": "Replace", "path": "active", "value": word}))
}

// Set changes attributes of a user. The keys of the argument values are paths, such
// as name.givenName or emails[type eq "work"].value. If Flag is true, Set sends a
// single operation without a path, otherwise one operation for each attribute.
func (e Entra) Set(ctx context.Context, id string, values map[string]any) (Answer, error) {
	if e.Flag {
		return e.do(ctx, "PATCH", "/Users/"+id, patch(object{"op": "replace", "value": values}))
	}
	ops := []object{}
	for path, v := range values {
		ops = append(ops, object{"op": "Replace", "path": path, "value": v})
	}
	return e.do(ctx, "PATCH", "/Users/"+id, patch(ops...))
}

// SetManager sends the manager's id as a plain string; "" removes the manager.
func (e Entra) SetManager(ctx context.Context, id, manager string) (Answer, error) {
	return e.Set(ctx, id, map[string]any{scim.URNEnterprise + ":manager": manager})
}

// Delete hard-deletes a user. Entra does this 30 days after the soft delete.
func (e Entra) Delete(ctx context.Context, id string) (Answer, error) {
	return e.do(ctx, "DELETE", "/Users/"+id, nil)
}

// FindGroup searches for a group by its name, and excludes its members from the
// response.
func (e Entra) FindGroup(ctx context.Context, name string) (Answer, error) {
	return e.do(ctx, "GET", filter("/Groups", "displayName", name)+"&excludedAttributes=members", nil)
}

// CreateGroup creates a group. The attribute `schemas` in the body also contains a
// URN of Microsoft.
func (e Entra) CreateGroup(ctx context.Context, name string) (Answer, error) {
	return e.do(ctx, "POST", "/Groups", object{
		"schemas":     []string{scim.URNGroup, urnEntra},
		"externalId":  "oid-" + name,
		"displayName": name,
		"meta":        object{"resourceType": "Group"},
	})
}

// AddMember adds users to a group.
func (e Entra) AddMember(ctx context.Context, group string, ids ...string) (Answer, error) {
	return e.do(ctx, "PATCH", "/Groups/"+group, patch(
		object{"op": e.verb("Add", "add"), "path": "members", "value": references(ids)}))
}

// RemoveMember removes users from a group. If Flag is true, it sends one operation
// for each user, with a filter in the path. Otherwise it sends one operation with a
// list of all users as the value.
func (e Entra) RemoveMember(ctx context.Context, group string, ids ...string) (Answer, error) {
	if !e.Flag {
		return e.do(ctx, "PATCH", "/Groups/"+group, patch(
			object{"op": "Remove", "path": "members", "value": references(ids)}))
	}
	ops := []object{}
	for _, id := range ids {
		ops = append(ops, object{"op": "remove", "path": `members[value eq "` + id + `"]`})
	}
	return e.do(ctx, "PATCH", "/Groups/"+group, patch(ops...))
}

func references(ids []string) []object {
	list := []object{}
	for _, id := range ids {
		list = append(list, object{"$ref": nil, "value": id})
	}
	return list
}

// Rename renames a group.
func (e Entra) Rename(ctx context.Context, group, name string) (Answer, error) {
	return e.do(ctx, "PATCH", "/Groups/"+group, patch(
		object{"op": e.verb("Replace", "replace"), "path": "displayName", "value": name}))
}

// DeleteGroup deletes a group.
func (e Entra) DeleteGroup(ctx context.Context, group string) (Answer, error) {
	return e.do(ctx, "DELETE", "/Groups/"+group, nil)
}
