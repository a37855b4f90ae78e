package flexhttp_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/flex/flexhttp"
	"github.com/flexscim/flexscim/flex/flexsim"
	"github.com/flexscim/flexscim/flex/flextest"
)

// simulate starts a simulator. If a call violates Twilio's OpenAPI documents, the
// test fails.
func simulate(t *testing.T, options map[string]any) (*flexsim.Simulator, *flexhttp.Client) {
	t.Helper()
	server := flextest.NewServer(t, flexsim.Config{Seed: 1})
	if err := server.Sim.SetOptions(options); err != nil {
		t.Fatal(err)
	}
	cfg := config(server.URL)
	cfg.AccountSID = server.Sim.AccountSID()
	return server.Sim, newClient(t, cfg)
}

// everyOption runs fn with both back ends: once with the default options, and once
// for each other value of each option.
func everyOption(t *testing.T, fn func(*testing.T, *flexsim.Simulator, backend)) {
	t.Helper()
	for _, c := range append([]flexsim.Choice{{Name: "etag", Values: []string{"", "quoted"}}}, flexsim.Choices()...) {
		for _, value := range c.Values[1:] {
			for _, name := range []string{"taskrouter", "flex-users"} {
				if name == "flex-users" && c.Name == "v4" || value == "none" { // TestNoOfflineActivity
					continue
				}
				t.Run(c.Name+"="+value+"/"+name, func(t *testing.T) {
					t.Parallel()
					sim, c := simulate(t, map[string]any{c.Name: value})
					found, err := c.Discover(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					var b backend = c.TaskRouter(found)
					if name == "flex-users" {
						b = c.FlexUsers(found)
					}
					fn(t, sim, b)
				})
			}
		}
	}
}

// TestLife creates a Worker, changes and renames it, gives it live work and deletes
// it. It checks that each step succeeds with both back ends and every option.
func TestLife(t *testing.T) {
	t.Parallel()
	everyOption(t, func(t *testing.T, sim *flexsim.Simulator, b backend) {
		t.Helper()
		w, err := b.Create(t.Context(), flex.Draft{FriendlyName: "Ann.123@example.com", Attributes: annAttributes})
		if err != nil {
			t.Fatalf("create: %v", err)
		}
		if _, err := b.Create(t.Context(), flex.Draft{FriendlyName: "ANN.123@example.com", Attributes: annAttributes}); !errors.Is(err, flex.Taken) {
			t.Errorf("create again: got %v, want Taken", err)
		}
		found, err := b.Find(t.Context(), "Ann.123@example.com")
		if err != nil || len(found) != 1 || found[0].SID != w.SID {
			t.Fatalf("find: got %+v, %v, want the Worker", found, err)
		}
		w = change(t, b, w)
		leave(t, sim, b, w)
	})
}

// change writes attributes and a name, and keeps the attributes that another
// program wrote.
func change(t *testing.T, b backend, w flex.Worker) flex.Worker {
	t.Helper()
	text, _, err := flex.Merge(w.Attributes, map[string]any{"roles": []string{"supervisor"}, "routing": map[string]any{"skills": []string{"x"}}},
		[]string{"department"})
	if err != nil {
		t.Fatal(err)
	}
	w2, err := b.Update(t.Context(), w, flex.Change{Attributes: text})
	if err != nil || !flex.EqualAttributes(w2.Attributes, text) || strings.Contains(text, "department") {
		t.Fatalf("update: got %s, %v, want %s", w2.Attributes, err, text)
	}
	w3, err := b.Update(t.Context(), w2, flex.Change{FriendlyName: "ann.2@example.com"})
	if err != nil || w3.SID != w.SID || w3.FriendlyName != "ann.2@example.com" || !flex.EqualAttributes(w3.Attributes, text) {
		t.Fatalf("rename: got %+v, %v, want the same Worker as ann.2", w3, err)
	}
	return w3
}

// setCapacity changes the first channel of a Worker.
func setCapacity(t *testing.T, b backend, sid flex.WorkerSID) {
	t.Helper()
	channels, err := b.Channels(t.Context(), sid)
	if err != nil || len(channels) == 0 {
		t.Fatalf("channels: got %v, %v, want some", channels, err)
	}
	want := channels[0]
	want.Capacity, want.Available = want.Capacity+1, !want.Available
	if err := b.SetChannel(t.Context(), sid, want); err != nil {
		t.Fatalf("set channel: %v", err)
	}
	channels, err = b.Channels(t.Context(), sid)
	if err != nil || channels[0] != want {
		t.Errorf("channels: got %v, %v, want first %v", channels, err, want)
	}
}

// leave gives a Worker live work, takes it offline, ends the live work, and deletes
// the Worker.
func leave(t *testing.T, sim *flexsim.Simulator, b backend, w flex.Worker) {
	t.Helper()
	if err := sim.SetActivity(w.SID, "Available"); err != nil {
		t.Fatal(err)
	}
	for _, work := range []flexsim.LiveWork{
		{WorkerSID: string(w.SID), Channel: "chat", Status: "accepted", Interaction: true},
		{WorkerSID: string(w.SID), Channel: "default", Status: "accepted"},
		{WorkerSID: string(w.SID), Channel: "voice", Status: "pending"},
	} {
		if _, err := sim.AddTask(work); err != nil {
			t.Fatal(err)
		}
	}
	w, err := b.StopRouting(t.Context(), w)
	if err != nil || w.Available {
		t.Fatalf("stop routing: got %+v, %v, want offline", w, err)
	}
	setCapacity(t, b, w.SID)
	live, err := b.LiveReservations(t.Context(), w.SID)
	if err != nil || len(live) != 2 {
		t.Fatalf("live: got %v, %v, want 2, because the pending Reservation is rejected", live, err)
	}
	for _, r := range append(live, live...) { // twice, because EndReservation also succeeds if the work has already ended
		if err := b.EndReservation(t.Context(), w.SID, r); err != nil {
			t.Errorf("end: %v", err)
		}
	}
	if live, err := b.LiveReservations(t.Context(), w.SID); err != nil || len(live) != 0 {
		t.Errorf("live in the end: got %v, %v, want none", live, err)
	}
	w, err = b.Get(t.Context(), w.SID)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := b.Delete(t.Context(), w); err != nil {
			t.Errorf("delete: %v", err)
		}
	}
	if _, err := b.Get(t.Context(), w.SID); !errors.Is(err, flex.Gone) {
		t.Errorf("read back: got %v, want Gone", err)
	}
}

