package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/store"
)

// soak returns how long the convergence test runs on each engine (SQLite,
// PostgreSQL). FLEXSCIM_SOAK sets this time, for example to 1h; .ci/run sets it to a
// minute.
func soak(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("FLEXSCIM_SOAK")
	if text == "" {
		return 10 * time.Second
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestConvergence makes random writes to SCIM and to Flex, failures of Twilio and
// restarts. It checks that in the end Flex matches the last values that the IdP sent,
// that nobody has two Workers, and that Workers without a person are unchanged.
func TestConvergence(t *testing.T) {
	t.Parallel()
	for _, engine := range []store.Engine{store.SQLite, store.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			end := time.Now().Add(soak(t))
			seed := uint64(time.Now().UnixNano())
			for ; time.Now().Before(end); seed++ {
				if !t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) { converge(t, engine, seed) }) {
					return
				}
			}
		})
	}
}

// human holds the last values that the IdP sent for a person.
type human struct {
	key     store.PersonKey
	name    string
	display string
	lead    bool
	active  bool
	deleted bool
	unsure  bool // set by a rename and by a failed run; cleared by a run that succeeds
}

// chaos is one random sequence of writes, failures and runs.
type chaos struct {
	*rig
	rnd    *rand.Rand
	humans []*human
}

func converge(t *testing.T, engine store.Engine, seed uint64) {
	t.Helper()
	rnd := rand.New(rand.NewPCG(seed, 7))
	lag := rnd.IntN(3) // 0: none
	options := map[string]any{"interactions_per_second": 0, "fetch_lag": 5 * lag, "list_lag": 15 * lag, "names_shown": []string{"as_written", "lower"}[rnd.IntN(2)]}
	all := oddities()
	odd := all[seed%uint64(len(all))]
	t.Log(odd.name)
	c := &chaos{rnd: rnd, rig: newRig(t, setup{
		Engine: engine, Rules: supervisors, Drain: time.Minute, Timeout: 5 * time.Second, SimClock: true,
		Transport: odd.transport, Options: odd.with(options),
	})}
	for i := range 3 {
		c.foreign(fmt.Sprintf("foreign%d", i), fmt.Sprintf(`{ "n" : %d, "roles":["admin"]}`, i))
	}
	c.breakTwilio()
	for range 80 {
		c.write1()
		if c.rnd.IntN(3) == 0 {
			c.byHand()
		}
		c.work()
		c.clock.add(time.Duration(c.rnd.IntN(30)) * time.Second)
	}
	c.sim("DELETE", "/_sim/faults", nil)
	c.restart()
	c.settle()
	c.clock.add(time.Minute) // Twilio shows everything
	c.check()
}

// breakTwilio makes some of the calls to Twilio fail.
func (c *chaos) breakTwilio() {
	for _, kind := range []string{"429", "500", "503", "reset", "lost-answer"} {
		c.sim("POST", "/_sim/faults", map[string]any{"path": "/v1/", "kind": kind, "rate": 0.04})
	}
	for _, method := range []string{"POST", "DELETE"} {
		c.sim("POST", "/_sim/faults", map[string]any{"method": method, "path": "/v1/", "kind": "ok-no-effect", "rate": 0.04})
	}
}

// chaos.free returns a name that no undeleted person has, sometimes in capitals.
func (c *chaos) free() string {
	for {
		name := fmt.Sprintf("p%d@x.org", c.rnd.IntN(12))
		taken := false
		for _, h := range c.humans {
			taken = taken || !h.deleted && strings.EqualFold(h.name, name)
		}
		if !taken && c.rnd.IntN(4) == 0 {
			return strings.ToUpper(name)
		}
		if !taken {
			return name
		}
	}
}

func (c *chaos) living() (living []*human) {
	for _, h := range c.humans {
		if !h.deleted {
			living = append(living, h)
		}
	}
	return living
}

// write1 sends one random write to SCIM, as the IdP would.
func (c *chaos) write1() {
	living := c.living()
	if len(living) < 6 && c.rnd.IntN(3) == 0 || len(living) == 0 {
		h := &human{name: c.free(), active: true}
		h.key = c.join(`{'userName':'` + h.name + `'}`)
		c.humans = append(c.humans, h)
		return
	}
	h := living[c.rnd.IntN(len(living))]
	switch c.rnd.IntN(8) {
	case 0, 1:
		// Until a run has applied a rename, a second rename could leave the Worker
		// with a name that flexscim does not know. Only an operator can handle such a
		// Worker, so until then this test does not rename the person again.
		if !h.unsure {
			h.name, h.unsure = c.free(), true
			c.set(h.key, `{'userName':'`+h.name+`'}`)
		}
	case 2:
		h.display = fmt.Sprintf("Person %d", c.rnd.IntN(1000))
		c.set(h.key, `{'displayName':'`+h.display+`'}`)
	case 3:
		h.lead = !h.lead
		c.set(h.key, map[bool]string{true: `{'title':'Lead'}`, false: `{'title':'-'}`}[h.lead])
	case 4, 5, 6:
		h.active = !h.active
		c.set(h.key, fmt.Sprintf(`{'active':%t}`, h.active))
	case 7:
		h.deleted = true
		c.drop(h.key)
	}
}

