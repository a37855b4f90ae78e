package flexhttp

import (
	"cmp"
	"context"
	"errors"
	"time"

	taskrouterv1 "github.com/twilio/twilio-go/rest/taskrouter/v1"

	"github.com/flexscim/flexscim/flex"
)

// rediscoverAfter is the time after which lazyWorkspace calls Discover again.
const rediscoverAfter = time.Hour

// rediscoverSoon is the time after which lazyWorkspace calls Discover again if the
// result may be wrong.
const rediscoverSoon = time.Minute

// configuration is the account's Flex configuration, with the fields that we use.
// Source: https://www.twilio.com/docs/flex/developer/config/flex-configuration-rest-api
type configuration struct {
	Workspace string `json:"taskrouter_workspace_sid"`
	Instance  string `json:"flex_instance_sid"`
	Offline   string `json:"taskrouter_offline_activity_sid"`
}

// activity is an Activity in Twilio's JSON, with the fields that we use.
// Source: https://www.twilio.com/docs/taskrouter/api/activity
type activity struct {
	SID          string `json:"sid"`
	FriendlyName string `json:"friendly_name"`
	Available    flag   `json:"available"`
}

// Discover returns the account's Flex workspace, its instance and its offline
// Activity, in two calls. If the offline Activity of the configuration does not exist,
// or if Workers get Tasks in it, Discover returns another Activity in which Workers get
// no Tasks.
//
// If the account has no Flex, or if Workers get Tasks in every Activity, Discover
// returns Refused. If the credentials are wrong, it returns Denied.
//
// Twilio: GET /v1/Configuration
// Twilio: GET /v1/Workspaces/{WorkspaceSid}/Activities
// Source: https://www.twilio.com/docs/flex/developer/config/flex-configuration-rest-api
func (c *Client) Discover(ctx context.Context) (flex.Workspace, error) {
	call := c.newCall(ctx, "fetch configuration", reads)
	if _, err := call.flex().FetchConfiguration(nil); err != nil {
		return flex.Workspace{}, err
	}
	cfg, err := decode[configuration](call)
	if err != nil {
		return flex.Workspace{}, err
	}
	if !flex.IsSID(cfg.Workspace, "WS") {
		return flex.Workspace{}, call.fail(flex.Refused, errors.New("the account's configuration names no TaskRouter workspace"))
	}
	ws := flex.Workspace{SID: flex.WorkspaceSID(cfg.Workspace)}
	if flex.IsSID(cfg.Instance, "GO") { // only the back end FlexUsers needs the instance
		ws.Instance = flex.InstanceSID(cfg.Instance)
	}
	ws.Offline, err = c.TaskRouter(ws).offline(ctx, cfg.Offline)
	if flex.KindOf(err) == flex.Denied && flex.IsSID(cfg.Offline, "WA") { // the API key is not allowed to list Activities
		ws.Offline, err = flex.ActivitySID(cfg.Offline), nil
	}
	return ws, err
}

// offline returns the configured Activity if it exists and Workers get no Tasks in
// it. Otherwise it returns another Activity in which Workers get no Tasks: the one
// named "Offline" or, if there is none, the first in the list.
func (t *TaskRouter) offline(ctx context.Context, configured string) (flex.ActivitySID, error) {
	var named, first flex.ActivitySID
	for a, err := range walk[activity](ctx, t, list{"list activities", "activities", func(call *call) error {
		_, err := call.taskrouter().PageActivity(string(call.ws.SID), &taskrouterv1.ListActivityParams{}, "", "")
		return err
	}}) {
		if err != nil {
			return "", err
		}
		if bool(a.Available) || !flex.IsSID(a.SID, "WA") {
			continue
		}
		sid := flex.ActivitySID(a.SID)
		if a.SID == configured {
			return sid, nil
		}
		first = cmp.Or(first, sid)
		if sameName(a.FriendlyName, "Offline") {
			named = sid
		}
	}
	if first == "" {
		return "", &flex.Error{Op: "list activities", Kind: flex.Refused,
			Err: errors.New("Workers get Tasks in every Activity of the workspace; create an unavailable Activity in Flex, such as Offline")}
	}
	return cmp.Or(named, first), nil
}

// lazyWorkspace discovers the workspace at the first call, so that the program can
// start and serve SCIM while Twilio is unavailable. After an hour, it discovers the
// workspace again. If this second discovery fails, it keeps the known workspace, unless
// Twilio's answer shows that the account cannot be used.
type lazyWorkspace struct {
	client  *Client
	lock    chan struct{}  // held while discovering
	found   flex.Workspace // zero: not discovered yet
	refused error          // why the account cannot be used; nil: it can be used, or this is not known yet
	at      time.Time      // time at which found or refused was set
}

func (l *lazyWorkspace) get(ctx context.Context) (flex.Workspace, error) {
	select {
	case l.lock <- struct{}{}:
	case <-ctx.Done():
		return flex.Workspace{}, ctx.Err()
	}
	defer func() { <-l.lock }()
	switch age := time.Since(l.at); {
	case l.refused != nil && age < rediscoverSoon:
		return flex.Workspace{}, l.refused
	case l.refused == nil && l.found.SID != "" && age < rediscoverAfter:
		return l.found, nil
	}
	found, err := l.client.Discover(ctx)
	switch {
	case err == nil:
		l.found, l.refused = found, nil
	case flex.KindOf(err) == flex.Refused:
		l.refused = err
	case l.found.SID == "":
		return flex.Workspace{}, err
	}
	l.at = time.Now()
	return l.found, l.refused
}

// doubt makes the next call discover the workspace again, because Twilio refused a
// call that contains the SID of the offline Activity. It does nothing if the
// workspace was discovered within the last minute.
func (l *lazyWorkspace) doubt() {
	select {
	case l.lock <- struct{}{}:
		if l.refused == nil && time.Since(l.at) > rediscoverSoon {
			l.at = time.Time{}
		}
		<-l.lock
	default: // another call is using or discovering the workspace
	}
}
