package flexhttp_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/flex"
)

const users = "/v4/Instances/GO00000000000000000000000000000001/Users"

const annAttributes = `{"roles":["agent"],"full_name":"Ann","email":"ann@x.com","department":"Sales","tags":["a","b"],"level":3}`

func userJSON(worker int, name string) string {
	return `{"flex_user_sid":"` + sid("FU", 1) + `","username":"` + name + `","worker":{"worker_sid":"` + sid("WK", worker) + `"}}`
}

func listJSON(records ...string) string {
	return `{"workers":[` + strings.Join(records, ",") + `],"users":[` + strings.Join(records, ",") + `],"meta":{}}`
}

func TestProvisionCreates(t *testing.T) {
	t.Parallel()
	one := workers + "/" + sid("WK", 1)
	written := `{"roles":["agent"],"full_name":"Ann","email":"ann@x.com","department":"Sales","tags":["a","b"],"contact_uri":"client:ann"}`
	final := strings.TrimSuffix(written, "}") + `,"level":3}`
	s, c := play(t, map[string]http.HandlerFunc{
		"POST " + workers:              reply(201, workerJSON(1, "ann", annAttributes), "ETag: 1"),
		"POST " + users + "/Provision": reply(201, userJSON(1, "ann")),
		"GET " + one:                   reply(200, workerJSON(1, "ann", written), "ETag: 2"),
		"POST " + one:                  reply(200, workerJSON(1, "ann", final), "ETag: 3"),
	})
	got, err := c.FlexUsers(ws).Create(t.Context(), flex.Draft{FriendlyName: "ann", Attributes: annAttributes})
	if err != nil || got.ETag != "3" || got.Attributes != final {
		t.Fatalf("got %+v, %v, want %s", got, err, final)
	}
	if got := s.last(); got.Form.Get("Attributes") != final || got.Header.Get("If-Match") != "2" {
		t.Errorf("got %v, want the rest, with If-Match", got.Form)
	}
	var body map[string]any
	if err := json.Unmarshal([]byte(s.got[1].Body), &body); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"username": "ann", "email": "ann@x.com", "full_name": "Ann", "roles": []any{"agent"},
		"worker": map[string]any{"attributes": map[string]any{"department": "Sales", "tags.stringarray": "a,b"}}}
	if diff := cmp.Diff(want, body); diff != "" {
		t.Errorf("Provision (-want +got):\n%s", diff)
	}
	if got := s.got[1].Header.Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type: got %s, want JSON", got)
	}
}

func TestProvisionRefuses(t *testing.T) {
	t.Parallel()
	made := reply(201, workerJSON(1, "ann", annAttributes), "ETag: 1")
	post, provision, remove, read := "POST "+workers, "POST "+users+"/Provision", "DELETE "+workers+"/"+sid("WK", 1), "GET "+workers+"/"+sid("WK", 2)
	for _, row := range []struct {
		name            string
		post, provision http.HandlerFunc
		attributes      string
		kind            flex.Kind
		want            string
	}{
		{"no role", nil, nil, `{"full_name":"Ann","email":"a"}`, flex.Refused, ""},
		{"no e-mail", nil, nil, `{"full_name":"Ann","roles":["agent"]}`, flex.Refused, ""},
		{"no JSON", nil, nil, `[`, flex.Refused, ""},
		{"a Worker has the name", refuse(400, 20001, "already exists"), nil, annAttributes, flex.Taken, post},
		{"TaskRouter is down", reply(503, ""), nil, annAttributes, flex.Down, post},
		{"v4 is down, so the Worker stays for the next run", made, reply(503, ""), annAttributes, flex.Down, post + " " + provision},
		{"v4 refuses", made, refuse(400, 20001, "wfo"), annAttributes, flex.Refused, post + " " + provision + " " + remove},
		{"no Flex Users API", made, refuse(404, 20404, "x"), annAttributes, flex.Refused, post + " " + provision + " " + remove},
		{"v4 does not take over", made, inTurn(refuse(409, 20409, "x"), reply(201, userJSON(2, "ann"))), annAttributes, "",
			post + " " + provision + " " + remove + " " + provision + " " + read},
		{"a deactivated user", made, refuse(409, 20409, "x"), annAttributes, flex.Refused,
			post + " " + provision + " " + remove + " " + provision},
		{"an empty success", made, reply(201, "{}"), annAttributes, flex.Uncertain, post + " " + provision},
		{"a lost response", made, reset, annAttributes, flex.Uncertain, post + " " + provision},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s, c := play(t, map[string]http.HandlerFunc{post: row.post, provision: row.provision,
				remove: reply(204, ""), read: reply(200, workerJSON(2, "ann", annAttributes))})
			_, err := c.FlexUsers(ws).Create(t.Context(), flex.Draft{FriendlyName: "ann", Attributes: row.attributes})
			if got := strings.Join(s.requests(), " "); flex.KindOf(err) != row.kind || got != row.want {
				t.Errorf("got %v after %s, want %q after %s", err, got, row.kind, row.want)
			}
		})
	}
}

