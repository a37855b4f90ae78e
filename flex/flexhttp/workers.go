package flexhttp

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"slices"
	"strings"

	taskrouterv1 "github.com/twilio/twilio-go/rest/taskrouter/v1"

	"github.com/flexscim/flexscim/flex"
)

// TaskRouter is the default back end. It manages Workers through TaskRouter's API.
// It is safe for concurrent use.
type TaskRouter struct {
	client    *Client
	workspace func(context.Context) (flex.Workspace, error)
	doubt     func() // called if Workspace.Offline may be wrong
}

// newCall returns a call for the workspace of t. If the workspace cannot be
// discovered, the call fails when it is sent.
func (t *TaskRouter) newCall(ctx context.Context, op string, in intent) *call {
	c := t.client.newCall(ctx, op, in)
	c.ws, c.invalid = t.workspace(ctx)
	return c
}

// Get fetches a Worker. It returns Gone if the Worker does not exist. If the response
// has no attributes, Get looks for them in the list of Workers. If the list has no
// attributes either, they are "".
//
// Twilio: GET /v1/Workspaces/{WorkspaceSid}/Workers/{Sid}
// Twilio: GET /v1/Workspaces/{WorkspaceSid}/Workers
// Source: https://www.twilio.com/docs/taskrouter/api/worker
func (t *TaskRouter) Get(ctx context.Context, sid flex.WorkerSID) (flex.Worker, error) {
	call := t.newCall(ctx, "fetch worker", reads)
	if _, err := call.taskrouter().FetchWorker(string(call.ws.SID), pathSID(call, sid, "WK")); err != nil {
		return flex.Worker{}, err
	}
	w, err := call.worker(sid)
	if err == nil && w.Attributes == "" {
		w.Attributes, err = t.listedAttributes(ctx, call)
	}
	return w, err
}

// listedAttributes looks in the list of Workers for the Worker that the argument
// call has fetched, and returns the Worker's attributes, or "" if the list does not
// show them. If the list shows another version of the Worker than the response of
// this call, it returns Conflict.
func (t *TaskRouter) listedAttributes(ctx context.Context, call *call) (string, error) {
	fetched, err := decode[worker](call)
	if err != nil {
		return "", err
	}
	params := &taskrouterv1.ListWorkerParams{FriendlyName: &fetched.FriendlyName}
	for w, err := range walk[worker](ctx, t, t.workerList("find worker", params)) {
		switch {
		case err != nil:
			return "", err
		case w.SID != fetched.SID || w.Attributes == "":
		case w.Updated != fetched.Updated:
			return "", &flex.Error{Op: "find worker", Kind: flex.Conflict, Err: errors.New("the list of Workers shows another version of the Worker")}
		default:
			return string(w.Attributes), nil
		}
	}
	return "", nil
}

// Find returns the Workers of this name, ignoring case, as Twilio's list shows them.
// There can be several Workers if Twilio accepts names that differ only in case. The
// returned Workers have no ETag, and no attributes if the list omits them.
//
// Twilio: GET /v1/Workspaces/{WorkspaceSid}/Workers
// Source: https://www.twilio.com/docs/taskrouter/api/worker (filter FriendlyName)
func (t *TaskRouter) Find(ctx context.Context, name string) ([]flex.Worker, error) {
	var found []flex.Worker
	for w, err := range t.list(ctx, "find worker", &taskrouterv1.ListWorkerParams{FriendlyName: &name}) {
		if err != nil {
			return nil, err
		}
		if sameName(w.FriendlyName, name) { // the filter may match prefixes
			found = append(found, w)
		}
	}
	return found, nil
}

// Workers yields every Worker of the workspace. It requests pages of MaxPageSize
// Workers, and keeps only one page in memory. The attributes are "" if Twilio's
// list omits them, and the ETag is always "". After an error, Workers yields
// nothing more.
//
// Twilio: GET /v1/Workspaces/{WorkspaceSid}/Workers
// Source: https://www.twilio.com/docs/taskrouter/api/worker
func (t *TaskRouter) Workers(ctx context.Context) iter.Seq2[flex.Worker, error] {
	return t.list(ctx, "list workers", &taskrouterv1.ListWorkerParams{})
}

