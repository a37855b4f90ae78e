package flexhttp_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/flex/flexhttp"
)

// TestTypes checks that the client reads booleans and numbers that come as texts, and
// attributes that come as an object.
func TestTypes(t *testing.T) {
	t.Parallel()
	one := workers + "/" + sid("WK", 1)
	for available, want := range map[string]bool{`true`: true, `"true"`: true, `"True"`: true, `"1"`: true, `false`: false, `"false"`: false, `null`: false} {
		body := `{"sid":"` + sid("WK", 1) + `","friendly_name":"ann","attributes":{"a": 1},"activity_sid":"` + sid("WA", 7) + `","available":` + available + `}`
		_, c := play(t, map[string]http.HandlerFunc{"GET " + one: reply(200, body)})
		got, err := c.TaskRouter(ws).Get(t.Context(), workerSID(1))
		if err != nil || got.Available != want || got.Attributes != `{"a": 1}` {
			t.Errorf("available %s: got %+v, %v, want %v", available, got, err, want)
		}
	}
	for text, want := range map[string]int{`2`: 2, `"2"`: 2, `"2.0"`: 2, `0`: 0, `null`: 0} {
		_, c := play(t, map[string]http.HandlerFunc{"GET " + one + "/Channels": reply(200, `{"channels":[{"assigned_tasks":`+text+`}],"meta":{}}`)})
		if got, err := c.TaskRouter(ws).Channels(t.Context(), workerSID(1)); err != nil || len(got) != 1 || got[0].Assigned != want {
			t.Errorf("assigned_tasks %s: got %v, %v, want %d", text, got, err, want)
		}
	}
	for _, wrong := range []string{`"many"`, `{}`, `1.5`} {
		_, c := play(t, map[string]http.HandlerFunc{"GET " + one + "/Channels": reply(200, `{"channels":[{"assigned_tasks":`+wrong+`}],"meta":{}}`)})
		if _, err := c.TaskRouter(ws).Channels(t.Context(), workerSID(1)); !errors.Is(err, flex.Down) {
			t.Errorf("assigned_tasks %s: got %v, want Down", wrong, err)
		}
	}
}

// TestAttributesThatAFetchHides checks where Get looks for the attributes if a fetch
// has none.
func TestAttributesThatAFetchHides(t *testing.T) {
	t.Parallel()
	one := workers + "/" + sid("WK", 1)
	dated := func(js, date string) string { return strings.Replace(js, `{`, `{"date_updated":"`+date+`",`, 1) }
	for _, row := range []struct {
		name, fetched, listed, want string
		kind                        flex.Kind
	}{
		{"null", `null`, `[` + dated(workerJSON(2, "ann2", `{"b":1}`), "d1") + `,` + dated(workerJSON(1, "ann", `{"a":1}`), "d1") + `]`, `{"a":1}`, ""},
		{"empty", `""`, `[` + dated(workerJSON(1, "ann", `{"a":1}`), "d1") + `]`, `{"a":1}`, ""},
		{"a list of another time", `null`, `[` + dated(workerJSON(1, "ann", `{"a":1}`), "d2") + `]`, "", flex.Conflict},
		{"hidden in the list, too", `null`, `[` + dated(workerJSON(1, "ann", ``), "d1") + `]`, "", ""},
		{"not in the list", `null`, `[]`, "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			fetched := strings.Replace(dated(workerJSON(1, "ann", "ATTR"), "d1"), `"ATTR"`, row.fetched, 1)
			_, c := play(t, map[string]http.HandlerFunc{
				"GET " + one: reply(200, fetched, "ETag: 7"), "GET " + workers: reply(200, `{"workers":`+row.listed+`,"meta":{}}`),
			})
			got, err := c.TaskRouter(ws).Get(t.Context(), workerSID(1))
			if got.Attributes != row.want || flex.KindOf(err) != row.kind || err == nil && got.ETag != "7" {
				t.Errorf("got %+v, %v, want %q, %q", got, err, row.want, row.kind)
			}
		})
	}
}

// TestNoOfflineActivity checks that a workspace without an unavailable Activity is
// refused, and that the error says what to do.
func TestNoOfflineActivity(t *testing.T) {
	t.Parallel()
	_, c := simulate(t, map[string]any{"offline_activity": "none"})
	_, err := c.Discover(t.Context())
	if !errors.Is(err, flex.Refused) || !strings.Contains(err.Error(), "create an unavailable Activity") {
		t.Errorf("got %v, want Refused with what to do", err)
	}
}

