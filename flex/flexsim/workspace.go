package flexsim

import (
	"net/http"
	"slices"

	"github.com/flexscim/flexscim/flex/flexsim/internal/account"
	"github.com/flexscim/flexscim/flex/flexsim/internal/expr"
)

// resource adds to the argument fields the members that every resource of the
// workspace has.
func (s *Simulator) resource(c *call, kind, sid string, fields map[string]any) map[string]any {
	ws := s.workspaceURL(c)
	fields["sid"] = sid
	fields["account_sid"] = s.account.AccountSID
	fields["workspace_sid"] = s.account.WorkspaceSID
	fields["date_created"] = date(s.account.Created)
	fields["date_updated"] = date(s.account.Created)
	fields["url"] = ws + "/" + kind + "/" + sid
	fields["links"] = map[string]string{"workspace": ws}
	return fields
}

func (s *Simulator) fetchWorkspace(c *call) (response, error) {
	offline, ws := s.account.Offline(), s.workspaceURL(c)
	links := map[string]string{}
	for key, part := range map[string]string{
		"activities": "Activities", "workers": "Workers", "task_queues": "TaskQueues",
		"workflows": "Workflows", "task_channels": "TaskChannels", "tasks": "Tasks",
	} {
		links[key] = ws + "/" + part
	}
	return response{status: http.StatusOK, body: map[string]any{
		"sid": s.account.WorkspaceSID, "account_sid": s.account.AccountSID, "friendly_name": "Flex Task Assignment",
		"default_activity_sid": offline.SID, "default_activity_name": offline.Name,
		"timeout_activity_sid": offline.SID, "timeout_activity_name": offline.Name,
		"multi_task_enabled": true, "prioritize_queue_order": "FIFO", "event_callback_url": nil, "events_filter": nil,
		"date_created": date(s.account.Created), "date_updated": date(s.account.Created), "url": ws, "links": links,
	}}, nil
}

func (s *Simulator) showActivity(c *call, a account.Activity) any {
	return s.resource(c, "Activities", a.SID, map[string]any{"friendly_name": a.Name, "available": a.Available})
}

func (s *Simulator) listActivities(c *call) (response, error) {
	name, available := c.text("FriendlyName"), c.available()
	onlyAvailable := s.opt.Load().OfflineActivity == "none"
	found := slices.DeleteFunc(slices.Clone(s.account.Activities), func(a account.Activity) bool {
		return name != nil && a.Name != *name || available != nil && a.Available != *available || onlyAvailable && !a.Available
	})
	return listAll(s, c, "activities", found, s.showActivity)
}

func (s *Simulator) fetchActivity(c *call) (response, error) {
	a := s.account.Activity(c.path("wa"))
	if a == nil {
		return response{}, account.NotFound(c.path("wa"))
	}
	return response{status: http.StatusOK, body: s.showActivity(c, *a)}, nil
}

func (s *Simulator) listTaskChannels(c *call) (response, error) {
	return listAll(s, c, "channels", s.account.TaskChannels, func(c *call, t account.TaskChannel) any {
		return s.resource(c, "TaskChannels", t.SID, map[string]any{
			"friendly_name": t.Name, "unique_name": t.UniqueName, "channel_optimized_routing": false,
		})
	})
}

func (s *Simulator) showQueue(c *call, q account.Queue) any {
	return s.resource(c, "TaskQueues", q.SID, map[string]any{
		"friendly_name": q.Name, "target_workers": q.TargetWorkers, "max_reserved_workers": 1, "task_order": "FIFO",
		"assignment_activity_sid": nil, "assignment_activity_name": nil,
		"reservation_activity_sid": nil, "reservation_activity_name": nil,
	})
}

func (s *Simulator) listQueues(c *call) (response, error) {
	if c.values.Get("Ordering") != "" {
		return response{}, account.Invalid("Ordering of TaskQueues is not simulated, because Twilio does not document its values")
	}
	facts, err := s.queueWorkers(c)
	if err != nil {
		return response{}, err
	}
	found := []account.Queue{}
	for _, q := range s.account.Queues {
		if name := c.text("FriendlyName"); name != nil && q.Name != *name {
			continue
		}
		e, err := expr.Parse(q.TargetWorkers)
		if err != nil {
			return response{}, err
		}
		if !slices.ContainsFunc(facts, func(f map[string]any) bool { return !e(f) }) {
			found = append(found, q)
		}
	}
	return listAll(s, c, "task_queues", found, s.showQueue)
}

// queueWorkers returns the Workers that every TaskQueue in the requested list must
// match. The parameter EvaluateWorkerAttributes has the attributes of one such
// Worker, and WorkerSid is the SID of another. Each Worker is a map of the keys
// that expressions can use.
func (s *Simulator) queueWorkers(c *call) ([]map[string]any, error) {
	var all []map[string]any
	if text := c.values.Get("EvaluateWorkerAttributes"); text != "" {
		m, err := account.ParseAttributes(text)
		if err != nil {
			return nil, account.Invalid("EvaluateWorkerAttributes is not a JSON object")
		}
		all = append(all, m)
	}
	if sid := c.values.Get("WorkerSid"); sid != "" {
		wk, err := s.account.Worker(sid)
		if err != nil {
			return nil, err
		}
		all = append(all, wk.Facts())
	}
	return all, nil
}

func (s *Simulator) fetchQueue(c *call) (response, error) {
	q := s.account.Queue(c.path("wq"))
	if q == nil {
		return response{}, account.NotFound(c.path("wq"))
	}
	return response{status: http.StatusOK, body: s.showQueue(c, *q)}, nil
}

func (s *Simulator) listWorkflows(c *call) (response, error) {
	flows := []account.Workflow{}
	if name := c.text("FriendlyName"); name == nil || *name == s.account.Workflow.Name {
		flows = append(flows, s.account.Workflow)
	}
	configuration := `{"task_routing":{"filters":[],"default_filter":{"queue":"` + s.account.Queues[0].SID + `"}}}`
	return listAll(s, c, "workflows", flows, func(c *call, f account.Workflow) any {
		return s.resource(c, "Workflows", f.SID, map[string]any{
			"friendly_name": f.Name, "configuration": configuration, "document_content_type": "application/json",
			"task_reservation_timeout": int(account.ReservationTimeout.Seconds()),
			"assignment_callback_url":  nil, "fallback_assignment_callback_url": nil,
		})
	})
}
