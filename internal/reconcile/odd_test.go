package reconcile_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/flexscim/flexscim/internal/store"
)

// oddity is a form of Twilio's answers that Twilio's documents allow or do not mention.
type oddity struct {
	name      string
	options   map[string]any // of the simulator
	transport http.RoundTripper
}

// oddities returns the forms that flexscim must handle: every person must settle
// with each of them. The first form is the usual one.
func oddities() []oddity {
	all := []oddity{
		{name: "usual"},
		{name: "booleans and numbers as texts", transport: asTexts{}},
		{name: "attributes as an object", transport: asObjects{}},
		{name: "available lags", options: map[string]any{"available_lag": 5}},
		{name: "refusals without a reason", options: map[string]any{"refusal_wording": "plain"}},
	}
	for option, values := range map[string][]string{
		"next_page_url":    {"port", "capitals", "relative", "http"},
		"fetch_attributes": {"null", "empty"},
		"offline_activity": {"wrong", "available", "unset"},
		"assigned_tasks":   {"all", "absent"},
	} {
		for _, value := range values {
			all = append(all, oddity{option + "=" + value, map[string]any{option: value}, smallPages{}})
		}
	}
	return all
}

// oddity.with adds the simulator's options for the oddity to the argument options,
// and returns that map.
func (o oddity) with(options map[string]any) map[string]any {
	for name, value := range o.options {
		options[name] = value
	}
	return options
}

// TestOddities takes a person through each path of TestFailures for each oddity, and
// sweeps. It checks that the person settles, and that the sweep finds no difference.
func TestOddities(t *testing.T) {
	t.Parallel()
	for _, o := range oddities() {
		for _, flexUsers := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, flexUsers=%t", o.name, flexUsers), func(t *testing.T) {
				t.Parallel()
				s := &striker{next: o.transport}
				s.rig = newRig(t, setup{
					Adopt: true, Rules: supervisors, FlexUsers: flexUsers, Transport: s,
					Options: o.with(map[string]any{"interactions_per_second": 0}),
				})
				for i, p := range paths() {
					key := p.begin(s.rig, fmt.Sprintf("p%d@x.org", i))
					s.rig.run(key, store.Settled)
					s.check(p, key, p.name)
				}
				s.once()
				if sum, err := s.rig.rec.Sweep(t.Context(), nil); err != nil || sum.Different+sum.Missing+sum.Orphans > 0 || sum.Ours == 0 {
					t.Errorf("sweep: got %+v, %v, want no difference", sum, err)
				}
			})
		}
	}
}

// TestHiddenAttributes checks what happens if neither a fetch nor a list shows a
// Worker's attributes: nothing is overwritten, nobody gets a second Worker, the reason
// says what to do, and a leaver with a linked Worker is removed.
func TestHiddenAttributes(t *testing.T) {
	t.Parallel()
	r := newRig(t, setup{Adopt: true})
	ann, bob := r.join(person("ann@x.org")), r.join(person("bob@x.org"))
	r.run(ann, store.Settled)
	r.run(bob, store.Settled)
	r.foreign("carl@x.org", `{"theirs":1}`)
	before := r.workers()
	options := func(fetch, list string) {
		r.sim("POST", "/_sim/options", map[string]any{"fetch_attributes": fetch, "list_attributes": list})
	}
	options("null", "null")
	carl := r.join(person("carl@x.org"))
	r.set(ann, `{'displayName':'Anna'}`)
	for _, key := range []store.PersonKey{ann, carl} {
		if out := r.run(key, store.Parked); !strings.Contains(out.Reason, "does not show the Worker's attributes") {
			t.Errorf("got the reason %q", out.Reason)
		}
	}
	if p := r.person(ann); p.Link == nil {
		t.Error("the link was lost")
	}
	r.set(bob, `{'active':false}`)
	r.run(bob, store.Settled)
	options("present", "present")
	after := r.workers()
	if _, there := after["bob@x.org"]; there || len(after) != 2 {
		t.Errorf("got %v, want only ann's and carl's Workers", after)
	}
	for _, name := range []string{"ann@x.org", "carl@x.org"} {
		if after[name].Attributes != before[name].Attributes {
			t.Errorf("%s: got %s, want %s", name, after[name].Attributes, before[name].Attributes)
		}
	}
	r.touch(ann)
	r.touch(carl)
	r.run(ann, store.Settled)
	r.run(carl, store.Settled)
}

// TestRolesAsText checks that a run writes a list if the Worker's roles are not a
// list, such as a text.
func TestRolesAsText(t *testing.T) {
	t.Parallel()
	r := newRig(t, setup{Rules: supervisors})
	ann := r.join(person("ann@x.org"))
	r.run(ann, store.Settled)
	w := r.worker("ann@x.org")
	for _, text := range []string{`"agent"`, `"agent, admin"`, `""`, `null`, `{"agent":true}`} {
		changed := strings.Replace(w.Attributes, `["agent"]`, text, 1)
		r.edit(w, map[string][]string{"Attributes": {changed}})
		if sum, err := r.rec.Sweep(t.Context(), nil); err != nil || sum.Different != 1 {
			t.Errorf("roles %s: got %+v, %v, want one difference", text, sum, err)
		}
		r.run(ann, store.Settled)
		if got := fmt.Sprint(attributes(t, r.worker("ann@x.org"))["roles"]); got != "[agent]" {
			t.Errorf("roles %s: got %s, want [agent]", text, got)
		}
	}
}

