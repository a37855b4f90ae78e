package flexhttp_test

import (
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/flex"
)

// TestResponses checks which Kind of error each response becomes for a read, a create,
// an update and a removal. "" means success.
func TestResponses(t *testing.T) {
	t.Parallel()
	html := "<html>Ann Smith</html>"
	ok := workerJSON(1, "a", "{}")
	for _, row := range []struct {
		name                         string
		response                     http.HandlerFunc
		read, create, update, remove flex.Kind
	}{
		{"401", refuse(401, 20003, "Authenticate"), flex.Denied, flex.Denied, flex.Denied, flex.Denied},
		{"401 HTML", reply(401, html), flex.Denied, flex.Denied, flex.Denied, flex.Denied},
		{"403", refuse(403, 20403, "no"), flex.Denied, flex.Denied, flex.Denied, flex.Denied},
		{"404", refuse(404, 20404, "not found"), flex.Gone, flex.Gone, flex.Gone, ""},
		{"404 with the code as a text", reply(404, `{"code":"20404","message":"not found","status":"404"}`), flex.Gone, flex.Gone, flex.Gone, ""},
		{"404 of a proxy", reply(404, html), flex.Down, flex.Down, flex.Down, flex.Down},
		{"409", refuse(409, 20409, "conflict"), flex.Conflict, flex.Taken, flex.Conflict, flex.Busy},
		{"412", refuse(412, 20412, "ETag"), flex.Conflict, flex.Conflict, flex.Conflict, flex.Conflict},
		{"400 exists", refuse(400, 20001, "Worker named a already exists for workspace"), flex.Refused, flex.Taken, flex.Refused, flex.Busy},
		{"400 busy", refuse(400, 20001, "Worker has active Reservations"), flex.Refused, flex.Refused, flex.Refused, flex.Busy},
		{"400", refuse(400, 20001, "Invalid"), flex.Refused, flex.Refused, flex.Refused, flex.Busy},
		{"400 HTML", reply(400, html), flex.Refused, flex.Refused, flex.Refused, flex.Busy},
		{"408", reply(408, ""), flex.Down, flex.Down, flex.Down, flex.Down},
		{"500", refuse(500, 20500, "oops"), flex.Down, flex.Down, flex.Down, flex.Down},
		{"502", reply(502, html), flex.Down, flex.Uncertain, flex.Uncertain, flex.Uncertain},
		{"503 HTML", reply(503, html), flex.Down, flex.Down, flex.Down, flex.Down},
		{"504", reply(504, ""), flex.Down, flex.Uncertain, flex.Uncertain, flex.Uncertain},
		{"302", reply(302, "", "Location: /x"), flex.Down, flex.Down, flex.Down, flex.Down},
		{"reset", reset, flex.Down, flex.Uncertain, flex.Uncertain, flex.Uncertain},
		{"200 empty", reply(200, ""), flex.Down, flex.Uncertain, flex.Uncertain, flex.Uncertain},
		{"200 {}", reply(200, "{}"), flex.Down, flex.Uncertain, flex.Uncertain, flex.Uncertain},
		{"200 null", reply(200, "null"), flex.Down, flex.Uncertain, flex.Uncertain, flex.Uncertain},
		{"200 HTML", reply(200, html), flex.Down, flex.Uncertain, flex.Uncertain, flex.Uncertain},
		{"200 truncated", reply(200, ok[:20]), flex.Down, flex.Uncertain, flex.Uncertain, flex.Uncertain},
		{"204", reply(204, ""), flex.Down, flex.Uncertain, flex.Uncertain, ""},
		{"200 RFC 2822 dates", reply(200, ok), "", "", "", flex.Uncertain},
		{"200 another Worker", reply(200, workerJSON(2, "a", "{}")), flex.Down, "", flex.Uncertain, flex.Uncertain},
		{"200 another name", reply(200, workerJSON(1, "b", "{}")), "", flex.Uncertain, flex.Uncertain, flex.Uncertain},
		{"200 ignored", reply(200, workerJSON(1, "a", `{"x":1}`)), "", flex.Uncertain, flex.Uncertain, flex.Uncertain},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			one := workers + "/" + sid("WK", 1)
			_, c := play(t, map[string]http.HandlerFunc{
				"GET " + one: row.response, "POST " + workers: row.response, "POST " + one: row.response, "DELETE " + one: row.response,
				"GET " + workers: reply(200, `{"workers":[],"meta":{}}`), // after a refusal, the client looks for a Worker that has the name
			})
			tr, have := c.TaskRouter(ws), flex.Worker{SID: workerSID(1)}
			_, read := tr.Get(t.Context(), have.SID)
			_, create := tr.Create(t.Context(), flex.Draft{FriendlyName: "a", Attributes: "{}"})
			update := updateTo(t, tr, have)
			remove := tr.Delete(t.Context(), have)
			got := []flex.Kind{flex.KindOf(read), flex.KindOf(create), flex.KindOf(update), flex.KindOf(remove)}
			want := []flex.Kind{row.read, row.create, row.update, row.remove}
			if row.name == "400 exists" || row.name == "409" {
				want[2] = flex.Taken // the update also changes the name
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("read, create, update, remove (-want +got):\n%s", diff)
			}
			for _, err := range []error{read, create, update, remove} {
				if err != nil && strings.Contains(err.Error(), "Ann Smith") {
					t.Errorf("got %v, want no text of the response", err)
				}
			}
		})
	}
}

