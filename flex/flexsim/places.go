package flexsim

import (
	"net/http"
	"slices"

	"github.com/flexscim/flexscim/flex/flexsim/internal/claim"
	"github.com/flexscim/flexscim/flex/flexsim/internal/expr"
	"github.com/flexscim/flexscim/flex/flexsim/internal/world"
)

// place is what every resource of the workspace carries.
func (s *Simulator) place(c *call, kind, sid string, fields map[string]any) map[string]any {
	ws := s.workspaceURL(c)
	fields["sid"] = sid
	fields["account_sid"] = s.world.Account
	fields["workspace_sid"] = s.world.Workspace
	fields["date_created"] = date(s.world.Created)
	fields["date_updated"] = date(s.world.Created)
	fields["url"] = ws + "/" + kind + "/" + sid
	fields["links"] = map[string]string{"workspace": ws}
	return fields
}

func (s *Simulator) fetchWorkspace(c *call) (answer, error) {
	offline, ws := s.world.Offline(), s.workspaceURL(c)
	links := map[string]string{}
	for key, part := range map[string]string{
		"activities": "Activities", "workers": "Workers", "task_queues": "TaskQueues",
		"workflows": "Workflows", "task_channels": "TaskChannels", "tasks": "Tasks",
	} {
		links[key] = ws + "/" + part
	}
	return answer{status: http.StatusOK, body: map[string]any{
		"sid": s.world.Workspace, "account_sid": s.world.Account, "friendly_name": "Flex Task Assignment",
		"default_activity_sid": offline.SID, "default_activity_name": offline.Name,
		"timeout_activity_sid": offline.SID, "timeout_activity_name": offline.Name,
		"multi_task_enabled": true, "prioritize_queue_order": "FIFO", "event_callback_url": nil, "events_filter": nil,
		"date_created": date(s.world.Created), "date_updated": date(s.world.Created), "url": ws, "links": links,
	}}, nil
}

func (s *Simulator) showActivity(c *call, a world.Activity) any {
	return s.place(c, "Activities", a.SID, map[string]any{"friendly_name": a.Name, "available": a.Available})
}

func (s *Simulator) listActivities(c *call) (answer, error) {
	name, available := c.text("FriendlyName"), c.available()
	found := slices.DeleteFunc(slices.Clone(s.world.Activities), func(a world.Activity) bool {
		return name != nil && a.Name != *name || available != nil && a.Available != *available
	})
	return whole(s, c, "activities", found, func(a world.Activity) any { return s.showActivity(c, a) })
}

func (s *Simulator) fetchActivity(c *call) (answer, error) {
	a := s.world.Activity(c.path("wa"))
	if a == nil {
		return answer{}, world.NotFound(c.path("wa"))
	}
	return answer{status: http.StatusOK, body: s.showActivity(c, *a)}, nil
}

func (s *Simulator) listTaskChannels(c *call) (answer, error) {
	return whole(s, c, "channels", s.world.TaskChannels, func(t world.TaskChannel) any {
		return s.place(c, "TaskChannels", t.SID, map[string]any{
			"friendly_name": t.Name, "unique_name": t.UniqueName, "channel_optimized_routing": false,
		})
	})
}

func (s *Simulator) showQueue(c *call, q world.Queue) any {
	return s.place(c, "TaskQueues", q.SID, map[string]any{
		"friendly_name": q.Name, "target_workers": q.TargetWorkers, "max_reserved_workers": 1, "task_order": "FIFO",
		"assignment_activity_sid": nil, "assignment_activity_name": nil,
		"reservation_activity_sid": nil, "reservation_activity_name": nil,
	})
}

func (s *Simulator) listQueues(c *call) (answer, error) {
	if c.values.Get("Ordering") != "" {
		return answer{}, world.Invalid("Ordering of TaskQueues: the values are not documented, so none is simulated")
	}
	facts, err := s.queueFacts(c)
	if err != nil {
		return answer{}, err
	}
	found := []world.Queue{}
	for _, q := range s.world.Queues {
		if name := c.text("FriendlyName"); name != nil && q.Name != *name {
			continue
		}
		e, err := expr.Parse(q.TargetWorkers)
		if err != nil {
			return answer{}, err
		}
		if !slices.ContainsFunc(facts, func(f map[string]any) bool { return !e.Match(f) }) {
			found = append(found, q)
		}
	}
	return whole(s, c, "task_queues", found, func(q world.Queue) any { return s.showQueue(c, q) })
}

// queueFacts are the Workers whom a list of queues must all take: one by its
// SID, one by its attributes.
func (s *Simulator) queueFacts(c *call) ([]map[string]any, error) {
	var all []map[string]any
	if text := c.values.Get("EvaluateWorkerAttributes"); text != "" {
		m, err := claim.Parse(text)
		if err != nil {
			return nil, world.Invalid("EvaluateWorkerAttributes is not a JSON object")
		}
		all = append(all, m)
	}
	if sid := c.values.Get("WorkerSid"); sid != "" {
		k, err := s.world.Worker(sid)
		if err != nil {
			return nil, err
		}
		all = append(all, k.Facts())
	}
	return all, nil
}

func (s *Simulator) fetchQueue(c *call) (answer, error) {
	q := s.world.Queue(c.path("wq"))
	if q == nil {
		return answer{}, world.NotFound(c.path("wq"))
	}
	return answer{status: http.StatusOK, body: s.showQueue(c, *q)}, nil
}

func (s *Simulator) listWorkflows(c *call) (answer, error) {
	flows := []world.Workflow{}
	if name := c.text("FriendlyName"); name == nil || *name == s.world.Workflow.Name {
		flows = append(flows, s.world.Workflow)
	}
	configuration := `{"task_routing":{"filters":[],"default_filter":{"queue":"` + s.world.Queues[0].SID + `"}}}`
	return whole(s, c, "workflows", flows, func(f world.Workflow) any {
		return s.place(c, "Workflows", f.SID, map[string]any{
			"friendly_name": f.Name, "configuration": configuration, "document_content_type": "application/json",
			"task_reservation_timeout": int(world.ReservationTimeout.Seconds()),
			"assignment_callback_url":  nil, "fallback_assignment_callback_url": nil,
		})
	})
}
