package scimtest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/flexscim/flexscim/scim"
)

// voice is how an IdP says what happened in its tenant. Any answer but 2xx is
// an error.
type voice interface {
	find(ctx context.Context, userName string) (Answer, error)
	create(ctx context.Context, p *Person) (Answer, error)
	profile(ctx context.Context, p *Person) error // name, department and manager as they are now
	active(ctx context.Context, p *Person) error
	remove(ctx context.Context, p *Person) error // errNever where the IdP never does

	createTeam(ctx context.Context, name string) (Answer, error)
	renameTeam(ctx context.Context, id, name string) error
	removeTeam(ctx context.Context, id string) error
	members(ctx context.Context, id string, in, out []string) error
	empty(ctx context.Context, id string, all []string) error
}

// errNever says that an IdP does not do such a thing.
var errNever = errors.New("this identity provider never deletes a user")

// succeed makes an error of an answer that is none of 2xx.
func succeed(a Answer, err error) error {
	if err == nil && a.Status/100 != 2 {
		err = fmt.Errorf("got %d %s, want 2xx", a.Status, a.Text)
	}
	return err
}

// unexpected is the error of an answer that should be another one.
func unexpected(what string, a Answer, err error) error {
	return errors.Join(err, fmt.Errorf("%s: got %d %s", what, a.Status, a.Text))
}

// enterprise is what a profile holds beside the core schema.
func enterprise(p *Person) object {
	e := object{"department": p.Department}
	if p.manager != "" {
		e["manager"] = object{"value": p.manager}
	}
	return object{scim.URNEnterprise: e}
}

// oktaVoice pushes whole profiles, never deletes a user, and sends a group's
// changes in one request.
type oktaVoice struct{ Okta }

func (v oktaVoice) find(ctx context.Context, userName string) (Answer, error) {
	return v.Find(ctx, userName)
}

func (v oktaVoice) create(ctx context.Context, p *Person) (Answer, error) {
	return v.Create(ctx, p.UserName, enterprise(p))
}

func (v oktaVoice) profile(ctx context.Context, p *Person) error {
	changes := enterprise(p)
	changes["userName"], changes["displayName"] = p.UserName, p.Display
	return succeed(v.Update(ctx, p.id, changes))
}

func (v oktaVoice) active(ctx context.Context, p *Person) error {
	return succeed(v.setActive(ctx, p.id, p.Active))
}

func (v oktaVoice) remove(context.Context, *Person) error { return errNever }

func (v oktaVoice) createTeam(ctx context.Context, name string) (Answer, error) {
	if a, err := v.FindGroup(ctx, name); err != nil || a.Found() != "" {
		return a, unexpected("look up the group "+name, a, err)
	}
	return v.CreateGroup(ctx, name)
}

func (v oktaVoice) renameTeam(ctx context.Context, id, name string) error {
	return succeed(v.Rename(ctx, id, name))
}

func (v oktaVoice) removeTeam(ctx context.Context, id string) error {
	return succeed(v.DeleteGroup(ctx, id))
}

func (v oktaVoice) members(ctx context.Context, id string, in, out []string) error {
	return succeed(v.Members(ctx, id, in, out))
}

func (v oktaVoice) empty(ctx context.Context, id string, _ []string) error {
	return succeed(v.PushNow(ctx, id))
}

// entraVoice sends what changed, deletes users in the end, and sends members
// one by one, many requests at once, or in hundreds.
type entraVoice struct{ Entra }

func (v entraVoice) find(ctx context.Context, userName string) (Answer, error) {
	return v.Find(ctx, userName)
}

func (v entraVoice) create(ctx context.Context, p *Person) (Answer, error) {
	return v.Create(ctx, p.UserName, object{scim.URNEnterprise: object{"department": p.Department}})
}

func (v entraVoice) profile(ctx context.Context, p *Person) error {
	err := succeed(v.Set(ctx, p.id, object{
		"userName": p.UserName, "displayName": p.Display, scim.URNEnterprise + ":department": p.Department,
	}))
	if err != nil || p.manager == "" {
		return err
	}
	return succeed(v.SetManager(ctx, p.id, p.manager))
}

func (v entraVoice) active(ctx context.Context, p *Person) error {
	if p.Active {
		return succeed(v.Enable(ctx, p.id))
	}
	return succeed(v.Disable(ctx, p.id))
}

func (v entraVoice) remove(ctx context.Context, p *Person) error {
	return succeed(v.Delete(ctx, p.id))
}

func (v entraVoice) createTeam(ctx context.Context, name string) (Answer, error) {
	if a, err := v.FindGroup(ctx, name); err != nil || a.Found() != "" {
		return a, unexpected("look up the group "+name, a, err)
	}
	return v.CreateGroup(ctx, name)
}

func (v entraVoice) renameTeam(ctx context.Context, id, name string) error {
	return succeed(v.Rename(ctx, id, name))
}

func (v entraVoice) removeTeam(ctx context.Context, id string) error {
	return succeed(v.DeleteGroup(ctx, id))
}

// few is how many members go one by one.
const few = 10

func (v entraVoice) members(ctx context.Context, id string, in, out []string) error {
	return errors.Join(
		each(parts(in), func(some []string) error { return succeed(v.AddMember(ctx, id, some...)) }),
		each(parts(out), func(some []string) error { return succeed(v.RemoveMember(ctx, id, some...)) }))
}

// parts are the requests for so many members: one each if they are few, else
// hundreds.
func parts(ids []string) [][]string {
	size := 100
	if len(ids) <= few {
		size = 1
	}
	return slices.Collect(slices.Chunk(ids, size))
}

func (v entraVoice) empty(ctx context.Context, id string, all []string) error {
	return v.members(ctx, id, nil, all)
}