// TestRolesThatStayText checks that a person does not settle if Flex turns the list of
// roles into a text, that the reason names the attribute, that the person gets no second
// Worker, and that the Worker is removed when the person leaves.
func TestRolesThatStayText(t *testing.T) {
	t.Parallel()
	r := newRig(t, setup{Transport: rolesAsText{}})
	ann := r.join(person("ann@x.org"))
	for range 3 {
		if out, err := r.rec.Reconcile(t.Context(), ann, nil); err == nil || !strings.HasSuffix(out.Reason, "does not show the new Attributes: roles") {
			t.Errorf("got %+v, %v, want a failure whose reason names the attribute", out, err)
		}
		r.clock.add(time.Minute)
	}
	if all := r.workers(); len(all) != 1 {
		t.Errorf("got %v, want one Worker", all)
	}
	r.set(ann, `{'active':false}`)
	r.run(ann, store.Settled)
	if all := r.workers(); len(all) != 0 {
		t.Errorf("got %v, want no Worker", all)
	}
}

// TestThirdOfCallsFails lets three in ten calls fail with 503. It checks that a leaver
// in a conversation is removed within two runs after the deadline.
func TestThirdOfCallsFails(t *testing.T) {
	t.Parallel()
	for _, flexUsers := range []bool{false, true} {
		t.Run(fmt.Sprintf("flexUsers=%t", flexUsers), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, setup{FlexUsers: flexUsers, Retries: 4})
			var leavers []store.PersonKey
			for i := range 4 {
				key := r.join(person(fmt.Sprintf("p%d@x.org", i)))
				r.run(key, store.Settled)
				r.task(r.worker(fmt.Sprintf("p%d@x.org", i)), "accepted", true)
				r.set(key, `{'active':false}`)
				leavers = append(leavers, key)
			}
			r.sim("POST", "/_sim/faults", map[string]any{"path": "/v1/", "kind": "503", "rate": 0.3})
			for _, key := range leavers {
				for range 2 {
					if out, _ := r.rec.Reconcile(t.Context(), key, nil); out.State == store.Settled {
						break
					}
					r.clock.add(30 * time.Second)
				}
				if p := r.person(key); p.State != store.Settled || p.Leaver.Verified.IsZero() {
					t.Errorf("got %s (%s), want the leaver removed", p.State, p.Reason)
				}
			}
			r.sim("DELETE", "/_sim/faults", nil)
			if all := r.workers(); len(all) != 0 {
				t.Errorf("got %v, want no Worker", all)
			}
		})
	}
}

// rewrite sends a request. It calls the function change with the JSON of the
// response, and replaces this JSON by the result.
func rewrite(req *http.Request, change func(any) any) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil || !strings.Contains(resp.Header.Get("Content-Type"), "json") {
		return resp, err
	}
	defer resp.Body.Close()
	var body any
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
		return nil, err
	}
	text, err := json.Marshal(change(body))
	if err != nil {
		return nil, err
	}
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
	resp.Header.Del("Content-Length")
	return resp, nil
}

// changeMembers calls the function change with each key and value of each object in
// a JSON value, and replaces the value by the result. It returns the changed JSON
// value.
func changeMembers(v any, change func(key string, v any) any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, member := range v {
			v[key] = changeMembers(change(key, member), change)
		}
	case []any:
		for i, element := range v {
			v[i] = changeMembers(element, change)
		}
	}
	return v
}

// asTexts is a transport that turns booleans and numbers in responses into texts.
type asTexts struct{}

func (asTexts) RoundTrip(req *http.Request) (*http.Response, error) {
	return rewrite(req, func(body any) any {
		return changeMembers(body, func(_ string, v any) any {
			switch v := v.(type) {
			case bool, float64:
				return fmt.Sprint(v)
			default:
				return v
			}
		})
	})
}

// asObjects is a transport that turns the attributes in responses into objects.
type asObjects struct{}

func (asObjects) RoundTrip(req *http.Request) (*http.Response, error) {
	return rewrite(req, func(body any) any {
		return changeMembers(body, func(key string, v any) any {
			var object map[string]any
			if text, ok := v.(string); ok && key == "attributes" && json.Unmarshal([]byte(text), &object) == nil {
				return object
			}
			return v
		})
	})
}

// rolesAsText is a transport that turns a list of one role in responses into a text.
type rolesAsText struct{}

func (rolesAsText) RoundTrip(req *http.Request) (*http.Response, error) {
	return rewrite(req, func(body any) any {
		return changeMembers(body, func(key string, v any) any {
			if text, ok := v.(string); ok && key == "attributes" {
				return strings.Replace(text, `"roles":["agent"]`, `"roles":"agent"`, 1)
			}
			return v
		})
	})
}

// smallPages is a transport that requests pages of two entries.
type smallPages struct{}

func (smallPages) RoundTrip(req *http.Request) (*http.Response, error) {
	q := req.URL.Query()
	if q.Get("PageSize") != "" {
		req = req.Clone(req.Context())
		q.Set("PageSize", "2")
		req.URL.RawQuery = q.Encode()
	}
	return http.DefaultTransport.RoundTrip(req)
}
