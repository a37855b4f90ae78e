package reconcile_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/flexscim/flexscim/internal/store"
)

// TestOptions checks that the function life succeeds with each value of each
// simulator option, on both back ends.
func TestOptions(t *testing.T) {
	t.Parallel()
	for name, values := range map[string][]any{
		"delete_busy_worker":        {"refuse", "allow"},
		"delete_available_worker":   {"refuse", "allow"},
		"refusal_wording":           {"reason", "plain"},
		"fetch_attributes":          {"present", "null", "empty"},
		"offline_activity":          {"configured", "wrong", "available", "unset"},
		"next_page_url":             {"absolute", "port", "capitals", "relative", "http"},
		"available_lag":             {0, 5},
		"assigned_tasks":            {"unpaused", "all", "absent"},
		"duplicate_name":            {"400-20001", "409-20409"},
		"friendly_name_filter":      {"exact", "exact_case", "prefix"},
		"list_attributes":           {"present", "null"},
		"etag":                      {"quoted", "bare", "weak", "absent"},
		"if_match":                  {"enforced", "ignored"},
		"page_stability":            {"snapshot", "live"},
		"v4":                        {"on"},
		"provision_attributes":      {"merge", "replace"},
		"provision_roles":           {"merge", "replace"},
		"provision_existing_worker": {"adopt", "error"},
		"provision_deactivated":     {"reactivate"},
		"deprovision_busy":          {"allow", "refuse"},
		"retry_after_on_429":        {"absent", 1},
	} {
		for _, value := range values {
			for _, flexUsers := range []bool{false, true} {
				t.Run(subtest(name, value, flexUsers), func(t *testing.T) {
					t.Parallel()
					life(newRig(t, setup{Adopt: true, Drain: time.Minute, FlexUsers: flexUsers, Rules: supervisors, Options: map[string]any{name: value}}))
				})
			}
		}
	}
}

func subtest(name string, value any, flexUsers bool) string {
	text, ok := value.(string)
	if !ok {
		text = "a number"
	}
	if flexUsers {
		text += " (flex-users)"
	}
	return name + "=" + text
}

// life takes one person through adoption, a change, a rename, removal at the
// deadline, and re-creation.
func life(r *rig) {
	r.Helper()
	r.foreign("prefix-ann@x.org", `{"a":1}`)
	r.foreign("ann@x.organisation", `{"a":1}`)
	w := r.foreign("ann@x.org", `{"routing":{"skills":["x"]}}`)
	ann := r.join(`{'userName':'ann@x.org','displayName':'Ann','emails':[{'value':'ann@x.org'}]}`)
	r.run(ann, store.Settled)
	r.set(ann, `{'displayName':'Ann B.','title':'Lead','userName':'Ann.B@x.org'}`)
	r.run(ann, store.Settled)
	r.run(ann, store.Settled)
	got := r.worker("Ann.B@x.org")
	a := attributes(r.T, got)
	if got.SID != w.SID || a["full_name"] != "Ann B." || len(a["roles"].([]any)) != 1 || a["routing"] == nil {
		r.Errorf("after the changes: got %s %v", got.SID, a)
	}
	r.online(got)
	r.task(got, "accepted", false)
	r.set(ann, `{'active':false}`)
	r.run(ann, store.Waiting)
	r.clock.add(time.Minute)
	for i := 0; r.person(ann).State != store.Settled; i++ {
		if _, err := r.rec.Reconcile(r.Context(), ann, nil); err != nil || i > 5 {
			r.Fatalf("the removal does not end: %v, %+v", err, r.person(ann))
		}
		r.clock.add(15 * time.Second)
	}
	if n := len(r.workers()); n != 2 {
		r.Errorf("after the removal: got %d Workers, want the two that are not ours", n)
	}
	r.set(ann, `{'active':true}`)
	r.run(ann, store.Settled)
	if a := attributes(r.T, r.worker("Ann.B@x.org")); a["routing"] == nil {
		r.Errorf("after the return: got %v", a)
	}
	for _, name := range []string{"prefix-ann@x.org", "ann@x.organisation"} {
		if w := r.worker(name); w.Attributes != `{"a":1}` {
			r.Errorf("%s: got attributes %s", name, w.Attributes)
		}
	}
}

// TestTwoByCase makes two Workers whose names differ only by case. (According to
// Twilio this is impossible.) It checks that flexscim parks the person, so that an
// operator can decide.
func TestTwoByCase(t *testing.T) {
	t.Parallel()
	r := newRig(t, setup{Adopt: true, Transport: capitalCopy{}})
	r.foreign("ann@x.org", `{"a":1}`)
	ann := r.join(`{'userName':'ann@x.org'}`)
	if out := r.run(ann, store.Parked); !strings.Contains(out.Reason, "several") {
		t.Errorf("got the reason %q", out.Reason)
	}
	r.set(ann, `{'active':false}`)
	if out := r.run(ann, store.Waiting); !strings.Contains(out.Reason, "several") {
		t.Errorf("a leaver: got the reason %q", out.Reason)
	}
	if w := r.worker("ann@x.org"); w.Attributes != `{"a":1}` {
		t.Errorf("got attributes %s", w.Attributes)
	}
}

// capitalCopy is a transport that adds a copy of a Worker, with the name in
// capitals, to Twilio's list of Workers.
type capitalCopy struct{}

func (capitalCopy) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil || req.URL.Query().Get("FriendlyName") == "" {
		return resp, err
	}
	defer resp.Body.Close()
	var page map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&page); err != nil {
		return nil, err
	}
	for _, w := range page["workers"].([]any) {
		other := maps.Clone(w.(map[string]any))
		other["friendly_name"] = strings.ToUpper(other["friendly_name"].(string))
		other["sid"] = "WK" + strings.Repeat("f", 32)
		page["workers"] = append(page["workers"].([]any), other)
	}
	body, err := json.Marshal(page)
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	resp.ContentLength = int64(len(body))
	resp.Header.Del("Content-Length")
	return resp, nil
}
