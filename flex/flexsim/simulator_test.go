package flexsim_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/flexscim/flexscim/flex/flexsim"
	"github.com/flexscim/flexscim/flex/flextest"
)

// account is a simulator that the test calls over HTTP.
type account struct {
	t   *testing.T
	sim *flexsim.Simulator
	url string
	ws  string // the path of the workspace
}

func newAccount(t *testing.T, cfg flexsim.Config) *account {
	t.Helper()
	if cfg.Strict { // flextest checks every request and response against Twilio's OpenAPI documents
		server := flextest.NewServer(t, cfg)
		return &account{t, server.Sim, server.URL, "/v1/Workspaces/" + string(server.Sim.WorkspaceSID())}
	}
	sim, err := flexsim.New(cfg)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return serve(t, sim)
}

func serve(t *testing.T, sim *flexsim.Simulator) *account {
	t.Helper()
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	return &account{t, sim, server.URL, "/v1/Workspaces/" + string(sim.WorkspaceSID())}
}

// reply is a response that was read to its end.
type reply struct {
	status int
	header http.Header
	body   map[string]any
	text   string
}

// call sends a request as twilio-go does. The parameter form is nil for a GET.
func (a *account) call(method, path string, form url.Values, header ...string) reply {
	a.t.Helper()
	target := path
	if strings.HasPrefix(path, "/") {
		target = a.url + path
	}
	r, err := http.NewRequestWithContext(a.t.Context(), method, target, strings.NewReader(form.Encode()))
	if err != nil {
		a.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth("AC1", "secret")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return a.send(r)
}

func (a *account) send(r *http.Request) reply {
	a.t.Helper()
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return reply{text: err.Error()}
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return reply{text: err.Error()}
	}
	got := reply{status: response.StatusCode, header: response.Header, text: string(raw)}
	_ = json.Unmarshal(raw, &got.body) // if the response is HTML, body stays nil
	return got
}

func (a *account) post(path, body string) reply {
	a.t.Helper()
	r, err := http.NewRequestWithContext(a.t.Context(), http.MethodPost, a.url+path, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.SetBasicAuth("AC1", "secret")
	return a.send(r)
}

// worker creates a Worker and returns its path.
func (a *account) worker(name, attributes string) (path string) {
	a.t.Helper()
	sid, err := a.sim.AddWorker(name, attributes)
	if err != nil {
		a.t.Fatalf("AddWorker(%s): %v", name, err)
	}
	return a.ws + "/Workers/" + string(sid)
}

func (a *account) set(option string, value any) {
	a.t.Helper()
	if err := a.sim.SetOptions(map[string]any{option: value}); err != nil {
		a.t.Fatal(err)
	}
}

func (r reply) want(t *testing.T, status int, code int) {
	t.Helper()
	got, _ := r.body["code"].(float64)
	if r.status != status || status >= 400 && int(got) != code {
		t.Fatalf("got %d %s, want %d with code %d", r.status, r.text, status, code)
	}
}

func TestWorkerLife(t *testing.T) {
	t.Parallel()
	a := newAccount(t, flexsim.Config{Strict: true})

	made := a.call("POST", a.ws+"/Workers", url.Values{"FriendlyName": {"Ann@example.com"}, "Attributes": {`{"b":1, "a":2}`}})
	made.want(t, 201, 0)
	path := a.ws + "/Workers/" + made.body["sid"].(string)
	if got := made.body["attributes"]; got != `{"b":1, "a":2}` {
		t.Errorf("attributes: got %v, want them byte for byte", got)
	}
	if got := made.body["activity_name"]; got != "Offline" {
		t.Errorf("activity: got %v, want Offline", got)
	}
	if got := made.header.Get("ETag"); got != `"0"` {
		t.Errorf("ETag: got %s, want a quoted version", got)
	}
	a.call("POST", a.ws+"/Workers", url.Values{"FriendlyName": {"ann@EXAMPLE.com"}}).want(t, 400, 20001)
	a.call("POST", path, url.Values{"Attributes": {`{}`}}, "If-Match", `"9"`).want(t, 412, 20412)
	a.call("POST", path, url.Values{"Attributes": {`{}`}}, "If-Match", `"0"`).want(t, 200, 0)
	a.call("DELETE", path, nil, "If-Match", `"0"`).want(t, 412, 20412)
	gone := a.call("DELETE", path, nil)
	if gone.want(t, 204, 0); gone.text != "" {
		t.Errorf("DELETE: got body %q, want none", gone.text)
	}
	a.call("DELETE", path, nil).want(t, 404, 20404)
	a.call("GET", path, nil).want(t, 404, 20404)
}

func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	a := newAccount(t, flexsim.Config{})
	ann := a.worker("ann", "{}")
	workers := a.ws + "/Workers"
	for name, test := range map[string]struct {
		method, path string
		form         url.Values
		status, code int
	}{
		"no name":                {"POST", workers, url.Values{"Attributes": {"{}"}}, 400, 20001},
		"name of 65 characters":  {"POST", workers, url.Values{"FriendlyName": {strings.Repeat("ü", 65)}}, 400, 20001},
		"attributes too long":    {"POST", ann, url.Values{"Attributes": {`{"a":"` + strings.Repeat("x", 4090) + `"}`}}, 400, 20001},
		"attributes an array":    {"POST", ann, url.Values{"Attributes": {"[]"}}, 400, 20001},
		"attributes null":        {"POST", ann, url.Values{"Attributes": {"null"}}, 400, 20001},
		"unknown activity":       {"POST", ann, url.Values{"ActivitySid": {"WA1"}}, 400, 20001},
		"unknown workspace":      {"GET", "/v1/Workspaces/WS1/Workers", nil, 404, 20404},
		"unknown path":           {"GET", "/v1/Nothing", nil, 404, 20404},
		"double slash":           {"GET", "//v1/Configuration", nil, 404, 20404},
		"page size 0":            {"GET", workers + "?PageSize=0", nil, 400, 20001},
		"page without token":     {"GET", workers + "?Page=2", nil, 400, 20001},
		"forged token":           {"GET", workers + "?PageToken=abc", nil, 400, 20001},
		"expression unreadable":  {"GET", workers + "?TargetWorkersExpression=a+%3D", nil, 400, 20001},
		"ordering":               {"GET", workers + "?Ordering=x", nil, 400, 20001},
		"capacity not a number":  {"POST", ann + "/Channels/voice", url.Values{"Capacity": {"x"}}, 400, 20001},
		"unknown channel":        {"POST", ann + "/Channels/fax", url.Values{"Capacity": {"1"}}, 404, 20404},
		"reservation status odd": {"GET", ann + "/Reservations?ReservationStatus=odd", nil, 400, 20001},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a.call(test.method, test.path, test.form).want(t, test.status, test.code)
		})
	}
}
