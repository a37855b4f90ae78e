package flexhttp_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/flex"
)

func TestDiscover(t *testing.T) {
	t.Parallel()
	activities := "/v1/Workspaces/" + string(ws.SID) + "/Activities"
	full := `{"taskrouter_workspace_sid":"` + string(ws.SID) + `","flex_instance_sid":"` + string(ws.Instance) + `","taskrouter_offline_activity_sid":`
	for _, row := range []struct {
		name, configuration, activities string
		want                            flex.Workspace
		kind                            flex.Kind
		calls                           int
	}{
		{"the configured Activity", full + `"` + string(ws.Offline) + `"}`, `{"activities":[{"sid":"` + sid("WA", 7) + `","friendly_name":"Offline","available":false},
			{"sid":"` + string(ws.Offline) + `","friendly_name":"Away","available":"false"}],"meta":{}}`, ws, "", 2},
		{"the configured Activity does not exist", full + `"` + sid("WA", 9) + `"}`, `{"activities":[{"sid":"` + string(ws.Offline) + `","friendly_name":"Away","available":false}],"meta":{}}`, ws, "", 2},
		{"the configured Activity is available", full + `"` + sid("WA", 7) + `"}`, `{"activities":[{"sid":"` + sid("WA", 7) + `","friendly_name":"Offline","available":"True"},
			{"sid":"` + string(ws.Offline) + `","friendly_name":"Away","available":false}],"meta":{}}`, ws, "", 2},
		{"offline by its name", full + `null}`, `{"activities":[{"sid":"` + sid("WA", 7) + `","friendly_name":"Break","available":false},
			{"sid":"` + string(ws.Offline) + `","friendly_name":"offline","available":false}],"meta":{}}`, ws, "", 2},
		{"offline by its availability", full + `null}`, `{"activities":[{"sid":"` + sid("WA", 7) + `","friendly_name":"Offline","available":true},
			{"sid":"` + string(ws.Offline) + `","friendly_name":"Away","available":false}],"meta":{}}`, ws, "", 2},
		{"no offline Activity", full + `""}`, `{"activities":[],"meta":{}}`, flex.Workspace{SID: ws.SID, Instance: ws.Instance}, flex.Refused, 2},
		{"no Flex", `{}`, "", flex.Workspace{}, flex.Refused, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s, c := play(t, map[string]http.HandlerFunc{
				"GET /v1/Configuration": reply(200, row.configuration), "GET " + activities: reply(200, row.activities)})
			got, err := c.Discover(t.Context())
			if got != row.want || flex.KindOf(err) != row.kind || len(s.requests()) != row.calls {
				t.Errorf("got %+v, %v with %d calls, want %+v, %q with %d", got, err, len(s.requests()), row.want, row.kind, row.calls)
			}
		})
	}
}

