package flexsim_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/flex/flexsim"
)

func claims(name string, more ...string) map[string]any {
	c := map[string]any{"username": name, "email": "e_ü@x.org", "full_name": "Ann", "roles": "agent, supervisor"}
	for i := 0; i+1 < len(more); i += 2 {
		c[more[i]] = more[i+1]
	}
	return c
}

func TestLoginWritesClaimsKeyByKey(t *testing.T) {
	t.Parallel()
	a := newAccount(t, flexsim.Config{Strict: true})
	a.worker("ANN", `{"skill":"own","department":"old","roles":["admin"]}`)
	got, err := a.sim.Login(claims("ann", "department", "", "level.int", "3", "channel.chat.capacity", "9"))
	if err != nil || got.Created {
		t.Fatalf("Login: got %+v, %v, want the existing Worker", got, err)
	}
	want := `{"contact_uri":"client:ann","department":"","email":"e_ü@x.org","full_name":"Ann","level":3,"roles":["agent","supervisor"],"skill":"own"}`
	if diff := cmp.Diff(want, a.sim.Snapshot()[0].Attributes); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
	channel := a.call("GET", a.ws+"/Workers/"+got.WorkerSID+"/Channels/chat", nil)
	if channel.body["configured_capacity"] != 9.0 {
		t.Errorf("capacity: got %v, want 9", channel.body["configured_capacity"])
	}
	a.call("DELETE", a.ws+"/Workers/"+got.WorkerSID, nil).want(t, 204, 0)
	if again, err := a.sim.Login(claims("ann")); err != nil || !again.Created || again.UserSID != got.UserSID {
		t.Errorf("Login after delete: got %+v, %v, want a new Worker for the same user", again, err)
	}
}

func TestLoginWithoutAMandatoryClaim(t *testing.T) {
	t.Parallel()
	a := newAccount(t, flexsim.Config{})
	for _, key := range []string{"username", "email", "full_name", "roles"} {
		a.post("/_sim/login", strings.Replace(`{"username":"u","email":"e","full_name":"f","roles":["agent"]}`, key, "x", 1)).want(t, 400, 45050)
	}
	a.post("/_sim/login", `{"username":"u","email":"e","full_name":"f","roles":["agent"],"n.int":"x"}`).want(t, 400, 20001)
	if got := len(a.sim.Snapshot()); got != 0 {
		t.Errorf("Workers: got %d, want none", got)
	}
}

