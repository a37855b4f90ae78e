package flexhttp

import (
	"context"
	"errors"

	taskrouterv1 "github.com/twilio/twilio-go/rest/taskrouter/v1"

	"github.com/flexscim/flexscim/flex"
)

// configuration is the account's Flex, with the fields that we use.
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
// Activity. It makes one call, and a second one if the configuration has no
// offline Activity.
//
// It returns Refused if the account has no Flex or no Activity that takes no
// Tasks, and Denied if the credentials are wrong.
//
// Twilio: GET /v1/Configuration
// Twilio: GET /v1/Workspaces/{WorkspaceSid}/Activities
// Source: https://www.twilio.com/docs/flex/developer/config/flex-configuration-rest-api
func (c *Client) Discover(ctx context.Context) (flex.Workspace, error) {
	call := c.newCall(ctx, "fetch configuration", reads)
	if _, err := call.flex().FetchConfiguration(nil); err != nil {
		return flex.Workspace{}, err
	}
	var cfg configuration
	if err := call.decode(&cfg); err != nil {
		return flex.Workspace{}, err
	}
	if !flex.IsSID(cfg.Workspace, "WS") {
		return flex.Workspace{}, call.fail(flex.Refused, errors.New("the account's configuration names no TaskRouter workspace"))
	}
	ws := flex.Workspace{SID: flex.WorkspaceSID(cfg.Workspace)}
	if flex.IsSID(cfg.Instance, "GO") { // only the flex-users back end needs it
		ws.Instance = flex.InstanceSID(cfg.Instance)
	}
	if flex.IsSID(cfg.Offline, "WA") {
		ws.Offline = flex.ActivitySID(cfg.Offline)
		return ws, nil
	}
	offline, err := c.offline(ctx, ws)
	ws.Offline = offline
	return ws, err
}

// offline returns the Activity named Offline, or else the first that takes no
// Tasks.
func (c *Client) offline(ctx context.Context, ws flex.Workspace) (flex.ActivitySID, error) {
	var found flex.ActivitySID
	for a, err := range walk[activity](ctx, c, list{"list activities", "activities", func(call *call) error {
		_, err := call.taskrouter().PageActivity(string(ws.SID), &taskrouterv1.ListActivityParams{}, "", "")
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
