package flexhttp

import (
	"context"
	"errors"
	"time"

	taskrouterv1 "github.com/twilio/twilio-go/rest/taskrouter/v1"

	"github.com/flexscim/flexscim/flex"
)

// rediscoverAfter is the time after which lazyWorkspace calls Discover again.
const rediscoverAfter = time.Hour

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
	Available    bool   `json:"available"`
}

// Discover returns the account's Flex workspace, its instance and its offline
// Activity. It makes one call, and a second call if the configuration has no
// offline Activity.
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
	if flex.IsSID(cfg.Offline, "WA") {
		ws.Offline = flex.ActivitySID(cfg.Offline)
		return ws, nil
	}
	ws.Offline, err = c.TaskRouter(ws).offline(ctx)
	return ws, err
}

// offline returns the Activity that has the name "Offline". If there is none, it
// returns the first Activity in which Workers get no Tasks.
func (t *TaskRouter) offline(ctx context.Context) (flex.ActivitySID, error) {
	var found flex.ActivitySID
	for a, err := range walk[activity](ctx, t, list{"list activities", "activities", func(call *call) error {
		_, err := call.taskrouter().PageActivity(string(call.ws.SID), &taskrouterv1.ListActivityParams{}, "", "")
		return err
	}}) {
		if err != nil {
			return "", err
		}
		if a.Available || !flex.IsSID(a.SID, "WA") {
			continue
		}
		if sameName(a.FriendlyName, "Offline") {
			return flex.ActivitySID(a.SID), nil
		}
		if found == "" {
			found = flex.ActivitySID(a.SID)
		}
	}
	if found == "" {
		return "", &flex.Error{Op: "list activities", Kind: flex.Refused,
			Err: errors.New("the workspace has no Activity that takes no Tasks")}
	}
	return found, nil
}

// lazyWorkspace discovers the workspace at the first call, so that the program can
// start and serve SCIM while Twilio is unavailable. After an hour, it discovers the
// workspace again. If this second discovery fails, it keeps the known workspace.
type lazyWorkspace struct {
	client *Client
	lock   chan struct{}  // held while discovering
	found  flex.Workspace // zero: not discovered yet
	at     time.Time      // when it was discovered
}

func (l *lazyWorkspace) get(ctx context.Context) (flex.Workspace, error) {
	select {
	case l.lock <- struct{}{}:
	case <-ctx.Done():
		return flex.Workspace{}, ctx.Err()
	}
	defer func() { <-l.lock }()
	if l.found.SID != "" && time.Since(l.at) < rediscoverAfter {
		return l.found, nil
	}
	found, err := l.client.Discover(ctx)
	if err == nil {
		l.found = found
	} else if l.found.SID == "" {
		return flex.Workspace{}, err
	}
	l.at = time.Now()
	return l.found, nil
}
