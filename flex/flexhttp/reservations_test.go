package flexhttp_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/flex"
)

func TestLiveReservationsAreAcceptedAndWrapping(t *testing.T) {
	t.Parallel()
	one := workers + "/" + sid("WK", 1) + "/Reservations"
	_, c := play(t, map[string]http.HandlerFunc{"GET " + one: func(w http.ResponseWriter, r *http.Request) {
		status := r.URL.Query().Get("ReservationStatus")
		n := map[string]int{"accepted": 1, "wrapping": 2}[status]
		reply(200, fmt.Sprintf(`{"reservations":[{"sid":%q,"task_sid":%q,"reservation_status":%q}],"meta":{}}`,
			sid("WR", n), sid("WT", n), status))(w, r)
	}})
	got, err := c.TaskRouter(ws).LiveReservations(t.Context(), workerSID(1))
	if err != nil {
		t.Fatal(err)
	}
	want := []flex.Reservation{
		{SID: flex.ReservationSID(sid("WR", 1)), TaskSID: flex.TaskSID(sid("WT", 1)), Status: "accepted"},
		{SID: flex.ReservationSID(sid("WR", 2)), TaskSID: flex.TaskSID(sid("WT", 2)), Status: "wrapping"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func taskJSON(status, attributes string) string {
	return fmt.Sprintf(`{"sid":%q,"assignment_status":%q,"attributes":%q}`, sid("WT", 1), status, attributes)
}

func TestEndReservation(t *testing.T) {
	t.Parallel()
	task := "/v1/Workspaces/" + string(ws.SID) + "/Tasks/" + sid("WT", 1)
	participants := "/v1/Interactions/" + sid("KD", 1) + "/Channels/" + sid("UO", 1) + "/Participants"
	reserved := workers + "/" + sid("WK", 1) + "/Reservations/" + sid("WR", 1)
	interaction := `{"flexInteractionSid":"` + sid("KD", 1) + `","flexInteractionChannelSid":"` + sid("UO", 1) + `"}`
	forged := `{"flexInteractionSid":"KD/../../x","flexInteractionChannelSid":"` + sid("UO", 1) + `"}`
	people := func(routing string) http.HandlerFunc { // the customer is listed first, but only the agent may be removed
		return reply(200, `{"participants":[{"sid":"`+sid("UT", 1)+`","type":"customer","routing_properties":`+routing+`},
			{"sid":"`+sid("UT", 3)+`","type":"agent","routing_properties":null},
			{"sid":"`+sid("UT", 2)+`","type":"agent","routing_properties":`+routing+`}],"meta":{}}`)
	}
	mine, others := `{"worker_sid":"`+sid("WK", 1)+`"}`, `{"worker_sid":"`+sid("WK", 2)+`"}`
	closing := "GET " + task + " GET " + participants + " POST " + participants + "/" + sid("UT", 2)
	for _, row := range []struct {
		name    string
		answers map[string]http.HandlerFunc
		want    string // the requests
		kind    flex.Kind
	}{
		{"a task that is gone", map[string]http.HandlerFunc{"GET " + task: refuse(404, 20404, "x")}, "GET " + task, ""},
		{"a task that is completed", map[string]http.HandlerFunc{"GET " + task: reply(200, taskJSON("completed", "{}"))}, "GET " + task, ""},
		{"a task that is canceled", map[string]http.HandlerFunc{"GET " + task: reply(200, taskJSON("canceled", "{}"))}, "GET " + task, ""},
		{"a plain task", map[string]http.HandlerFunc{"GET " + task: reply(200, taskJSON("assigned", "{}")),
			"POST " + task: reply(200, taskJSON("completed", "{}"))}, "GET " + task + " POST " + task, ""},
		{"a task with a forged interaction is ended as a plain task", map[string]http.HandlerFunc{"GET " + task: reply(200, taskJSON("assigned", forged)),
			"POST " + task: reply(200, taskJSON("completed", "{}"))}, "GET " + task + " POST " + task, ""},
		{"a plain task that does not end", map[string]http.HandlerFunc{"GET " + task: reply(200, taskJSON("assigned", "{}")),
			"POST " + task: reply(200, taskJSON("assigned", "{}"))}, "GET " + task + " POST " + task, flex.Uncertain},
		{"a plain task that ends meanwhile", map[string]http.HandlerFunc{
			"GET " + task:  inTurn(reply(200, taskJSON("wrapping", "{}")), reply(200, taskJSON("completed", "{}"))),
			"POST " + task: refuse(400, 20001, "Cannot complete task because it is not currently assigned")},
			"GET " + task + " POST " + task + " GET " + task, ""},
		{"a plain task that Twilio keeps", map[string]http.HandlerFunc{"GET " + task: reply(200, taskJSON("reserved", "{}")),
			"POST " + task: refuse(400, 20001, "x")}, "GET " + task + " POST " + task + " GET " + task, flex.Refused},
		{"an interaction", map[string]http.HandlerFunc{"GET " + task: reply(200, taskJSON("assigned", interaction)),
			"GET " + participants: people(mine), "POST " + participants + "/" + sid("UT", 2): reply(200, `{"sid":"`+sid("UT", 2)+`"}`)}, closing, ""},
		{"an interaction whose agent leaves meanwhile", map[string]http.HandlerFunc{"GET " + task: reply(200, taskJSON("assigned", interaction)),
			"GET " + participants: people(mine), "POST " + participants + "/" + sid("UT", 2): refuse(404, 20404, "x")}, closing, ""},
		{"an interaction with another agent only", map[string]http.HandlerFunc{"GET " + task: reply(200, taskJSON("wrapping", interaction)),
			"GET " + participants: people(others), "POST " + reserved: reply(200, "{}")},
			"GET " + task + " GET " + participants + " POST " + reserved, ""},
		{"an interaction that is gone", map[string]http.HandlerFunc{"GET " + task: reply(200, taskJSON("wrapping", interaction)),
			"GET " + participants: refuse(404, 20404, "x"), "POST " + reserved: refuse(404, 20404, "x")},
			"GET " + task + " GET " + participants + " POST " + reserved, ""},
		{"an interaction that ends meanwhile", map[string]http.HandlerFunc{
			"GET " + task:         inTurn(reply(200, taskJSON("wrapping", interaction)), refuse(404, 20404, "x")),
			"GET " + participants: people(others), "POST " + reserved: refuse(400, 20001, "x")},
			"GET " + task + " GET " + participants + " POST " + reserved + " GET " + task, ""},
		{"an interaction without a response", map[string]http.HandlerFunc{"GET " + task: reply(200, taskJSON("assigned", interaction)),
			"GET " + participants: people(mine), "POST " + participants + "/" + sid("UT", 2): reset}, closing, flex.Uncertain},
		{"Twilio is down", map[string]http.HandlerFunc{"GET " + task: reply(500, "")}, "GET " + task, flex.Down},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s, c := play(t, row.answers)
			r := flex.Reservation{SID: flex.ReservationSID(sid("WR", 1)), TaskSID: flex.TaskSID(sid("WT", 1)), Status: "accepted"}
			err := c.TaskRouter(ws).EndReservation(t.Context(), workerSID(1), r)
			if got := strings.Join(s.requests(), " "); got != row.want || flex.KindOf(err) != row.kind {
				t.Errorf("got %v after %s, want %q after %s", err, got, row.kind, row.want)
			}
		})
	}
}

func TestEndReservationSaysWhy(t *testing.T) {
	t.Parallel()
	task := "/v1/Workspaces/" + string(ws.SID) + "/Tasks/" + sid("WT", 1)
	s, c := play(t, map[string]http.HandlerFunc{"GET " + task: reply(200, taskJSON("assigned", "{}")),
		"POST " + task: reply(200, taskJSON("completed", "{}"))})
	if err := c.TaskRouter(ws).EndReservation(t.Context(), workerSID(1), flex.Reservation{TaskSID: flex.TaskSID(sid("WT", 1))}); err != nil {
		t.Fatal(err)
	}
	if form := s.last().Form; form.Get("AssignmentStatus") != "completed" || form.Get("Reason") == "" {
		t.Errorf("got %v, want completed with a reason", form)
	}
}