func TestCreateWorker(t *testing.T) {
	t.Parallel()
	s, c := play(t, map[string]http.HandlerFunc{"POST " + workers: reply(201, workerJSON(1, "ann", `{ "roles":["agent"]}`), `ETag: "3"`)})
	got, err := c.TaskRouter(ws).Create(t.Context(), flex.Draft{FriendlyName: "ann", Attributes: `{"roles":["agent"]}`})
	if err != nil {
		t.Fatal(err)
	}
	want := flex.Worker{SID: workerSID(1), FriendlyName: "ann", Attributes: `{ "roles":["agent"]}`,
		ActivitySID: ws.Offline, ActivityName: "Offline", ETag: `"3"`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	form := map[string][]string{"FriendlyName": {"ann"}, "Attributes": {`{"roles":["agent"]}`}, "ActivitySid": {string(ws.Offline)}}
	if diff := cmp.Diff(form, map[string][]string(s.last().Form)); diff != "" {
		t.Errorf("form (-want +got):\n%s", diff)
	}
	if got := len(s.requests()); got != 1 {
		t.Errorf("got %d calls, want 1", got)
	}
}

func TestCreateAvailableWorkerIsUncertain(t *testing.T) {
	t.Parallel()
	js := strings.Replace(workerJSON(1, "ann", "{}"), `"available":false`, `"available":true`, 1)
	_, c := play(t, map[string]http.HandlerFunc{"POST " + workers: reply(201, js)})
	if _, err := c.TaskRouter(ws).Create(t.Context(), flex.Draft{FriendlyName: "ann"}); !errors.Is(err, flex.Uncertain) {
		t.Errorf("got %v, want Uncertain", err)
	}
}

func TestRefusedBeforeTheCall(t *testing.T) {
	t.Parallel()
	s, c := play(t, nil)
	long, full := strings.Repeat("ü", 65), `{"a":"`+strings.Repeat("x", 4096)+`"}`
	have := flex.Worker{SID: workerSID(1)}
	for _, back := range []backend{c.TaskRouter(ws), c.FlexUsers(ws)} {
		_, longName := back.Create(t.Context(), flex.Draft{FriendlyName: long})
		_, noName := back.Create(t.Context(), flex.Draft{})
		_, tooMuch := back.Create(t.Context(), flex.Draft{FriendlyName: "a", Attributes: full})
		_, rename := back.Update(t.Context(), have, flex.Change{FriendlyName: long})
		_, update := back.Update(t.Context(), have, flex.Change{Attributes: full})
		_, get := back.Get(t.Context(), "WK/../../x")
		_, update2 := back.Update(t.Context(), flex.Worker{SID: "x"}, flex.Change{FriendlyName: "a"})
		_, stop := back.StopRouting(t.Context(), flex.Worker{SID: "x"})
		_, channels := back.Channels(t.Context(), "x")
		setChannel := back.SetChannel(t.Context(), workerSID(1), flex.Channel{SID: "x"})
		_, live := back.LiveReservations(t.Context(), "x")
		end := back.EndReservation(t.Context(), workerSID(1), flex.Reservation{TaskSID: "x"})
		remove := back.Delete(t.Context(), flex.Worker{SID: "x"})
		for i, err := range []error{longName, noName, tooMuch, rename, update, get, update2, stop, channels, setChannel, live, end, remove} {
			if !errors.Is(err, flex.Refused) {
				t.Errorf("%T, %d: got %v, want Refused", back, i, err)
			}
		}
	}
	nowhere := c.TaskRouter(flex.Workspace{})
	_, get := nowhere.Get(t.Context(), workerSID(1))
	_, create := nowhere.Create(t.Context(), flex.Draft{FriendlyName: "a"})
	_, stop := nowhere.StopRouting(t.Context(), have)
	for i, err := range []error{get, create, stop} {
		if !errors.Is(err, flex.Refused) {
			t.Errorf("no workspace, %d: got %v, want Refused", i, err)
		}
	}
	if got := s.requests(); len(got) != 0 {
		t.Errorf("got %v, want no call", got)
	}
}

func TestSixtyFourCharactersAreTaken(t *testing.T) {
	t.Parallel()
	name := strings.Repeat("ü", 64)
	_, c := play(t, map[string]http.HandlerFunc{"POST " + workers: reply(201, workerJSON(1, name, "{}"))})
	if _, err := c.TaskRouter(ws).Create(t.Context(), flex.Draft{FriendlyName: name}); err != nil {
		t.Errorf("got %v, want nil", err)
	}
}

func TestUpdateSendsIfMatchAndOnlyWhatChanges(t *testing.T) {
	t.Parallel()
	one := workers + "/" + sid("WK", 1)
	for _, etag := range []string{`"7"`, `7`, `W/"7"`, ``} {
		s, c := play(t, map[string]http.HandlerFunc{"POST " + one: reply(200, workerJSON(1, "ann", `{"a":1}`), "ETag: 8")})
		got, err := c.TaskRouter(ws).Update(t.Context(), flex.Worker{SID: workerSID(1), ETag: etag}, flex.Change{Attributes: `{"a":1}`})
		if err != nil || got.ETag != "8" {
			t.Fatalf("got %+v, %v, want ETag 8", got, err)
		}
		if got := s.last().Header.Get("If-Match"); got != etag {
			t.Errorf("If-Match: got %q, want %q", got, etag)
		}
		if diff := cmp.Diff(map[string][]string{"Attributes": {`{"a":1}`}}, map[string][]string(s.last().Form)); diff != "" {
			t.Errorf("form (-want +got):\n%s", diff)
		}
	}
}

func TestUpdateReadsOmittedAttributes(t *testing.T) {
	t.Parallel()
	one := workers + "/" + sid("WK", 1)
	null := strings.Replace(workerJSON(1, "ann", "ATTR"), `"ATTR"`, `null`, 1)
	s, c := play(t, map[string]http.HandlerFunc{
		"POST " + one: reply(200, null), "GET " + one: reply(200, workerJSON(1, "ann", `{"a":1}`), "ETag: 9")})
	got, err := c.TaskRouter(ws).Update(t.Context(), flex.Worker{SID: workerSID(1)}, flex.Change{Attributes: `{"a":1}`})
	if err != nil || got.ETag != "9" || len(s.requests()) != 2 {
		t.Errorf("got %+v, %v, %v, want a read", got, err, s.requests())
	}
}

func TestStopRouting(t *testing.T) {
	t.Parallel()
	one := workers + "/" + sid("WK", 1)
	s, c := play(t, map[string]http.HandlerFunc{"POST " + one: inTurn(
		reply(200, workerJSON(1, "ann", "{}"), "ETag: 8"),
		reply(200, strings.Replace(workerJSON(1, "ann", "{}"), `"available":false`, `"available":true`, 1)), // older than the Activity
		reply(200, strings.Replace(workerJSON(1, "ann", "{}"), string(ws.Offline), sid("WA", 7), 1)),
	)})
	have := flex.Worker{SID: workerSID(1), ETag: "7"}
	for range 2 {
		if got, err := c.TaskRouter(ws).StopRouting(t.Context(), have); err != nil || got.Available {
			t.Fatalf("got %+v, %v, want an unavailable Worker", got, err)
		}
	}
	form := map[string][]string{"ActivitySid": {string(ws.Offline)}, "RejectPendingReservations": {"true"}}
	if diff := cmp.Diff(form, map[string][]string(s.last().Form)); diff != "" {
		t.Errorf("form (-want +got):\n%s", diff)
	}
	if got := s.last().Header.Get("If-Match"); got != "" {
		t.Errorf("If-Match: got %q, want none", got)
	}
	if _, err := c.TaskRouter(ws).StopRouting(t.Context(), have); !errors.Is(err, flex.Uncertain) {
		t.Errorf("in another Activity: got %v, want Uncertain", err)
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	one := workers + "/" + sid("WK", 1)
	s, c := play(t, map[string]http.HandlerFunc{"DELETE " + one: reply(204, "")})
	if err := c.TaskRouter(ws).Delete(t.Context(), flex.Worker{SID: workerSID(1), ETag: `"7"`}); err != nil {
		t.Fatal(err)
	}
	if got := s.last().Header.Get("If-Match"); got != `"7"` {
		t.Errorf("If-Match: got %q, want \"7\"", got)
	}
}

func TestProbe(t *testing.T) {
	t.Parallel()
	one := workers + "/" + sid("WK", 1)
	s, c := play(t, map[string]http.HandlerFunc{"POST " + one: reply(200, workerJSON(1, "ann", `{"a":1}`))})
	w, err := c.TaskRouter(ws).Probe(t.Context(), workerSID(1))
	if err != nil || w.SID != workerSID(1) || w.Attributes != `{"a":1}` {
		t.Errorf("got %+v, %v, want the Worker", w, err)
	}
	if form := s.last().Form; len(form) != 0 {
		t.Errorf("got the form %v, want none", form)
	}
	_, c = play(t, map[string]http.HandlerFunc{"POST " + one: reply(404, `{"code":20404,"message":"not found","status":404}`)})
	if _, err := c.TaskRouter(ws).Probe(t.Context(), workerSID(1)); !errors.Is(err, flex.Gone) {
		t.Errorf("got %v, want Gone", err)
	}
}

func TestFindKeepsOnlyTheName(t *testing.T) {
	t.Parallel()
	null := strings.Replace(workerJSON(3, "ÄNN@x.com", "ATTR"), `"ATTR"`, `null`, 1)
	s, c := play(t, map[string]http.HandlerFunc{
		"GET " + workers: reply(200, `{"workers":[`+workerJSON(1, "änn@x.com", "{}")+`,`+workerJSON(2, "änn@x.com.evil", "{}")+`,`+null+`],"meta":{}}`),
	})
	got, err := c.TaskRouter(ws).Find(t.Context(), "Änn@X.com")
	if err != nil || len(got) != 2 || got[0].SID != workerSID(1) || got[1].SID != workerSID(3) || got[1].Attributes != "" {
		t.Errorf("got %+v, %v, want Workers 1 and 3, as the list shows them", got, err)
	}
	if got := len(s.requests()); got != 1 {
		t.Errorf("got %d calls, want a list", got)
	}
}

func TestRenameSendsOnlyTheName(t *testing.T) {
	t.Parallel()
	one := workers + "/" + sid("WK", 1)
	s, c := play(t, map[string]http.HandlerFunc{"POST " + one: reply(200, workerJSON(1, "Ann", `{"a":1}`))})
	if _, err := c.TaskRouter(ws).Update(t.Context(), flex.Worker{SID: workerSID(1)}, flex.Change{FriendlyName: "Ann"}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string][]string{"FriendlyName": {"Ann"}}, map[string][]string(s.last().Form)); diff != "" {
		t.Errorf("form (-want +got):\n%s", diff)
	}
	_, err := c.TaskRouter(ws).Update(t.Context(), flex.Worker{SID: workerSID(1)}, flex.Change{FriendlyName: "ann"})
	if !errors.Is(err, flex.Uncertain) {
		t.Errorf("a name in another letter case: got %v, want Uncertain", err)
	}
	s, c = play(t, map[string]http.HandlerFunc{"POST " + one: reply(200, workerJSON(1, "ann", `{"a":1}`))})
	if _, err = c.TaskRouter(ws).Update(t.Context(), flex.Worker{SID: workerSID(1)}, flex.Change{FriendlyName: "Ann"}); err != nil || len(s.requests()) != 1 {
		t.Errorf("shown in lower case: got %v, want no error", err)
	}
}