func TestWithoutFlexUsersAPI(t *testing.T) {
	t.Parallel()
	sim, c := simulate(t, map[string]any{"v4": "off"})
	found, err := c.Discover(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := c.FlexUsers(found)
	if ok, err := b.Enabled(t.Context()); ok || err != nil {
		t.Errorf("got %v, %v, want false", ok, err)
	}
	if _, err := b.Create(t.Context(), flex.Draft{FriendlyName: "ann", Attributes: annAttributes}); !errors.Is(err, flex.Refused) {
		t.Errorf("create: got %v, want Refused", err)
	}
	if got := sim.Snapshot(); len(got) != 0 {
		t.Errorf("got %v, want no Worker left behind", got)
	}
}

// TestFaults checks the errors that a read and a write return under each fault.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		fault       flexsim.Fault
		read, write flex.Kind
	}{
		{flexsim.Fault{Kind: flexsim.TooMany}, flex.Slow, flex.Slow},
		{flexsim.Fault{Kind: flexsim.ServerError}, flex.Down, flex.Down},
		{flexsim.Fault{Kind: flexsim.Unavailable}, flex.Down, flex.Down},
		{flexsim.Fault{Kind: flexsim.Reset}, flex.Down, flex.Uncertain},
		{flexsim.Fault{Kind: flexsim.LostAnswer}, flex.Down, flex.Uncertain},
		{flexsim.Fault{Kind: flexsim.NoEffect}, "", flex.Uncertain},
		{flexsim.Fault{Kind: flexsim.Latency, LatencyMS: 5}, "", ""},
	} {
		t.Run(string(row.fault.Kind), func(t *testing.T) {
			t.Parallel()
			sim, c := simulate(t, nil)
			found, err := c.Discover(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			worker, err := sim.AddWorker("ann", "{}")
			if err != nil {
				t.Fatal(err)
			}
			if err := sim.AddFault(row.fault); err != nil {
				t.Fatal(err)
			}
			b := c.TaskRouter(found)
			if _, err := b.Get(t.Context(), worker); flex.KindOf(err) != row.read {
				t.Errorf("read: got %v, want %q", err, row.read)
			}
			if _, err := b.Update(t.Context(), flex.Worker{SID: worker}, flex.Change{Attributes: `{"a":1}`}); flex.KindOf(err) != row.write {
				t.Errorf("write: got %v, want %q", err, row.write)
			}
		})
	}
}

func TestSweepOfManyPages(t *testing.T) {
	t.Parallel()
	sim, c := simulate(t, nil)
	found, err := c.Discover(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2500 {
		if _, err := sim.AddWorker(fmt.Sprintf("ann.%d@example.com", i), "{}"); err != nil {
			t.Fatal(err)
		}
	}
	sim.ClearRequests()
	seen := map[flex.WorkerSID]bool{}
	for w, err := range c.TaskRouter(found).Workers(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		seen[w.SID] = true
	}
	if got := len(sim.Requests()); len(seen) != 2500 || got != 3 {
		t.Errorf("got %d Workers in %d calls, want 2500 in 3", len(seen), got)
	}
}