func updateTo(t *testing.T, tr backend, have flex.Worker) error {
	t.Helper()
	_, err := tr.Update(t.Context(), have, flex.Change{FriendlyName: "a", Attributes: "{}"})
	return err
}

func TestErrorKeepsWhatSupportAsks(t *testing.T) {
	t.Parallel()
	_, c := play(t, map[string]http.HandlerFunc{
		"GET " + workers + "/" + sid("WK", 1): refuse(503, 20503, "for ann@example.com", "Twilio-Request-Id: RQ1", "Retry-After: 7"),
	})
	_, err := c.TaskRouter(ws).Get(t.Context(), workerSID(1))
	got, ok := errors.AsType[*flex.Error](err)
	want := &flex.Error{Op: "fetch worker", Kind: flex.Down, Status: 503, Code: 20503,
		Message: "for ann@example.com", RetryAfter: 7 * time.Second, RequestID: "RQ1"}
	if diff := cmp.Diff(want, got); !ok || diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if strings.Contains(err.Error(), "ann") {
		t.Errorf("got %v, want no name in it", err)
	}
	if _, _, kind := c.LastCall(); kind != flex.Down {
		t.Errorf("last response: got %q, want Down", kind)
	}
}

func TestNothingListens(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	base := "http://" + l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	tr := newClient(t, config(base)).TaskRouter(ws)
	if err := tr.Delete(t.Context(), flex.Worker{SID: workerSID(1)}); !errors.Is(err, flex.Down) {
		t.Errorf("a write that was not sent: got %v, want Down", err)
	}
	_, err = tr.Find(t.Context(), "ann@example.com")
	if !errors.Is(err, flex.Down) || strings.Contains(err.Error(), "ann") {
		t.Errorf("a read: got %v, want Down and no name", err)
	}
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	s, _ := play(t, map[string]http.HandlerFunc{"DELETE " + workers + "/" + sid("WK", 1): func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
	}})
	cfg := config("http://" + serverAddr(t, s))
	cfg.Timeout = 50 * time.Millisecond
	err := newClient(t, cfg).TaskRouter(ws).Delete(t.Context(), flex.Worker{SID: workerSID(1)})
	if !errors.Is(err, flex.Uncertain) {
		t.Errorf("got %v, want Uncertain", err)
	}
}
