package flexsim

import (
	"net/http"

	"github.com/flexscim/flexscim/flex/flexsim/internal/account"
)

// user2 returns a Flex user in the JSON form of API v2.
func (s *Simulator) user2(c *call, u account.User) map[string]any {
	return map[string]any{
		"flex_user_sid": u.SID, "user_sid": u.UserSID, "account_sid": s.account.AccountSID, "instance_sid": s.account.InstanceSID,
		"worker_sid": nullable(u.WorkerSID), "workspace_sid": s.account.WorkspaceSID, "flex_team_sid": s.account.TeamSID,
		"username": u.Username, "email": u.Email, "locale": nullable(u.Locale), "roles": u.Roles,
		"created_date": date(u.Created), "updated_date": date(u.Updated), "version": u.Version,
		"url": c.base + "/v2/Instances/" + s.account.InstanceSID + "/Users/" + u.SID,
	}
}

// user4 returns a Flex user in the JSON form of API v4.
// Source: https://www.twilio.com/docs/flex/developer/user-management/flex-users-api
func (s *Simulator) user4(c *call, u account.User) map[string]any {
	m := s.user2(c, u)
	m["url"] = c.base + "/v4/Instances/" + s.account.InstanceSID + "/Users/" + u.SID
	m["full_name"] = u.FullName
	m["teams"] = map[string]any{"team_member": nil, "team_owner": nil}
	m["worker"] = map[string]any{"worker_sid": nullable(u.WorkerSID), "workspace_sid": s.account.WorkspaceSID}
	m["deactivated"] = !u.Deactivated.IsZero()
	m["deactivated_date"] = date(u.Deactivated)
	return m
}

func (s *Simulator) fetchUser2(c *call) (response, error) {
	u, err := s.account.User(c.path("fu"))
	return respond(c, u, err, s.user2)
}

func (s *Simulator) updateUser2(c *call) (response, error) {
	u, err := s.account.UpdateUser(c.path("fu"), account.UserChange{
		Email: c.text("Email"), UserSID: c.text("UserSid"), Locale: c.text("Locale"),
	})
	return respond(c, u, err, s.user2)
}

func (s *Simulator) listUsers1(c *call) (response, error) {
	get := func(req account.PageRequest) (account.Page[account.User], error) { return s.account.Users("", req) }
	return list(s, c, "users", get, s.user4)
}

// v4 returns an operation of API v4 (beta). If the option v4 is "off", the
// operation responds with 404; otherwise it calls run.
func (s *Simulator) v4(run func(*call) (response, error)) func(*call) (response, error) {
	return func(c *call) (response, error) {
		if s.opt.Load().V4 == "off" {
			return response{}, account.NotFound(c.r.URL.Path)
		}
		return run(c)
	}
}

func (s *Simulator) listUsers4(c *call) (response, error) {
	req, err := s.page(c)
	if err != nil {
		return response{}, err
	}
	found, err := s.account.Users(c.values.Get("Username"), req)
	if err != nil {
		return response{}, err
	}
	return response{status: http.StatusOK, body: map[string]any{
		"users": showAll(c, found.Items, s.user4),
		"meta":  map[string]any{"next_token": nullable(found.Next), "page_size": req.Size, "key": "users"},
	}}, nil
}

func (s *Simulator) fetchUser4(c *call) (response, error) {
	u, err := s.account.User(c.path("fu"))
	return respond(c, u, err, s.user4)
}

func (s *Simulator) provision(c *call) (response, error) {
	var p account.Provision
	if err := s.readJSON(c, &p); err != nil {
		return response{}, err
	}
	u, made, err := s.account.Provision(p)
	if err != nil {
		return response{}, err
	}
	status := http.StatusOK
	if made {
		status = http.StatusCreated
	}
	return response{status: status, body: s.user4(c, u)}, nil
}

// noUser returns the response to a Provision under the fault NoEffect: a user
// without SID.
func noUser(*call) (response, error) {
	return response{status: http.StatusCreated, body: map[string]any{"flex_user_sid": nil, "worker": nil}}, nil
}

func (s *Simulator) deprovision(c *call) (response, error) {
	var body struct {
		SID string `json:"flex_user_sid"`
	}
	if err := s.readJSON(c, &body); err != nil {
		return response{}, err
	}
	if err := s.account.Deprovision(body.SID); err != nil {
		return response{}, err
	}
	return noContent(c)
}

// readJSON decodes the JSON body of a v4 call. In Strict mode, it refuses unknown
// members.
func (s *Simulator) readJSON(c *call, into any) error {
	if err := decode(c.r.Body, s.cfg.Strict, into); err != nil {
		s.violate("body of " + c.r.URL.Path + ": " + err.Error())
		return account.Invalid("the body is not the JSON object that %s takes", c.r.URL.Path)
	}
	return nil
}