func TestLoginByOption(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("N", 70)
	for _, test := range []struct{ option, value, name, friendlyName, contactURI string }{
		{"nameid_case", "keep", "Ann", "Ann", "client:Ann"},
		{"nameid_case", "lower", "Ann", "ann", "client:ann"},
		{"nameid_over_64", "refuse", long, "", ""},
		{"nameid_over_64", "truncate", long, long[:64], "client:" + long[:64]},
		{"nameid_over_64", "accept", long, long, "client:" + long},
		{"identity_underscore", "keep", "a_b.c@d", "a_b.c@d", "client:a_b_2Ec_40d"},
		{"identity_underscore", "encode", "a_b", "a_b", "client:a_5Fb"},
		{"identity_non_ascii", "utf8_bytes", "ü", "ü", "client:_C3_BC"},
		{"identity_non_ascii", "code_point", "ü", "ü", "client:_FC"},
		{"identity_from", "username", "ann", "ann", "client:ann"},
		{"identity_from", "email", "ann", "ann", "client:e__C3_BC_40x_2Eorg"},
	} {
		t.Run(fmt.Sprint(test.option, "=", test.value), func(t *testing.T) {
			t.Parallel()
			a := newAccount(t, flexsim.Config{})
			a.set(test.option, test.value)
			_, err := a.sim.Login(claims(test.name))
			if test.friendlyName == "" {
				if err == nil || len(a.sim.Snapshot()) != 0 {
					t.Errorf("Login: got %v, want an error and no Worker", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := a.sim.Snapshot()[0]
			if got.FriendlyName != test.friendlyName || !strings.Contains(got.Attributes, `"`+test.contactURI+`"`) {
				t.Errorf("got %s %s, want %s %s", got.FriendlyName, got.Attributes, test.friendlyName, test.contactURI)
			}
		})
	}
}

// TestUsersByOption checks for each value of the options about Provision which
// response a Provision gets and which attributes the Worker has afterwards.
func TestUsersByOption(t *testing.T) {
	t.Parallel()
	provision := `{"username":"ann","email":"a@x.org","full_name":"Ann","roles":["ROLE"],"worker":{"attributes":{"KEY":"v"}}}`
	body := func(role, key string) string {
		return strings.NewReplacer("ROLE", role, "KEY", key).Replace(provision)
	}
	for _, test := range []struct {
		option, value string
		before        string // "worker", "user", "deactivated", "busy"
		role          string
		status        int
		want          string // text that the attributes of the Worker contain afterwards
	}{
		{"provision_existing_worker", "adopt", "worker", "agent", 201, `"k":"v"`},
		{"provision_existing_worker", "error", "worker", "agent", 409, ""},
		{"provision_deactivated", "reactivate", "deactivated", "agent", 200, `"k":"v"`},
		{"provision_deactivated", "error", "deactivated", "agent", 409, ""},
		{"provision_roles", "merge", "user", "agent", 200, `["admin","agent"]`},
		{"provision_roles", "replace", "user", "agent", 200, `["agent"]`},
		{"provision_attributes", "merge", "user", "agent", 200, `"first":"v"`},
		{"provision_wfo_roles", "accept", "user", "wfo.team_leader", 200, `wfo.team_leader`},
		{"provision_wfo_roles", "refuse", "user", "wfo.team_leader", 400, ""},
		{"v4", "off", "worker", "agent", 404, ""},
	} {
		t.Run(test.option+"="+test.value, func(t *testing.T) {
			t.Parallel()
			a := newAccount(t, flexsim.Config{Strict: true})
			users := "/v4/Instances/" + string(a.sim.InstanceSID()) + "/Users"
			if test.before == "worker" {
				a.worker("ANN", "{}")
			} else {
				made := a.post(users+"/Provision", body("admin", "first"))
				made.want(t, 201, 0)
				if test.before == "deactivated" {
					a.post(users+"/Deprovision", fmt.Sprintf(`{"flex_user_sid":%q}`, made.body["flex_user_sid"])).want(t, 204, 0)
				}
			}
			a.set(test.option, test.value)
			got := a.post(users+"/Provision", body(test.role, "k"))
			if got.status != test.status {
				t.Fatalf("Provision: got %d %s, want %d", got.status, got.text, test.status)
			}
			if test.want != "" && !strings.Contains(a.sim.Snapshot()[0].Attributes, test.want) {
				t.Errorf("attributes: got %s, want %s in them", a.sim.Snapshot()[0].Attributes, test.want)
			}
		})
	}
}

func TestLoginOfADeactivatedUser(t *testing.T) {
	t.Parallel()
	for value, wantErr := range map[string]bool{"reactivate": false, "refuse": true} {
		a := newAccount(t, flexsim.Config{Strict: true})
		a.set("login_deactivated", value)
		login, err := a.sim.Login(claims("ann"))
		if err != nil {
			t.Fatal(err)
		}
		if err := a.sim.SetActivity(flex.WorkerSID(login.WorkerSID), "Available"); err != nil {
			t.Fatal(err)
		}
		if _, err := a.sim.AddTask(flexsim.LiveWork{WorkerSID: login.WorkerSID, Status: "accepted"}); err != nil {
			t.Fatal(err)
		}
		deprovision := func(status int) {
			a.post("/v4/Instances/"+string(a.sim.InstanceSID())+"/Users/Deprovision", `{"flex_user_sid":"`+login.UserSID+`"}`).want(t, status, 20001)
		}
		a.set("deprovision_busy", "refuse")
		deprovision(400)
		a.set("deprovision_busy", "allow")
		deprovision(204)
		if _, err := a.sim.Login(claims("ann")); (err != nil) != wantErr {
			t.Errorf("login_deactivated=%s: got %v, want an error: %t", value, err, wantErr)
		}
	}
}
