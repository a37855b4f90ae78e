package flexhttp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/flexscim/flexscim/flex"
)

// FlexUsers manages Workers through the Flex Users API v4 (public beta), which
// creates a Flex user for each Worker. Therefore a person appears in Flex's teams
// before the first login, and a leaver's Flex and Insights users are removed with
// the Worker. FlexUsers uses TaskRouter to read, to drain, and to write the
// attributes that v4 cannot write. It is safe for concurrent use.
type FlexUsers struct{ *TaskRouter }

// Create creates an offline Worker, and then its Flex user. Create begins with
// TaskRouter, which returns Taken if a Worker of this name exists; a Provision
// would change that Worker. Create makes three calls (Worker, Provision, fetch),
// and a fourth call if v4 did not write everything. It returns Refused in the same
// cases as TaskRouter's Create. If the attributes have no role, full_name or email,
// it also returns Refused, before any call. If Twilio refuses the Flex user, Create
// deletes the new Worker.
//
// Twilio: POST /v1/Workspaces/{WorkspaceSid}/Workers
// Twilio: POST /v4/Instances/{InstanceSid}/Users/Provision (beta; not in twilio-go)
// Source: https://www.twilio.com/docs/flex/developer/user-management/flex-users-api
func (u *FlexUsers) Create(ctx context.Context, d flex.Draft) (flex.Worker, error) {
	call := u.newCall(ctx, "provision user", writes)
	body, err := newBody(call, d.FriendlyName, "", d.Attributes)
	if err != nil {
		return flex.Worker{}, err
	}
	made, err := u.TaskRouter.Create(ctx, d)
	if err != nil {
		return made, err
	}
	sid, err := u.provisionNew(call, body, made)
	if err != nil {
		return flex.Worker{SID: sid}, err
	}
	w, err := u.finish(ctx, call, flex.Worker{SID: sid, FriendlyName: d.FriendlyName}, d.Attributes)
	w.SID = sid
	if err == nil && w.Available {
		stopped, err := u.StopRouting(ctx, w) // v4 created the Worker in the workspace's default Activity
		stopped.SID = sid
		return stopped, err
	}
	return w, err
}

// provisionNew creates the Flex user of a new Worker. Twilio does not document
// whether v4 uses a Worker that TaskRouter created. If v4 refuses this Worker
// (409), provisionNew deletes it, so that its name is free and v4 creates another
// Worker.
func (u *FlexUsers) provisionNew(c *call, body provision, made flex.Worker) (flex.WorkerSID, error) {
	sid, err := u.provision(c, body)
	kind := flex.KindOf(err)
	if err == nil {
		return sid, nil
	}
	if kind != flex.Conflict && kind != flex.Refused && kind != flex.Denied {
		return made.SID, err
	}
	if undo := u.TaskRouter.Delete(c.ctx, made); undo != nil {
		return made.SID, errors.Join(err, undo)
	} else if kind != flex.Conflict {
		return "", err
	}
	sid, err = u.provision(c, body)
	if flex.KindOf(err) == flex.Conflict {
		return "", c.fail(flex.Refused, errors.New("a Flex user of this name exists and is not taken over"))
	}
	return sid, err
}

// Update writes the change ch to the Worker and its Flex user. It first writes a
// new FriendlyName through TaskRouter, so that the Worker keeps its SID: Twilio
// does not document what v4 does with a new username. If the Worker has no Flex
// user and v4 refuses to make one for it (409), Update writes everything through
// TaskRouter. In all other respects, it behaves like TaskRouter's Update.
//
// Twilio: POST /v4/Instances/{InstanceSid}/Users/Provision (beta; not in twilio-go)
// Source: https://www.twilio.com/docs/flex/developer/user-management/flex-users-api
func (u *FlexUsers) Update(ctx context.Context, have flex.Worker, ch flex.Change) (flex.Worker, error) {
	call := u.newCall(ctx, "provision user", writes)
	name := have.FriendlyName
	if ch.FriendlyName != "" {
		name = ch.FriendlyName
	}
	if ch.Attributes == "" {
		ch.Attributes = have.Attributes
	}
	pathSID(call, have.SID, "WK")
	body, err := newBody(call, name, have.Attributes, ch.Attributes)
	if err != nil {
		return flex.Worker{}, err
	}
	if name != have.FriendlyName {
		if have, err = u.TaskRouter.Update(ctx, have, flex.Change{FriendlyName: name}); err != nil {
			return flex.Worker{}, err
		}
	}
	switch sid, err := u.provision(call, body); {
	case flex.KindOf(err) == flex.Conflict: // TaskRouter writes everything
	case err != nil:
		return flex.Worker{}, err
	case sid != have.SID:
		return flex.Worker{}, call.invalidResponse("is about another Worker")
	}
	return u.finish(ctx, call, have, ch.Attributes)
}

