package flexhttp

import (
	"context"

	taskrouterv1 "github.com/twilio/twilio-go/rest/taskrouter/v1"

	"github.com/flexscim/flexscim/flex"
)

// workerChannel is a Worker Channel in Twilio's JSON, with the fields that we use.
// Source: https://www.twilio.com/docs/taskrouter/api/worker-channel
type workerChannel struct {
	SID       string `json:"sid"`
	Name      string `json:"task_channel_unique_name"`
	Available flag   `json:"available"`
	Capacity  number `json:"configured_capacity"`
	Assigned  number `json:"assigned_tasks"`
}

func (c workerChannel) toChannel() flex.Channel {
	return flex.Channel{SID: flex.ChannelSID(c.SID), Name: c.Name, Capacity: int(c.Capacity), Available: bool(c.Available), Assigned: int(c.Assigned)}
}

// Channels returns the channels of a Worker, in one call. It returns Gone if the
// Worker does not exist.
//
// Twilio: GET /v1/Workspaces/{WorkspaceSid}/Workers/{WorkerSid}/Channels
// Source: https://www.twilio.com/docs/taskrouter/api/worker-channel
func (t *TaskRouter) Channels(ctx context.Context, sid flex.WorkerSID) ([]flex.Channel, error) {
	var all []flex.Channel
	for c, err := range walk[workerChannel](ctx, t, list{"list worker channels", "channels", func(call *call) error {
		worker := pathSID(call, sid, "WK")
		_, err := call.taskrouter().PageWorkerChannel(string(call.ws.SID), worker, &taskrouterv1.ListWorkerChannelParams{}, "", "")
		return err
	}}) {
		if err != nil {
			return nil, err
		}
		all = append(all, c.toChannel())
	}
	return all, nil
}

// SetChannel writes the capacity and the availability of a Worker's channel. It
// returns Uncertain if the response does not show these values, and Gone if the
// Worker or the channel does not exist.
//
// Twilio: POST /v1/Workspaces/{WorkspaceSid}/Workers/{WorkerSid}/Channels/{Sid}
// Source: https://www.twilio.com/docs/taskrouter/api/worker-channel
func (t *TaskRouter) SetChannel(ctx context.Context, sid flex.WorkerSID, want flex.Channel) error {
	call := t.newCall(ctx, "update worker channel", writes)
	params := (&taskrouterv1.UpdateWorkerChannelParams{}).SetCapacity(want.Capacity).SetAvailable(want.Available)
	_, err := call.taskrouter().UpdateWorkerChannel(string(call.ws.SID), pathSID(call, sid, "WK"), pathSID(call, want.SID, "WC"), params)
	if err != nil {
		return err
	}
	read, err := decode[workerChannel](call)
	if got := read.toChannel(); err == nil && (got.SID != want.SID || got.Capacity != want.Capacity || got.Available != want.Available) {
		return call.notApplied("capacity")
	}
	return err
}