// byHand changes a Worker in Flex as its users do: it gives the Worker work, writes
// attributes, or deletes the Worker. These calls can fail, as flexscim's calls do.
func (c *chaos) byHand() {
	h := c.humans[c.rnd.IntN(len(c.humans))]
	link := c.person(h.key).Link
	if link == nil || !flex.IsSID(string(link.Worker), "WK") {
		return
	}
	path := "/v1/Workspaces/" + string(c.ws.SID) + "/Workers/" + string(link.Worker)
	switch c.rnd.IntN(4) {
	case 0:
		c.try("DELETE", path, "")
	case 1:
		c.try("POST", path, url.Values{"Attributes": {`{"theirs":1}`}}.Encode())
	default:
		c.try("POST", "/_sim/tasks", fmt.Sprintf(`{"worker_sid":%q,"channel":"voice","status":"accepted","force":true,"interaction":%t}`, link.Worker, c.rnd.IntN(2) == 0))
	}
}

func (c *chaos) try(method, path, body string) {
	req, err := http.NewRequestWithContext(c.Context(), method, c.url+path, strings.NewReader(body))
	if err != nil {
		c.Fatal(err)
	}
	req.SetBasicAuth("AC"+strings.Repeat("0", 32), "test")
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if strings.HasPrefix(body, "{") {
		req.Header.Set("Content-Type", "application/json")
	}
	if resp, err := http.DefaultClient.Do(req); err == nil {
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
	}
}

var errKilled = errors.New("killed before the record")

// brief limits the duration of a run. It is shorter than the pause after a 429. A run
// that gets a 429 therefore fails, as in production when the pause exceeds a job's
// time limit.
const brief = 400 * time.Millisecond

// work reconciles a few people concurrently, as the queue does, and sometimes stops a
// run or makes its transaction fail. After a 429 it restarts the process.
func (c *chaos) work() {
	var wg sync.WaitGroup
	var slow atomic.Bool
	for _, i := range c.rnd.Perm(len(c.humans))[:min(4, len(c.humans))] {
		h, kill := c.humans[i], c.rnd.IntN(12)
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(c.Context(), brief)
			defer cancel()
			finish := whenDone(nil)
			switch kill {
			case 0:
				finish = whenDone(errKilled)
			case 1:
				time.AfterFunc(time.Millisecond, cancel)
			}
			_, err := c.rec.Reconcile(ctx, h.key, finish)
			h.unsure = err != nil
			if flex.KindOf(err) == flex.Slow {
				slow.Store(true)
			}
		})
	}
	wg.Wait()
	if c.rnd.IntN(30) == 0 {
		ctx, cancel := context.WithTimeout(c.Context(), brief)
		defer cancel()
		_, _ = c.rec.Sweep(ctx, nil) // may fail: Twilio is broken
		slow.Store(true)
	}
	if slow.Load() {
		c.restart()
	}
}

// settle reconciles until every person is settled.
func (c *chaos) settle() {
	for range 300 {
		c.clock.add(31 * time.Second)
		busy := false
		for _, h := range c.humans {
			if p := c.person(h.key); p.Observed == p.Desired && p.State != store.Waiting && p.State != store.Retrying {
				continue
			}
			busy = true
			if _, err := c.rec.Reconcile(c.Context(), h.key, nil); err != nil && c.setup.Options["fetch_lag"] == 0 {
				c.Fatalf("Twilio works again, but got %v", err)
			}
		}
		if busy {
			continue
		}
		if sum, err := c.rec.Sweep(c.Context(), nil); err != nil {
			c.Fatal(err)
		} else if sum.Different+sum.Missing+sum.Retried == 0 {
			return
		}
	}
	for _, h := range c.humans {
		if p := c.person(h.key); p.State != store.Settled {
			c.Errorf("%s does not settle: %s, %s; link %+v, Workers %+v", h.name, p.State, p.Reason, p.Link, c.workers())
		}
	}
	c.Fatal("people or the sweep do not settle within 300 rounds")
}

// check compares Flex with the last values that the IdP sent.
func (c *chaos) check() {
	all := c.workers()
	for i := range 3 {
		name := fmt.Sprintf("foreign%d", i)
		want := fmt.Sprintf(`{ "n" : %d, "roles":["admin"]}`, i)
		same := all[name].Attributes == want
		if _, reformats := c.setup.Transport.(asObjects); reformats {
			same = flex.EqualAttributes(all[name].Attributes, want)
		}
		if !same {
			c.Errorf("%s: got attributes %s, want %s", name, all[name].Attributes, want)
		}
		delete(all, name)
	}
	for _, h := range c.humans {
		if h.deleted || !h.active {
			c.checkLeaver(h)
			continue
		}
		name := h.name
		if c.setup.Options["names_shown"] == "lower" {
			name = strings.ToLower(name)
		}
		w, ok := all[name]
		if !ok {
			c.Errorf("%s has no Worker: %+v", h.name, c.person(h.key))
			continue
		}
		delete(all, name)
		a := attributes(c.T, w)
		role := map[bool]string{true: "supervisor", false: "agent"}[h.lead]
		if full := a["full_name"]; h.display != "" && full != h.display || fmt.Sprint(a["roles"]) != "["+role+"]" || flex.Owner(w.Attributes) != string(acme)+"/"+string(h.key.User) {
			c.Errorf("%s: got attributes %s, want name %q and role %s", h.name, w.Attributes, h.display, role)
		}
	}
	for name, w := range all {
		c.Errorf("%s should not exist: %s", name, w.Attributes)
	}
}

// checkLeaver checks that a removal is complete and that its leaver record is closed.
func (c *chaos) checkLeaver(h *human) {
	p := c.person(h.key)
	if p.State != store.Settled || p.Link != nil {
		c.Errorf("%s has left: got %s (%s), link %v", h.name, p.State, p.Reason, p.Link)
	}
	if l := p.Leaver; l != nil && l.Verified.IsZero() && l.Cancelled.IsZero() {
		c.Errorf("%s has left: the record is open: %+v", h.name, l)
	}
}