func TestProvisionUpdates(t *testing.T) {
	t.Parallel()
	one := workers + "/" + sid("WK", 1)
	before := `{"roles":["agent"],"full_name":"Ann","email":"ann@x.com","old":"x","routing":{"skills":["a"]},"note":"stale"}`
	want := `{"roles":["supervisor"],"full_name":"Ann","email":"ann@x.com","routing":{"skills":["a"]},"note":"stale"}`
	merged := `{"roles":["supervisor"],"full_name":"Ann","email":"ann@x.com","old":"x","routing":{"skills":["a"]},"note":"theirs","contact_uri":"client:ann"}`
	for _, row := range []struct {
		name, now, written string
		provision          http.HandlerFunc
		calls              int
	}{
		{"v4 wrote everything", want, "", reply(200, userJSON(1, "ann")), 2},
		{"v4 merged: the old value goes, attributes of others stay", merged,
			`{"roles":["supervisor"],"full_name":"Ann","email":"ann@x.com","routing":{"skills":["a"]},"note":"theirs","contact_uri":"client:ann"}`,
			reply(200, userJSON(1, "ann")), 3},
		{"v4 replaced: attributes of others come back", `{"roles":["supervisor"],"full_name":"Ann","email":"ann@x.com"}`, want, reply(200, userJSON(1, "ann")), 3},
		{"v4 merged old roles into the new", strings.Replace(want, `["supervisor"]`, `["admin","supervisor"]`, 1), want, reply(200, userJSON(1, "ann")), 3},
		{"v4 does not adopt the Worker", before, want, refuse(409, 20409, "x"), 3},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s, c := play(t, map[string]http.HandlerFunc{
				"POST " + users + "/Provision": row.provision,
				"GET " + one:                   reply(200, workerJSON(1, "ann", row.now), "ETag: 2"),
				"POST " + one:                  reply(200, workerJSON(1, "ann", row.written)),
			})
			have := flex.Worker{SID: workerSID(1), FriendlyName: "ann", Attributes: before, ETag: "1"}
			if _, err := c.FlexUsers(ws).Update(t.Context(), have, flex.Change{Attributes: want}); err != nil {
				t.Fatal(err)
			}
			if got := s.last().Form.Get("Attributes"); got != row.written || len(s.requests()) != row.calls {
				t.Errorf("got %s after %v, want %s", got, s.requests(), row.written)
			}
			if strings.Contains(s.got[0].Body, "note") {
				t.Errorf("Provision: got %s, want only changed attributes", s.got[0].Body)
			}
		})
	}
}

func TestProvisionRenamesThroughTaskRouter(t *testing.T) {
	t.Parallel()
	one := workers + "/" + sid("WK", 1)
	attributes := `{"roles":["agent"],"full_name":"Ann","email":"ann@x.com"}`
	s, c := play(t, map[string]http.HandlerFunc{
		"POST " + one:                  reply(200, workerJSON(1, "ann2", attributes)),
		"POST " + users + "/Provision": reply(200, userJSON(1, "ann2")),
		"GET " + one:                   reply(200, workerJSON(1, "ann2", attributes)),
	})
	have := flex.Worker{SID: workerSID(1), FriendlyName: "ann", Attributes: attributes}
	got, err := c.FlexUsers(ws).Update(t.Context(), have, flex.Change{FriendlyName: "ann2"})
	if err != nil || got.FriendlyName != "ann2" || got.SID != workerSID(1) {
		t.Errorf("got %+v, %v, want the same Worker as ann2", got, err)
	}
	if got := strings.Join(s.requests(), " "); got != "POST "+one+" POST "+users+"/Provision GET "+one {
		t.Errorf("got %s, want rename, Provision, read back", got)
	}
}

