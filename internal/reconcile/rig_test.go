package reconcile_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap/zaptest"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/flex/flexhttp"
	"github.com/flexscim/flexscim/flex/flexsim"
	"github.com/flexscim/flexscim/flex/flextest"
	"github.com/flexscim/flexscim/internal/mapping"
	"github.com/flexscim/flexscim/internal/reconcile"
	"github.com/flexscim/flexscim/internal/secret"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
	"github.com/flexscim/flexscim/scim"
)

// acme is the connection of all people in these tests.
const acme store.ConnectionID = "aaaaaaaaaaaaaaaaaaaaaaaaaa"

// setup configures a rig. Most tests use the zero value.
type setup struct {
	Adopt     bool
	Drain     time.Duration
	Rules     string // YAML
	FlexUsers bool   // use the back end flex-users
	Transport http.RoundTripper
	Timeout   time.Duration
	Retries   int
	Options   map[string]any // of the simulator
	SimClock  bool           // the simulator has the rig's clock
	Engine    store.Engine   // "": SQLite
}

// rig contains a real store, a reconciler, and a real client that calls a simulated
// Flex over HTTP.
type rig struct {
	*testing.T
	setup setup
	store *store.Store
	flex  reconcile.Flex
	rec   *reconcile.Reconciler
	other *reconcile.Reconciler // a second replica on the same store
	url   string
	ws    flex.Workspace
	clock *clock
}

// clock is a clock that only tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func newRig(t *testing.T, s setup) *rig {
	t.Helper()
	r := &rig{T: t, setup: s, clock: &clock{at: time.Now().Truncate(time.Second)}}
	sim := flexsim.Config{Seed: 1}
	if s.SimClock {
		sim.Clock = r.clock.now
	}
	r.url = flextest.NewServer(t, sim).URL
	if len(s.Options) > 0 {
		r.sim("POST", "/_sim/options", s.Options)
	}
	if r.setup.Engine == "" {
		r.setup.Engine = store.SQLite
	}
	r.store = storetest.OpenConfig(t, store.Config{URL: storetest.URL(t, r.setup.Engine), Clock: r.clock.now})
	r.restart()
	r.write(func(tx *store.Tx) error {
		return tx.InsertConnection(t.Context(), store.Connection{ID: acme, Name: "acme", Settings: store.Settings{Kind: "other"}})
	})
	return r
}

// restart replaces the client and the reconcilers by new values, which do not know
// the pauses that Twilio asked for.
func (r *rig) restart() {
	r.Helper()
	client, err := flexhttp.New(flexhttp.Config{
		AccountSID: flex.AccountSID("AC" + strings.Repeat("0", 32)), AuthToken: secret.New("test"),
		BaseURL: r.url, Timeout: r.setup.Timeout, Retries: r.setup.Retries, Transport: r.setup.Transport,
	})
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(client.CloseIdleConnections)
	if r.ws.SID == "" {
		if r.ws, err = client.Discover(r.Context()); err != nil {
			r.Fatal(err)
		}
	}
	r.flex = client.TaskRouter(r.ws)
	if r.setup.FlexUsers {
		r.flex = client.FlexUsers(r.ws)
	}
	rules, err := mapping.Parse("rules.yaml", []byte(r.setup.Rules))
	if err != nil {
		r.Fatal(err)
	}
	policy := reconcile.Policy{Rules: rules, Drain: r.setup.Drain, AdoptExact: r.setup.Adopt}
	c := reconcile.Config{
		Store: r.store, Flex: r.flex, Policy: func(store.ConnectionID) reconcile.Policy { return policy }, Backend: "test",
		Clock: r.clock.now, Log: zaptest.NewLogger(r.T),
	}
	r.rec, r.other = reconcile.New(c), reconcile.New(c)
}

func (r *rig) write(fn func(tx *store.Tx) error) {
	r.Helper()
	if err := r.store.Write(r.Context(), store.AnyKey, fn); err != nil {
		r.Fatal(err)
	}
}

// ---- the IdP's writes

