package flexsim

import (
	"net/http"
	"strings"
	"time"

	"github.com/flexscim/flexscim/flex/flexsim/internal/account"
	"github.com/flexscim/flexscim/flex/flexsim/internal/expr"
)

// expressionsPerSecond is the maximum number of calls a second that list Workers
// with the filter TargetWorkersExpression.
// Source: https://www.twilio.com/en-us/changelog/taskrouter-endpoint-rate-limit-correction
const expressionsPerSecond = 3

type workerJSON struct {
	SID           *string      `json:"sid"`
	Account       *string      `json:"account_sid"`
	Workspace     *string      `json:"workspace_sid"`
	FriendlyName  *string      `json:"friendly_name"`
	Attributes    *string      `json:"attributes"`
	ActivitySID   *string      `json:"activity_sid"`
	ActivityName  *string      `json:"activity_name"`
	Available     *bool        `json:"available"`
	Created       date         `json:"date_created"`
	Updated       date         `json:"date_updated"`
	StatusChanged date         `json:"date_status_changed"`
	URL           *string      `json:"url"`
	Links         *workerLinks `json:"links"`
}

type workerLinks struct {
	Channels     string `json:"channels"`
	Activity     string `json:"activity"`
	Workspace    string `json:"workspace"`
	Statistics   string `json:"statistics"`
	AllStats     string `json:"worker_statistics"`
	WorkerChans  string `json:"worker_channels"`
	Reservations string `json:"reservations"`
}

func (s *Simulator) workspaceURL(c *call) string {
	return c.base + "/v1/Workspaces/" + s.account.WorkspaceSID
}

func (s *Simulator) showWorker(c *call, wk account.Worker) workerJSON {
	if s.opt.Load().NamesShown == "lower" {
		wk.FriendlyName = strings.ToLower(wk.FriendlyName)
	}
	ws := s.workspaceURL(c)
	url := ws + "/Workers/" + wk.SID
	lag := time.Duration(s.opt.Load().AvailableLag) * time.Second
	available := wk.Activity.Available != (s.cfg.Clock().Sub(wk.Switched) < lag)
	return workerJSON{
		SID: &wk.SID, Account: &s.account.AccountSID, Workspace: &s.account.WorkspaceSID,
		FriendlyName: &wk.FriendlyName, Attributes: &wk.Attributes,
		ActivitySID: &wk.Activity.SID, ActivityName: &wk.Activity.Name, Available: &available,
		Created: date(wk.Created), Updated: date(wk.Updated), StatusChanged: date(wk.StatusChanged),
		URL: &url,
		Links: &workerLinks{
			Channels: url + "/Channels", Activity: ws + "/Activities/" + wk.Activity.SID, Workspace: ws,
			Statistics: url + "/Statistics", AllStats: ws + "/Workers/Statistics",
			WorkerChans: url + "/Channels", Reservations: url + "/Reservations",
		},
	}
}

func (s *Simulator) workerAnswer(c *call, status int, wk account.Worker, err error) (response, error) {
	if err != nil {
		return response{}, err
	}
	return response{status: status, body: s.showWorker(c, wk), etag: s.account.ETag(wk.Version)}, nil
}

// noWorker returns the response to the creation of a Worker under the fault
// NoEffect: a Worker without SID.
func noWorker(*call) (response, error) {
	return response{status: http.StatusCreated, body: workerJSON{}}, nil
}

func (s *Simulator) listWorkers(c *call) (response, error) {
	filter, err := s.workerFilter(c)
	if err != nil {
		return response{}, err
	}
	hide := s.opt.Load().ListAttributes == "null"
	get := func(req account.PageRequest) (account.Page[account.Worker], error) {
		return s.account.Workers(filter, req)
	}
	return list(s, c, "workers", get, func(c *call, wk account.Worker) workerJSON {
		shown := s.showWorker(c, wk)
		if hide {
			shown.Attributes = nil
		}
		return shown
	})
}

func (s *Simulator) workerFilter(c *call) (account.WorkerFilter, error) {
	f := account.WorkerFilter{
		FriendlyName: c.values.Get("FriendlyName"),
		ActivitySID:  c.values.Get("ActivitySid"),
		ActivityName: c.values.Get("ActivityName"),
		Available:    c.available(),
	}
	if c.values.Get("Ordering") != "" {
		return f, account.Invalid("Ordering of Workers is not simulated, because Twilio does not document its values")
	}
	if text := c.values.Get("TargetWorkersExpression"); text != "" {
		if !s.expressions.allow(s.cfg.Clock(), expressionsPerSecond) {
			return f, tooMany()
		}
		if err := add(&f, text); err != nil {
			return f, err
		}
	}
	sid, name := c.values.Get("TaskQueueSid"), c.values.Get("TaskQueueName")
	for _, q := range s.account.Queues {
		if q.SID == sid || name != "" && q.Name == name {
			if err := add(&f, q.TargetWorkers); err != nil {
				return f, err
			}
		}
	}
	if sid+name != "" && len(f.Expressions) == 0 {
		return f, account.Invalid("TaskQueueSid or TaskQueueName does not exist")
	}
	return f, nil
}

func add(f *account.WorkerFilter, text string) error {
	e, err := expr.Parse(text)
	if err != nil {
		return account.Invalid("%v", err)
	}
	f.Expressions = append(f.Expressions, e)
	return nil
}

// available parses the filter Available. The texts true, 1 and yes mean true; any
// other text means false.
func (c *call) available() *bool {
	text := c.text("Available")
	if text == nil {
		return nil
	}
	yes := strings.EqualFold(*text, "true") || *text == "1" || strings.EqualFold(*text, "yes")
	return &yes
}

func (s *Simulator) createWorker(c *call) (response, error) {
	wk, err := s.account.CreateWorker(c.values.Get("FriendlyName"), c.values.Get("ActivitySid"), c.values.Get("Attributes"))
	return s.workerAnswer(c, http.StatusCreated, wk, err)
}

// unchangedWorker returns the Worker as an update does, whatever the lag of fetches.
func (s *Simulator) unchangedWorker(c *call) (response, error) {
	wk, err := s.account.PresentWorker(c.path("wk"))
	if err != nil {
		return response{}, err
	}
	return response{status: http.StatusOK, body: s.showWorker(c, wk), etag: s.account.ETag(wk.Version)}, nil
}

func (s *Simulator) fetchWorker(c *call) (response, error) {
	wk, err := s.account.Worker(c.path("wk"))
	if err != nil {
		return response{}, err
	}
	shown := s.showWorker(c, wk)
	switch s.opt.Load().FetchAttributes {
	case "null":
		shown.Attributes = nil
	case "empty":
		shown.Attributes = new("")
	}
	return response{status: http.StatusOK, body: shown, etag: s.account.ETag(wk.Version)}, nil
}

func (s *Simulator) updateWorker(c *call) (response, error) {
	reject, err := c.boolean("RejectPendingReservations")
	if err != nil {
		return response{}, err
	}
	wk, err := s.account.UpdateWorker(c.path("wk"), account.WorkerChange{
		FriendlyName: c.text("FriendlyName"), Attributes: c.text("Attributes"), ActivitySID: c.text("ActivitySid"),
		RejectPending: reject != nil && *reject,
	}, c.ifMatch())
	return s.workerAnswer(c, http.StatusOK, wk, err)
}

func (s *Simulator) deleteWorker(c *call) (response, error) {
	if err := s.account.DeleteWorker(c.path("wk"), c.ifMatch()); err != nil {
		return response{}, err
	}
	return noContent(c)
}