func (t *TaskRouter) list(ctx context.Context, op string, params *taskrouterv1.ListWorkerParams) iter.Seq2[flex.Worker, error] {
	return func(yield func(flex.Worker, error) bool) {
		ws, _ := t.workspace(ctx) // walk returns the error
		for w, err := range walk[worker](ctx, t, t.workerList(op, params)) {
			if err == nil && !flex.IsSID(w.SID, "WK") {
				err = &flex.Error{Op: op, Kind: flex.Down, Err: errors.New("a record of the list is not a Worker")}
			}
			if !yield(w.toWorker(ws.Offline), err) || err != nil {
				return
			}
		}
	}
}

func (*TaskRouter) workerList(op string, params *taskrouterv1.ListWorkerParams) list {
	params.SetPageSize(flex.MaxPageSize)
	return list{op, "workers", func(call *call) error {
		_, err := call.taskrouter().PageWorker(string(call.ws.SID), params, "", "")
		return err
	}}
}

// Create creates an offline Worker. It returns Taken if a Worker of this name
// exists. It returns Refused, before any call, if the name has more than
// MaxFriendlyName characters or the attributes have more than MaxAttributes. If
// Twilio's response contains the new Worker's SID, Create returns the SID even with
// an error.
//
// Twilio: POST /v1/Workspaces/{WorkspaceSid}/Workers
// Source: https://www.twilio.com/docs/taskrouter/api/worker
func (t *TaskRouter) Create(ctx context.Context, d flex.Draft) (flex.Worker, error) {
	call := t.newCall(ctx, "create worker", names)
	call.checkLengths(d.FriendlyName, d.Attributes)
	if d.FriendlyName == "" {
		call.refuse(errors.New("a Worker needs a FriendlyName"))
	}
	params := &taskrouterv1.CreateWorkerParams{FriendlyName: &d.FriendlyName, Attributes: optional(d.Attributes)}
	params.SetActivitySid(pathSID(call, call.ws.Offline, "WA")) // the workspace's default Activity may be available
	if _, err := call.taskrouter().CreateWorker(string(call.ws.SID), params); err != nil {
		err = t.orTaken(ctx, err, "", d.FriendlyName)
		t.doubtIfRefused(err)
		return flex.Worker{}, err
	}
	made, err := decode[worker](call)
	if err != nil {
		return flex.Worker{}, err
	}
	w, err := t.readBack(call, "", flex.Change(d))
	if err == nil && bool(made.Available) {
		t.doubt()
		return w, call.notApplied("Activity")
	}
	return w, err
}

// If err is Refused and a Worker other than self has the name, orTaken returns Taken
// instead of err. It looks for this Worker because Twilio does not document the
// status and the words with which it refuses a name that is taken.
func (t *TaskRouter) orTaken(ctx context.Context, err error, self flex.WorkerSID, name string) error {
	refused, ok := errors.AsType[*flex.Error](err)
	if !ok || refused.Kind != flex.Refused || refused.Status == 0 || name == "" {
		return err
	}
	same, _ := t.Find(ctx, name)
	if !slices.ContainsFunc(same, func(w flex.Worker) bool { return w.SID != self }) {
		return err
	}
	taken := *refused
	taken.Kind = flex.Taken
	return &taken
}

// doubtIfRefused calls t.doubt if Twilio refused a call that contains the SID of the
// offline Activity.
func (t *TaskRouter) doubtIfRefused(err error) {
	if flex.KindOf(err) == flex.Refused {
		t.doubt()
	}
}

// Update writes the change ch to a Worker. have is the Worker as the caller has
// read it; Update sends the ETag of have as If-Match. If the Worker has changed
// since that read, Update returns Conflict. Otherwise it returns the Worker that
// Twilio reports after the write. If this Worker does not have the values in ch,
// Update returns the error Uncertain. Update returns Refused in the same cases as
// Create. If another Worker has the new name, it returns Taken.
//
// Twilio: POST /v1/Workspaces/{WorkspaceSid}/Workers/{Sid}
// Source: https://www.twilio.com/docs/taskrouter/api/worker
func (t *TaskRouter) Update(ctx context.Context, have flex.Worker, ch flex.Change) (flex.Worker, error) {
	call := t.newCall(ctx, "update worker", writes)
	if ch.FriendlyName != "" {
		call.intent = names
	}
	call.checkLengths(ch.FriendlyName, ch.Attributes)
	params := &taskrouterv1.UpdateWorkerParams{
		IfMatch: optional(have.ETag), FriendlyName: optional(ch.FriendlyName), Attributes: optional(ch.Attributes),
	}
	if _, err := call.taskrouter().UpdateWorker(string(call.ws.SID), pathSID(call, have.SID, "WK"), params); err != nil {
		return flex.Worker{}, t.orTaken(ctx, err, have.SID, ch.FriendlyName)
	}
	return t.readBack(call, have.SID, ch)
}