func doc(t *testing.T, text string) scim.Document {
	t.Helper()
	var d scim.Document
	if err := json.Unmarshal([]byte(strings.ReplaceAll(text, "'", `"`)), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// join adds a person.
func (r *rig) join(document string) store.PersonKey {
	r.Helper()
	now := r.clock.now()
	u := scim.User{ID: scim.NewID(), Doc: doc(r.T, document), Meta: scim.Meta{Created: now, LastModified: now, Version: 1}}
	r.write(func(tx *store.Tx) error {
		return tx.InsertUser(r.Context(), acme, u, store.Why{Urgency: store.Joining, Request: "ref-join"})
	})
	return store.PersonKey{Connection: acme, User: u.ID}
}

// set changes attributes of a person.
func (r *rig) set(key store.PersonKey, changes string) {
	r.Helper()
	r.clock.add(time.Second)
	r.write(func(tx *store.Tx) error {
		was, err := tx.LockUser(r.Context(), key.Connection, key.User)
		if err != nil {
			return err
		}
		u := was.User
		u.Doc = maps.Clone(u.Doc)
		for name, v := range doc(r.T, changes) {
			u.Doc[name] = v
		}
		u.Meta.Version++
		u.Meta.LastModified = tx.Now()
		encoded, err := store.EncodeUser(u)
		if err != nil {
			return err
		}
		return tx.UpdateUser(r.Context(), key.Connection, was, encoded, store.Why{Urgency: store.Changing, Request: "ref-set"})
	})
}

// drop deletes the person's SCIM resource.
func (r *rig) drop(key store.PersonKey) {
	r.Helper()
	r.clock.add(time.Second)
	r.write(func(tx *store.Tx) error {
		was, err := tx.LockUser(r.Context(), key.Connection, key.User)
		if err != nil {
			return err
		}
		return tx.DeleteUser(r.Context(), key.Connection, was, store.Why{Urgency: store.Leaving})
	})
}

// ---- runs

// rig.run reconciles the person and checks the resulting state.
func (r *rig) run(key store.PersonKey, want store.State) reconcile.Outcome {
	r.Helper()
	out, err := r.rec.Reconcile(r.Context(), key, nil)
	if err != nil {
		r.Fatalf("Reconcile: %v", err)
	}
	if out.State != want {
		r.Fatalf("Reconcile: got %s (%s), want %s", out.State, out.Reason, want)
	}
	return out
}

// rig.calls does the same as rig.run and also checks the number of calls to Twilio.
func (r *rig) calls(key store.PersonKey, want store.State, n int) reconcile.Outcome {
	r.Helper()
	r.sim("DELETE", "/_sim/requests", nil)
	out := r.run(key, want)
	if got := r.requests(); len(got) != n {
		r.Errorf("got %d calls, want %d:\n%s", len(got), n, strings.Join(got, "\n"))
	}
	return out
}

// rig.requests returns the calls to Twilio since the simulator's list of requests
// was last cleared.
func (r *rig) requests() (list []string) {
	r.Helper()
	var entries []struct{ Method, Path string }
	raw := r.sim("GET", "/_sim/requests", nil)
	if json.Unmarshal(raw, &entries) != nil {
		var in struct {
			Requests []struct{ Method, Path string }
		}
		if err := json.Unmarshal(raw, &in); err != nil {
			r.Fatalf("requests: %v: %s", err, raw)
		}
		entries = in.Requests
	}
	for _, e := range entries {
		list = append(list, e.Method+" "+e.Path)
	}
	return list
}

func (r *rig) person(key store.PersonKey) store.Person {
	r.Helper()
	p, err := r.store.Person(r.Context(), key)
	if err != nil {
		r.Fatal(err)
	}
	return p
}

// ---- Workers and live work in Flex

// workers returns all Workers, by name.
func (r *rig) workers() map[string]flex.Worker {
	r.Helper()
	all := map[string]flex.Worker{}
	for w, err := range r.flex.Workers(context.Background()) {
		if err == nil && w.Attributes == "" {
			w, err = r.flex.Get(context.Background(), w.SID)
		}
		if err != nil {
			r.Fatal(err)
		}
		all[w.FriendlyName] = w
	}
	return all
}

func (r *rig) worker(name string) flex.Worker {
	r.Helper()
	w, ok := r.workers()[name]
	if !ok {
		r.Fatalf("there is no Worker %q", name)
	}
	return w
}

// attributes decodes the attributes of a Worker.
func attributes(t *testing.T, w flex.Worker) map[string]any {
	t.Helper()
	var a map[string]any
	if err := json.Unmarshal([]byte(w.Attributes), &a); err != nil {
		t.Fatal(err)
	}
	return a
}

// foreign makes a Worker without a mark and without a link.
func (r *rig) foreign(name, attrs string) flex.Worker {
	r.Helper()
	w := r.postWorker("/Workers", url.Values{"FriendlyName": {name}, "Attributes": {attrs}})
	return w
}

// edit changes a Worker directly in Flex.
func (r *rig) edit(w flex.Worker, form url.Values) {
	r.Helper()
	r.postWorker("/Workers/"+string(w.SID), form)
}

func (r *rig) postWorker(path string, form url.Values) flex.Worker {
	r.Helper()
	body := r.call("POST", "/v1/Workspaces/"+string(r.ws.SID)+path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
	var w struct {
		SID          string `json:"sid"`
		FriendlyName string `json:"friendly_name"`
		Attributes   string `json:"attributes"`
	}
	if err := json.Unmarshal(body, &w); err != nil {
		r.Fatal(err)
	}
	return flex.Worker{SID: flex.WorkerSID(w.SID), FriendlyName: w.FriendlyName, Attributes: w.Attributes}
}

// online puts a Worker into the Activity Available.
func (r *rig) online(w flex.Worker) {
	r.Helper()
	var list struct {
		Activities []struct {
			SID          string `json:"sid"`
			FriendlyName string `json:"friendly_name"`
		}
	}
	if err := json.Unmarshal(r.call("GET", "/v1/Workspaces/"+string(r.ws.SID)+"/Activities", "", nil), &list); err != nil {
		r.Fatal(err)
	}
	for _, a := range list.Activities {
		if a.FriendlyName == "Available" {
			r.edit(w, url.Values{"ActivitySid": {a.SID}})
			return
		}
	}
	r.Fatal("there is no Activity Available")
}

// task gives a Worker a Task and returns the Task's SID.
func (r *rig) task(w flex.Worker, status string, interaction bool) (sid string) {
	r.Helper()
	var answer struct {
		Task string `json:"task_sid"`
	}
	raw := r.sim("POST", "/_sim/tasks", map[string]any{
		"worker_sid": w.SID, "channel": "voice", "status": status, "interaction": interaction, "force": true,
	})
	if err := json.Unmarshal(raw, &answer); err != nil {
		r.Fatal(err)
	}
	return answer.Task
}

// pause gives a Worker an e-mail Task that its agent has paused.
func (r *rig) pause(w flex.Worker, interaction bool) {
	r.Helper()
	r.sim("POST", "/_sim/tasks", map[string]any{
		"worker_sid": w.SID, "channel": "email", "status": "accepted", "paused": true, "interaction": interaction, "force": true,
	})
}

// fault makes the next matching requests fail. The argument times is the number of
// these requests.
func (r *rig) fault(method, path, kind string, times int) {
	r.Helper()
	r.sim("POST", "/_sim/faults", map[string]any{"method": method, "path": path, "kind": kind, "times": times})
}

// sim calls the simulator's control API.
func (r *rig) sim(method, path string, body any) []byte {
	r.Helper()
	var reader io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			r.Fatal(err)
		}
		reader = bytes.NewReader(b)
	}
	return r.call(method, path, "application/json", reader)
}

func (r *rig) call(method, path, contentType string, body io.Reader) []byte {
	r.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, r.url+path, body)
	if err != nil {
		r.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	req.SetBasicAuth("AC"+strings.Repeat("0", 32), "test")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 300 {
		r.Fatalf("%s %s: %d %v: %s", method, path, resp.StatusCode, err, answer)
	}
	return answer
}
