package scimtest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/flexscim/flexscim/scim"
)

// provisioner sends the changes in a Tenant with the requests of one IdP. If the
// only result of a method is an error, the method fails for every response with a
// status other than 2xx.
type provisioner interface {
	Find(ctx context.Context, userName string) (Answer, error)
	create(ctx context.Context, p *Person) (Answer, error)
	profile(ctx context.Context, p *Person) error // sends the current name, department and manager
	SetActive(ctx context.Context, id string, active bool) (Answer, error)
	remove(ctx context.Context, p *Person) error // returns errNever if the IdP never deletes a user

	FindGroup(ctx context.Context, name string) (Answer, error)
	CreateGroup(ctx context.Context, name string) (Answer, error)
	Rename(ctx context.Context, group, name string) (Answer, error)
	DeleteGroup(ctx context.Context, group string) (Answer, error)
	members(ctx context.Context, id string, in, out []string) error
	empty(ctx context.Context, id string, all []string) error
}

// errNever means that an IdP never deletes a user.
var errNever = errors.New("this identity provider never deletes a user")

// succeed returns an error unless the status of the response is 2xx.
func succeed(a Answer, err error) error {
	if err == nil && a.Status/100 != 2 {
		err = fmt.Errorf("got %d %s, want 2xx", a.Status, a.Text)
	}
	return err
}

// unexpected returns the error for an unexpected response.
func unexpected(what string, a Answer, err error) error {
	return errors.Join(err, fmt.Errorf("%s: got %d %s", what, a.Status, a.Text))
}

// enterprise returns the enterprise extension with the department and the manager
// of a person.
func enterprise(p *Person) object {
	e := object{"department": p.Department}
	if p.manager != "" {
		e["manager"] = object{"value": p.manager}
	}
	return object{scim.URNEnterprise: e}
}

// oktaProvisioner always sends all attributes of a user, never deletes a user, and
// sends the changes of the members of a group in one request.
type oktaProvisioner struct{ Okta }

func (v oktaProvisioner) create(ctx context.Context, p *Person) (Answer, error) {
	return v.Create(ctx, p.UserName, enterprise(p))
}

func (v oktaProvisioner) profile(ctx context.Context, p *Person) error {
	changes := enterprise(p)
	changes["userName"], changes["displayName"] = p.UserName, p.Display
	return succeed(v.Update(ctx, p.id, changes))
}

func (v oktaProvisioner) remove(context.Context, *Person) error { return errNever }

func (v oktaProvisioner) members(ctx context.Context, id string, in, out []string) error {
	return succeed(v.Members(ctx, id, in, out))
}

func (v oktaProvisioner) empty(ctx context.Context, id string, _ []string) error {
	return succeed(v.PushNow(ctx, id))
}

// entraProvisioner sends the changes of a user in PATCHes, and deletes users. It
// sends the changes of the members of a group in concurrent requests.
type entraProvisioner struct{ Entra }

func (v entraProvisioner) create(ctx context.Context, p *Person) (Answer, error) {
	return v.Create(ctx, p.UserName, object{scim.URNEnterprise: object{"department": p.Department}})
}

func (v entraProvisioner) profile(ctx context.Context, p *Person) error {
	err := succeed(v.Set(ctx, p.id, object{
		"userName": p.UserName, "displayName": p.Display, scim.URNEnterprise + ":department": p.Department,
	}))
	if err != nil || p.manager == "" {
		return err
	}
	return succeed(v.SetManager(ctx, p.id, p.manager))
}

func (v entraProvisioner) remove(ctx context.Context, p *Person) error {
	return succeed(v.Delete(ctx, p.id))
}

// maxSeparate is the largest number of members for which each member is sent in a
// separate request.
const maxSeparate = 10

func (v entraProvisioner) members(ctx context.Context, id string, in, out []string) error {
	return errors.Join(
		each(parts(in), func(some []string) error { return succeed(v.AddMember(ctx, id, some...)) }),
		each(parts(out), func(some []string) error { return succeed(v.RemoveMember(ctx, id, some...)) }))
}

// parts splits a list of members into one list for each request. If there are at
// most `maxSeparate` members, each list has one member. Otherwise a list has up to
// 100 members.
func parts(ids []string) [][]string {
	size := 100
	if len(ids) <= maxSeparate {
		size = 1
	}
	return slices.Collect(slices.Chunk(ids, size))
}

func (v entraProvisioner) empty(ctx context.Context, id string, all []string) error {
	return v.members(ctx, id, nil, all)
}
