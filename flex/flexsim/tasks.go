package flexsim

import (
	"net/http"

	"github.com/flexscim/flexscim/flex/flexsim/internal/account"
)

func (s *Simulator) showChannel(c *call, ch account.Channel) any {
	shown := map[string]any{
		"sid": ch.SID, "account_sid": s.account.AccountSID, "workspace_sid": s.account.WorkspaceSID, "worker_sid": ch.WorkerSID,
		"task_channel_sid": ch.TaskChannel.SID, "task_channel_unique_name": ch.TaskChannel.UniqueName,
		"available": ch.Available, "configured_capacity": ch.Capacity,
		"available_capacity_percentage": ch.Free(), "assigned_tasks": ch.Assigned,
		"date_created": date(ch.Created), "date_updated": date(ch.Updated),
		"url": s.workspaceURL(c) + "/Workers/" + ch.WorkerSID + "/Channels/" + ch.SID,
	}
	if s.opt.Load().AssignedTasks == "absent" {
		delete(shown, "assigned_tasks")
	}
	return shown
}

func (s *Simulator) listChannels(c *call) (response, error) {
	channels, err := s.account.Channels(c.path("wk"))
	if err != nil {
		return response{}, err
	}
	return listAll(s, c, "channels", channels, s.showChannel)
}

func (s *Simulator) fetchChannel(c *call) (response, error) {
	ch, err := s.account.Channel(c.path("wk"), c.path("id"))
	return respond(c, ch, err, s.showChannel)
}

func (s *Simulator) updateChannel(c *call) (response, error) {
	capacity, err := c.integer("Capacity")
	if err != nil {
		return response{}, err
	}
	available, err := c.boolean("Available")
	if err != nil {
		return response{}, err
	}
	ch, err := s.account.UpdateChannel(c.path("wk"), c.path("id"), capacity, available)
	return respond(c, ch, err, s.showChannel)
}

func (s *Simulator) showReservation(c *call, r account.Reservation) any {
	ws := s.workspaceURL(c)
	worker := ws + "/Workers/" + r.WorkerSID
	return map[string]any{
		"sid": r.SID, "account_sid": s.account.AccountSID, "workspace_sid": s.account.WorkspaceSID,
		"task_sid": r.TaskSID, "worker_sid": r.WorkerSID, "worker_name": r.WorkerName, "reservation_status": r.Status,
		"date_created": date(r.Created), "date_updated": date(r.Updated), "url": worker + "/Reservations/" + r.SID,
		"links": map[string]string{"task": ws + "/Tasks/" + r.TaskSID, "worker": worker, "workspace": ws},
	}
}

func (s *Simulator) listReservations(c *call) (response, error) {
	status := account.ReservationStatus(c.values.Get("ReservationStatus"))
	if status != "" && !status.Known() {
		return response{}, account.Invalid("ReservationStatus %q does not exist", status)
	}
	get := func(req account.PageRequest) (account.Page[account.Reservation], error) {
		return s.account.Reservations(c.path("wk"), status, req)
	}
	return list(s, c, "reservations", get, s.showReservation)
}

func (s *Simulator) fetchReservation(c *call) (response, error) {
	r, err := s.account.Reservation(c.path("wk"), c.path("wr"))
	return respond(c, r, err, s.showReservation)
}

func (s *Simulator) updateReservation(c *call) (response, error) {
	status := account.ReservationStatus(c.values.Get("ReservationStatus"))
	r, err := s.account.UpdateReservation(c.path("wk"), c.path("wr"), status, c.values.Get("WorkerActivitySid"))
	return respond(c, r, err, s.showReservation)
}

func (s *Simulator) taskAnswer(c *call, t account.Task, err error) (response, error) {
	if err != nil {
		return response{}, err
	}
	ws, flow, queue := s.workspaceURL(c), s.account.Workflow, s.account.Queues[0]
	url := ws + "/Tasks/" + t.SID
	return response{status: http.StatusOK, etag: s.account.ETag(t.Version), body: map[string]any{
		"sid": t.SID, "account_sid": s.account.AccountSID, "workspace_sid": s.account.WorkspaceSID,
		"age": int(s.cfg.Clock().Sub(t.Created).Seconds()), "assignment_status": t.Status,
		"attributes": t.Attributes, "addons": "{}", "priority": t.Priority, "reason": nullable(t.Reason),
		"task_queue_sid": queue.SID, "task_queue_friendly_name": queue.Name, "task_queue_entered_date": date(t.Created),
		"task_channel_sid": t.Channel.SID, "task_channel_unique_name": t.Channel.UniqueName,
		"timeout": 86400, "workflow_sid": flow.SID, "workflow_friendly_name": flow.Name,
		"routing_target": nil, "ignore_capacity": false, "virtual_start_time": date(t.Created),
		"date_created": date(t.Created), "date_updated": date(t.Updated), "url": url,
		"links": map[string]string{
			"task_queue": ws + "/TaskQueues/" + queue.SID, "workflow": ws + "/Workflows/" + flow.SID,
			"workspace": ws, "reservations": url + "/Reservations",
		},
	}}, nil
}

func (s *Simulator) fetchTask(c *call) (response, error) {
	t, err := s.account.Task(c.path("wt"))
	return s.taskAnswer(c, t, err)
}

func (s *Simulator) updateTask(c *call) (response, error) {
	if c.values.Has("VirtualStartTime") {
		return response{}, account.Invalid("VirtualStartTime is not simulated")
	}
	priority, err := c.integer("Priority")
	if err != nil {
		return response{}, err
	}
	t, err := s.account.UpdateTask(c.path("wt"), account.TaskChange{
		Status: account.TaskStatus(c.values.Get("AssignmentStatus")), Reason: c.values.Get("Reason"),
		Attributes: c.text("Attributes"), Priority: priority, Channel: c.values.Get("TaskChannel"),
	}, c.ifMatch())
	return s.taskAnswer(c, t, err)
}