// Probe returns the Worker from the response to an update without parameters, which
// changes nothing. Twilio's fetches may be behind its writes; the response to an update
// is not. Probe returns Gone if the Worker does not exist.
//
// Twilio: POST /v1/Workspaces/{WorkspaceSid}/Workers/{Sid}
// Source: https://www.twilio.com/docs/taskrouter/api/worker (no parameter is required)
func (t *TaskRouter) Probe(ctx context.Context, sid flex.WorkerSID) (flex.Worker, error) {
	call := t.newCall(ctx, "probe worker", writes)
	if _, err := call.taskrouter().UpdateWorker(string(call.ws.SID), pathSID(call, sid, "WK"), &taskrouterv1.UpdateWorkerParams{}); err != nil {
		return flex.Worker{}, err
	}
	return call.worker(sid)
}

// StopRouting takes a Worker offline and rejects its pending Reservations. After
// that, the Worker gets no new work, but accepted work continues. If the response
// does not show the change, the error is Uncertain. StopRouting sends no If-Match,
// because each Reservation changes the Worker's ETag, and a leaver must go offline
// in any case.
//
// Twilio: POST /v1/Workspaces/{WorkspaceSid}/Workers/{Sid}
// Source: https://www.twilio.com/docs/taskrouter/api/worker (RejectPendingReservations)
func (t *TaskRouter) StopRouting(ctx context.Context, have flex.Worker) (flex.Worker, error) {
	call := t.newCall(ctx, "stop routing", writes)
	params := &taskrouterv1.UpdateWorkerParams{}
	params.SetActivitySid(pathSID(call, call.ws.Offline, "WA")).SetRejectPendingReservations(true)
	if _, err := call.taskrouter().UpdateWorker(string(call.ws.SID), pathSID(call, have.SID, "WK"), params); err != nil {
		t.doubtIfRefused(err)
		return flex.Worker{}, err
	}
	w, err := t.readBack(call, have.SID, flex.Change{})
	if err == nil && (w.Available || w.ActivitySID != call.ws.Offline) {
		return w, call.notApplied("Activity")
	}
	return w, err
}

// Delete removes a Worker. If the Worker does not exist, Delete returns nil. have
// is the Worker as the caller has read it; Delete sends the ETag of have as
// If-Match. If the Worker has changed since that read, Delete returns Conflict. If
// Twilio refuses the removal (400, 409), the Worker is available or has
// Reservations, and Delete returns Busy.
//
// Twilio: DELETE /v1/Workspaces/{WorkspaceSid}/Workers/{Sid}
// Source: https://www.twilio.com/docs/taskrouter/api/worker (refusals are not documented)
func (t *TaskRouter) Delete(ctx context.Context, have flex.Worker) error {
	call := t.newCall(ctx, "delete worker", removes)
	params := &taskrouterv1.DeleteWorkerParams{IfMatch: optional(have.ETag)}
	err := call.taskrouter().DeleteWorker(string(call.ws.SID), pathSID(call, have.SID, "WK"), params)
	switch {
	case flex.KindOf(err) == flex.Gone:
		return nil
	case err != nil:
		return err
	case call.response.status != http.StatusNoContent:
		return call.invalidResponse("to a removal is not 204")
	}
	return nil
}

// optional returns a pointer to s, or nil if s is "".
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// readBack returns the Worker from the response to a write, and checks that this
// Worker has the wanted values. If the response omits the attributes, it fetches
// the Worker. The parameter sid is "" for a new Worker.
func (t *TaskRouter) readBack(c *call, sid flex.WorkerSID, want flex.Change) (flex.Worker, error) {
	w, err := c.worker(sid)
	if err != nil {
		return flex.Worker{}, err
	}
	if w.Attributes == "" {
		read, err := t.Get(c.ctx, w.SID)
		if err != nil {
			return w, err
		}
		w = read
	}
	if want.FriendlyName != "" && !w.ShowsName(want.FriendlyName) {
		return w, c.notApplied("FriendlyName")
	}
	if want.Attributes != "" && !flex.EqualAttributes(w.Attributes, want.Attributes) {
		return w, c.notApplied("Attributes: " + strings.Join(differing(w.Attributes, want.Attributes), ", "))
	}
	return w, nil
}
