package scimtest

import (
	"context"
	"maps"
	"strings"

	"github.com/flexscim/flexscim/scim"
)

// Okta sends the same requests as the IdP Okta
// (docs/reference/identity-providers.md §1). If Wizard is true, it sends the
// requests of an app of the App Integration Wizard, which never PATCHes a user: it
// reads the user, merges the changes, and sends the result in a PUT. Otherwise it
// sends the requests of an app of the Okta Integration Network.
type Okta struct {
	Client
	Wizard bool
}

func (o Okta) do(ctx context.Context, method, path string, body any) (Answer, error) {
	return o.Do(ctx, method, path, body,
		"User-Agent", "Okta SCIM Client 1.0.0",
		"Accept", "application/scim+json",
		"Accept-Charset", "utf-8")
}

// Test sends the request of the button "Test Connector Configuration".
func (o Okta) Test(ctx context.Context) (Answer, error) {
	return o.do(ctx, "GET", "/Users?startIndex=1&count=2", nil)
}

// Find sends the search by userName that Okta sends before it creates a user.
func (o Okta) Find(ctx context.Context, userName string) (Answer, error) {
	return o.do(ctx, "GET", filter("/Users", "userName", userName)+"&startIndex=1&count=100", nil)
}

// Create creates a user. The body contains a password, because Okta sends a random
// one. Create makes the given and family name from userName: it splits the part
// before the @ at its first dot. The argument `more` contains further attributes.
func (o Okta) Create(ctx context.Context, userName string, more ...map[string]any) (Answer, error) {
	given, family := names(userName)
	return o.do(ctx, "POST", "/Users", with(object{
		"schemas":     []string{scim.URNUser},
		"userName":    userName,
		"name":        object{"givenName": given, "familyName": family},
		"emails":      []object{{"primary": true, "value": userName, "type": "work"}},
		"displayName": fullName(userName),
		"locale":      "en-US",
		"externalId":  "00u-" + userName,
		"groups":      []any{},
		"password":    "1mz050nq",
		"active":      true,
	}, more))
}

// with(body, more) adds the attributes in more to the body, and returns the body.
func with(body object, more []map[string]any) object {
	for _, attributes := range more {
		maps.Copy(body, attributes)
	}
	return body
}

func names(userName string) (given, family string) {
	local, _, _ := strings.Cut(userName, "@")
	given, family, _ = strings.Cut(local, ".")
	if family == "" {
		family = given
	}
	return given, family
}

func fullName(userName string) string {
	given, family := names(userName)
	return given + " " + family
}

// SetActive sends the request that Okta sends when an existing user is assigned to
// the app or unassigned from it.
func (o Okta) SetActive(ctx context.Context, id string, active bool) (Answer, error) {
	if o.Wizard {
		return o.Update(ctx, id, object{"active": active})
	}
	return o.do(ctx, "PATCH", "/Users/"+id, patch(object{"op": "replace", "value": object{"active": active}}))
}

// Update changes attributes of a user. It reads the user with GET, applies the
// changes, and sends the result in a PUT.
func (o Okta) Update(ctx context.Context, id string, changes map[string]any) (Answer, error) {
	return o.put(ctx, "/Users/"+id, changes)
}

func (o Okta) put(ctx context.Context, path string, changes map[string]any) (Answer, error) {
	a, err := o.do(ctx, "GET", path, nil)
	if err != nil || a.Body == nil {
		return a, err
	}
	maps.Copy(a.Body, changes)
	return o.do(ctx, "PUT", path, a.Body)
}

// FindGroup searches for a group by its name.
func (o Okta) FindGroup(ctx context.Context, name string) (Answer, error) {
	return o.do(ctx, "GET", filter("/Groups", "displayName", name)+"&startIndex=1&count=100", nil)
}

// CreateGroup sends the request with which Okta creates a group, without members.
func (o Okta) CreateGroup(ctx context.Context, name string) (Answer, error) {
	return o.do(ctx, "POST", "/Groups", object{
		"schemas": []string{scim.URNGroup}, "displayName": name, "members": []any{},
	})
}

// Rename renames a group.
func (o Okta) Rename(ctx context.Context, group, name string) (Answer, error) {
	if o.Wizard {
		return o.put(ctx, "/Groups/"+group, object{"displayName": name})
	}
	return o.do(ctx, "PATCH", "/Groups/"+group, patch(
		object{"op": "replace", "value": object{"id": group, "displayName": name}}))
}

// Members adds members to a group and removes members from it, in one PATCH. If
// Wizard is true, it sends the whole group in a PUT instead.
func (o Okta) Members(ctx context.Context, group string, add, remove []string) (Answer, error) {
	if o.Wizard {
		return o.putMembers(ctx, group, add, remove)
	}
	var ops []object
	for _, id := range remove {
		ops = append(ops, object{"op": "remove", "path": `members[value eq "` + id + `"]`})
	}
	if len(add) > 0 {
		ops = append(ops, object{"op": "add", "path": "members", "value": members(add)})
	}
	return o.do(ctx, "PATCH", "/Groups/"+group, patch(ops...))
}

func members(ids []string) []object {
	list := []object{}
	for _, id := range ids {
		list = append(list, object{"value": id, "display": id + "@example.com"})
	}
	return list
}

func (o Okta) putMembers(ctx context.Context, group string, add, remove []string) (Answer, error) {
	a, err := o.do(ctx, "GET", "/Groups/"+group, nil)
	if err != nil || a.Body == nil {
		return a, err
	}
	gone := map[any]bool{} // :: id → whether the member is removed
	for _, id := range remove {
		gone[id] = true
	}
	list := members(add)
	old, _ := a.Body["members"].([]any)
	for _, m := range old {
		if id := member(m, "value"); !gone[id] {
			list = append(list, object{"value": id, "display": nil})
		}
	}
	a.Body["members"] = list
	return o.do(ctx, "PUT", "/Groups/"+group, a.Body)
}

// PushNow replaces all members of a group. If there are no ids, the group then has
// no members.
func (o Okta) PushNow(ctx context.Context, group string, ids ...string) (Answer, error) {
	if o.Wizard {
		return o.put(ctx, "/Groups/"+group, object{"members": members(ids)})
	}
	return o.do(ctx, "PATCH", "/Groups/"+group, patch(
		object{"op": "replace", "path": "members", "value": members(ids)}))
}

// DeleteGroup deletes a group. Okta deletes a group only if the administrator
// selects this option.
func (o Okta) DeleteGroup(ctx context.Context, group string) (Answer, error) {
	return o.do(ctx, "DELETE", "/Groups/"+group, nil)
}