// newBody returns the body of a Provision request. It is called before the first
// call to Twilio, and refuses the request if a value is invalid.
func newBody(c *call, name, before, want string) (provision, error) {
	pathSID(c, c.ws.Instance, "GO")
	c.checkLengths(name, want)
	old, errBefore := parseAttributes(before)
	wanted, errWant := parseAttributes(want)
	body, err := newProvision(name, wanted, changes(old, wanted))
	if err = cmp.Or(errBefore, errWant, err); err != nil {
		c.refuse(err)
	}
	return body, c.invalid
}

// provision posts body and returns the SID of the user's Worker.
func (u *FlexUsers) provision(c *call, body provision) (flex.WorkerSID, error) {
	if err := u.post(c, "/Provision", body); err != nil {
		return "", err
	}
	user, err := decode[flexUser](c)
	if err != nil {
		return "", err
	}
	if !sameName(user.UserName, body.UserName) || !flex.IsSID(user.worker(), "WK") {
		return "", c.invalidResponse("is not the user with a Worker")
	}
	return flex.WorkerSID(user.worker()), nil
}

// finish reads the Worker back, and writes through TaskRouter what the Provision
// did not write. before is the Worker as it was when the Provision was sent.
func (u *FlexUsers) finish(ctx context.Context, c *call, before flex.Worker, want string) (flex.Worker, error) {
	now, err := u.Get(ctx, before.SID)
	if err != nil {
		return flex.Worker{}, err
	}
	if !sameName(now.FriendlyName, before.FriendlyName) {
		return now, c.notApplied("FriendlyName")
	}
	rest, err := remaining(before.Attributes, want, now.Attributes)
	if _, ours := errors.AsType[*flex.Error](err); ours || rest == "" && err == nil {
		return now, err
	}
	if err != nil {
		return now, c.fail(flex.Refused, err)
	}
	return u.TaskRouter.Update(ctx, now, flex.Change{Attributes: rest})
}

// Delete removes a Worker with its Flex and Insights users, and checks that the
// Worker no longer exists. If the Worker has no Flex user, or still exists after
// the removal of its user, Delete removes the Worker through TaskRouter. If the
// Worker does not exist, Delete returns nil. It returns Busy in the same cases as
// TaskRouter's Delete.
//
// Twilio: GET /v4/Instances/{InstanceSid}/Users (beta; not in twilio-go)
// Twilio: POST /v4/Instances/{InstanceSid}/Users/Deprovision (beta; not in twilio-go)
// Source: https://www.twilio.com/docs/flex/developer/user-management/flex-users-api
func (u *FlexUsers) Delete(ctx context.Context, have flex.Worker) error {
	call := u.newCall(ctx, "deprovision user", removes)
	if pathSID(call, have.SID, "WK"); call.invalid != nil {
		return call.invalid
	}
	user, err := u.user(ctx, have.FriendlyName)
	if err != nil {
		return err
	}
	if user.worker() != string(have.SID) || bool(user.Deactivated) || !flex.IsSID(user.SID, "FU") {
		return u.TaskRouter.Delete(ctx, have) // the Flex user of this name may have another Worker
	}
	body := map[string]string{"flex_user_sid": user.SID}
	if err := u.post(call, "/Deprovision", body); ignoreGone(err) != nil {
		return err
	}
	now, err := u.Get(ctx, have.SID)
	if flex.KindOf(err) == flex.Gone {
		return nil
	}
	if err != nil {
		return err
	}
	return u.TaskRouter.Delete(ctx, now)
}

// user returns the Flex user of this name. If there is no such user, or the account
// has no Flex Users API, it returns the zero flexUser.
func (u *FlexUsers) user(ctx context.Context, name string) (flexUser, error) {
	users, err := u.users(ctx, url.Values{"Username": {name}})
	for _, user := range users {
		if sameName(user.UserName, name) {
			return user, nil
		}
	}
	return flexUser{}, ignoreGone(err)
}

func (u *FlexUsers) users(ctx context.Context, query url.Values) ([]flexUser, error) {
	call := u.newCall(ctx, "find user", reads)
	if err := closeBody(call.handler().Get(u.url(call), query, nil, "")); err != nil {
		return nil, err
	}
	if call.response.status != http.StatusOK {
		return nil, call.invalidResponse(fmt.Sprintf("has status %d", call.response.status))
	}
	users, _, err := readPage[flexUser](call, "users")
	return users, err
}

// Enabled reports whether the account has the Flex Users API.
//
// Twilio: GET /v4/Instances/{InstanceSid}/Users (beta; not in twilio-go)
// Source: https://www.twilio.com/docs/flex/developer/user-management/flex-users-api
func (u *FlexUsers) Enabled(ctx context.Context) (bool, error) {
	_, err := u.users(ctx, url.Values{"PageSize": {"1"}})
	if flex.KindOf(err) == flex.Gone {
		return false, nil
	}
	return err == nil, err
}