func TestDeprovision(t *testing.T) {
	t.Parallel()
	one := workers + "/" + sid("WK", 1)
	gone := refuse(404, 20404, "x")
	still := reply(200, workerJSON(1, "ann", "{}"))
	found, none := reply(200, listJSON(userJSON(1, "ANN"))), reply(200, listJSON())
	lookUp, post, read, remove := "GET "+users, "POST "+users+"/Deprovision", "GET "+one, "DELETE "+one
	for _, row := range []struct {
		name             string
		list, post, read http.HandlerFunc
		want             string
		kind             flex.Kind
	}{
		{"a user with a Worker", found, reply(204, ""), gone, lookUp + " " + post + " " + read, ""},
		{"the Worker outlives the user", found, reply(204, ""), still, lookUp + " " + post + " " + read + " " + remove, ""},
		{"gone already", found, gone, gone, lookUp + " " + post + " " + read, ""},
		{"a Worker without a user", none, nil, nil, lookUp + " " + remove, ""},
		{"the user has another Worker", reply(200, listJSON(userJSON(2, "ann"))), nil, nil, lookUp + " " + remove, ""},
		{"another user", reply(200, listJSON(userJSON(1, "anna"))), nil, nil, lookUp + " " + remove, ""},
		{"no Flex Users API", gone, nil, nil, lookUp + " " + remove, ""},
		{"busy", found, refuse(400, 20001, "Worker has reservations"), nil, lookUp + " " + post, flex.Busy},
		{"down", reply(503, ""), nil, nil, lookUp, flex.Down},
		{"a lost response", found, reset, nil, lookUp + " " + post, flex.Uncertain},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s, c := play(t, map[string]http.HandlerFunc{lookUp: row.list, post: row.post, read: row.read, remove: reply(204, "")})
			err := c.FlexUsers(ws).Delete(t.Context(), flex.Worker{SID: workerSID(1), FriendlyName: "ann"})
			if got := strings.Join(s.requests(), " "); got != row.want || flex.KindOf(err) != row.kind {
				t.Errorf("got %v after %s, want %q after %s", err, got, row.kind, row.want)
			}
		})
	}
}

func TestFlexUsersEnabled(t *testing.T) {
	t.Parallel()
	_, c := play(t, map[string]http.HandlerFunc{"GET " + users: inTurn(
		reply(200, listJSON()), refuse(404, 20404, "x"), refuse(401, 20003, "x"))})
	if ok, err := c.FlexUsers(ws).Enabled(t.Context()); !ok || err != nil {
		t.Errorf("got %v, %v, want true", ok, err)
	}
	if ok, err := c.FlexUsers(ws).Enabled(t.Context()); ok || err != nil {
		t.Errorf("got %v, %v, want false", ok, err)
	}
	if ok, err := c.FlexUsers(ws).Enabled(t.Context()); ok || !errors.Is(err, flex.Denied) {
		t.Errorf("got %v, %v, want Denied", ok, err)
	}
}

// TestProvisionNeverAddsRoles checks that a change of another attribute does not add
// a removed role again, even if v4 has kept the role.
func TestProvisionNeverAddsRoles(t *testing.T) {
	t.Parallel()
	one := workers + "/" + sid("WK", 1)
	before := `{"roles":["agent"],"full_name":"Ann","email":"ann@x.com"}`
	want := `{"roles":["agent"],"full_name":"Ann","email":"ann@x.com","department":"Sales"}`
	s, c := play(t, map[string]http.HandlerFunc{
		"POST " + users + "/Provision": reply(200, userJSON(1, "ann")),
		"GET " + one:                   reply(200, workerJSON(1, "ann", strings.Replace(want, `["agent"]`, `["admin","agent"]`, 1))),
		"POST " + one:                  reply(200, workerJSON(1, "ann", want)),
	})
	have := flex.Worker{SID: workerSID(1), FriendlyName: "ann", Attributes: before}
	if _, err := c.FlexUsers(ws).Update(t.Context(), have, flex.Change{Attributes: want}); err != nil {
		t.Fatal(err)
	}
	if got := s.last().Form.Get("Attributes"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