// TestRefusedNameIsLookedUp checks that, if Twilio refuses a create or a rename
// without giving the reason, the client returns Taken only if another Worker has
// the name.
func TestRefusedNameIsLookedUp(t *testing.T) {
	t.Parallel()
	sim, c := simulate(t, map[string]any{"refusal_wording": "plain", "max_workers": 2})
	found, err := c.Discover(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := c.TaskRouter(found)
	for _, name := range []string{"ann", "bob"} {
		if _, err := sim.AddWorker(name, "{}"); err != nil {
			t.Fatal(err)
		}
	}
	bob := nameOf(t, b, "bob")
	for name, want := range map[string]flex.Kind{"Ann": flex.Taken, "carl": flex.Refused} {
		if _, err := b.Create(t.Context(), flex.Draft{FriendlyName: name}); !errors.Is(err, want) {
			t.Errorf("create %s: got %v, want %s", name, err, want)
		}
	}
	if _, err := b.Update(t.Context(), bob, flex.Change{FriendlyName: "ANN"}); !errors.Is(err, flex.Taken) {
		t.Errorf("rename: got %v, want Taken", err)
	}
	if _, err := b.Update(t.Context(), bob, flex.Change{FriendlyName: "BOB"}); err != nil {
		t.Errorf("rename to the same name in capitals: got %v", err)
	}
}

func nameOf(t *testing.T, b *flexhttp.TaskRouter, name string) flex.Worker {
	t.Helper()
	found, err := b.Find(t.Context(), name)
	if err != nil || len(found) != 1 {
		t.Fatalf("find %s: got %v, %v, want one Worker", name, found, err)
	}
	return found[0]
}

// TestOfflineActivityChanges checks that the client discovers the workspace again,
// at most once a minute, if Twilio refuses a call with the offline Activity. It
// also checks that, if the workspace had no unavailable Activity, the client
// discovers it again after a minute.
func TestOfflineActivityChanges(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var offline atomic.Value // the only unavailable Activity; "": none
		offline.Store(sid("WA", 1))
		var discoveries, creates atomic.Int32
		cfg := config("")
		cfg.Transport = transport(func(r *http.Request) (*http.Response, error) {
			rec := httptest.NewRecorder()
			now := offline.Load().(string)
			switch {
			case r.URL.Path == "/v1/Configuration":
				discoveries.Add(1)
				reply(200, `{"taskrouter_workspace_sid":"`+string(ws.SID)+`","taskrouter_offline_activity_sid":"`+sid("WA", 1)+`"}`)(rec, r)
			case strings.HasSuffix(r.URL.Path, "/Activities") && now == "":
				reply(200, `{"activities":[],"meta":{}}`)(rec, r)
			case strings.HasSuffix(r.URL.Path, "/Activities"):
				reply(200, `{"activities":[{"sid":"`+now+`","friendly_name":"Away","available":false}],"meta":{}}`)(rec, r)
			case r.Method == http.MethodGet:
				reply(200, `{"workers":[],"meta":{}}`)(rec, r)
			case r.ParseForm() == nil && r.Form.Get("ActivitySid") != now:
				creates.Add(1)
				refuse(400, 20001, "ActivitySid does not exist")(rec, r)
			default:
				creates.Add(1)
				reply(201, strings.Replace(workerJSON(1, "ann", "{}"), string(ws.Offline), now, 1))(rec, r)
			}
			return rec.Result(), nil
		})
		b := newClient(t, cfg).LazyTaskRouter()
		create := func(want flex.Kind, wantDiscoveries int32) {
			t.Helper()
			_, err := b.Create(t.Context(), flex.Draft{FriendlyName: "ann"})
			if flex.KindOf(err) != want || discoveries.Load() != wantDiscoveries {
				t.Errorf("got %v after %d discoveries, want %q after %d", err, discoveries.Load(), want, wantDiscoveries)
			}
		}
		create("", 1)
		offline.Store(sid("WA", 2))
		create(flex.Refused, 1) // less than a minute after the discovery, so there is no new one
		create(flex.Refused, 1)
		<-time.After(2 * time.Minute)
		create(flex.Refused, 1)
		create("", 2)
		offline.Store("")
		<-time.After(2 * time.Minute)
		create(flex.Refused, 2)
		create(flex.Refused, 3) // every Activity is available
		before := creates.Load()
		create(flex.Refused, 3)
		<-time.After(2 * time.Minute)
		offline.Store(sid("WA", 3))
		create("", 4)
		if got := creates.Load() - before; got != 1 {
			t.Errorf("got %d creates, want none without an offline Activity", got)
		}
	})
}
