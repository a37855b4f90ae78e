package flexhttp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/flex/flexhttp"
	"github.com/flexscim/flexscim/internal/secret"
)

func sid(prefix string, n int) string { return fmt.Sprintf("%s%032x", prefix, n) }

var ws = flex.Workspace{ // never changes
	SID: flex.WorkspaceSID(sid("WS", 1)), Instance: flex.InstanceSID(sid("GO", 1)), Offline: flex.ActivitySID(sid("WA", 1)),
}

func workerSID(n int) flex.WorkerSID { return flex.WorkerSID(sid("WK", n)) }

// workerJSON returns an offline Worker in Twilio's JSON, with dates in a format that
// twilio-go does not accept.
func workerJSON(n int, name, attributes string) string {
	js, err := json.Marshal(map[string]any{
		"sid": sid("WK", n), "friendly_name": name, "attributes": attributes,
		"activity_sid": ws.Offline, "activity_name": "Offline", "available": false,
		"date_created": "Tue, 24 Nov 2026 19:00:00 +0000", "links": map[string]string{"channels": "x"},
	})
	if err != nil {
		panic(err)
	}
	return string(js)
}

const workers = "/v1/Workspaces/WS00000000000000000000000000000001/Workers"

// seen is a decoded request that the server has received.
type seen struct {
	Method, Path string
	Query, Form  url.Values
	Body         string
	Header       http.Header
}

func (s seen) String() string { return s.Method + " " + s.Path }

// script is an HTTP server with a handler for each method and path, such as "GET
// /v1/Configuration". Any other request fails the test.
type script struct {
	t       *testing.T
	answers map[string]http.HandlerFunc
	mu      sync.Mutex
	got     []seen
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	one := seen{Method: r.Method, Path: r.URL.Path, Query: r.URL.Query(), Body: string(body), Header: r.Header}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		one.Form, _ = url.ParseQuery(one.Body)
	}
	s.mu.Lock()
	s.got = append(s.got, one)
	s.mu.Unlock()
	response, ok := s.answers[one.String()]
	if !ok {
		s.t.Errorf("got %s, want no such request", one)
		w.WriteHeader(http.StatusTeapot)
		return
	}
	response(w, r)
}

func (s *script) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, one := range s.got {
		out = append(out, one.String())
	}
	return out
}

func (s *script) last() seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got[len(s.got)-1]
}

// reply returns a handler that responds with a status, headers (such as "ETag: 7")
// and a body.
func reply(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for _, h := range headers {
			key, value, _ := strings.Cut(h, ": ")
			w.Header().Set(key, value)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// refuse returns a handler that responds with an error body in Twilio's format.
func refuse(status, code int, message string, headers ...string) http.HandlerFunc {
	return reply(status, fmt.Sprintf(`{"code":%d,"message":%q,"more_info":"x","status":%d}`, code, message, status), headers...)
}

// inTurn returns a handler that passes the first request to the first of the given
// handlers, the second request to the second handler, and so on. The last handler
// serves all further requests.
func inTurn(answers ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		next := answers[0]
		if len(answers) > 1 {
			answers = answers[1:]
		}
		mu.Unlock()
		next(w, r)
	}
}

// reset closes the connection without a response.
func reset(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}

func config(base string) flexhttp.Config {
	return flexhttp.Config{
		AccountSID: flex.AccountSID(sid("AC", 1)), AuthToken: secret.New("token"), BaseURL: base,
	}
}

func newClient(t *testing.T, cfg flexhttp.Config) *flexhttp.Client {
	t.Helper()
	c, err := flexhttp.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// play starts a server with these answers, and returns the server and a client that
// calls it.
func play(t *testing.T, answers map[string]http.HandlerFunc) (*script, *flexhttp.Client) {
	t.Helper()
	s := &script{t: t, answers: answers}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, newClient(t, config(server.URL))
}

// serverAddr starts a server and returns its address.
func serverAddr(t *testing.T, h http.Handler) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// backend has the methods that the reconciler calls; both back ends implement it.
type backend interface {
	Get(ctx context.Context, sid flex.WorkerSID) (flex.Worker, error)
	Find(ctx context.Context, name string) ([]flex.Worker, error)
	Create(ctx context.Context, d flex.Draft) (flex.Worker, error)
	Update(ctx context.Context, have flex.Worker, ch flex.Change) (flex.Worker, error)
	StopRouting(ctx context.Context, have flex.Worker) (flex.Worker, error)
	Channels(ctx context.Context, sid flex.WorkerSID) ([]flex.Channel, error)
	SetChannel(ctx context.Context, sid flex.WorkerSID, want flex.Channel) error
	LiveReservations(ctx context.Context, sid flex.WorkerSID) ([]flex.Reservation, error)
	EndReservation(ctx context.Context, sid flex.WorkerSID, r flex.Reservation) error
	Delete(ctx context.Context, have flex.Worker) error
	Workers(ctx context.Context) iter.Seq2[flex.Worker, error]
}

var (
	_ backend = (*flexhttp.TaskRouter)(nil)
	_ backend = (*flexhttp.FlexUsers)(nil)
)
