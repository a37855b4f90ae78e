package web

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/flexscim/flexscim/internal/metrics"
)

// These are the paths of the process's own endpoints, which support GET and HEAD.
const (
	HealthPath  = "/healthz"
	ReadyPath   = "/readyz"
	MetricsPath = "/metrics"
)

// Endpoints returns the handlers of the process's own endpoints by their path. The
// package comment says which clients may use these endpoints without a door. A door
// may also serve them to clients that it has authenticated.
func Endpoints(h Health, m *metrics.Metrics) map[string]http.Handler {
	return map[string]http.Handler{
		HealthPath:  Logged(HealthPath, "health", http.HandlerFunc(alive)),
		ReadyPath:   Logged(ReadyPath, "health", ready(h)),
		MetricsPath: Logged(MetricsPath, "metrics", m.Handler()),
	}
}

// Health contains the checks of /readyz. Each function must return before its
// context ends.
type Health struct {
	Database func(context.Context) error // nil error: the database is available and has space for writes
	Queue    func(context.Context) error // nil error: the queue works
	Twilio   func() TwilioState          // nil: not shown
}

// TwilioState is the result of the last call to Twilio. The response of /readyz
// shows it, but the status of the response does not depend on it, because SCIM
// works without Twilio.
type TwilioState struct {
	At      time.Time // zero: no call yet
	Outcome string    // "ok", or the kind of the failure
}

// readyTime is the time limit for one response of /readyz.
const readyTime = 2 * time.Second

func alive(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

// readiness is the response of /readyz. Anybody can read it. Therefore it says
// which part fails, but never why.
type readiness struct {
	Status   string  `json:"status"`
	Database string  `json:"database"`
	Queue    string  `json:"queue"`
	Twilio   *twilio `json:"twilio,omitempty"`
}

type twilio struct {
	Last string     `json:"last"`
	At   *time.Time `json:"at,omitempty"`
}

// ready responds with 200 if SCIM requests can be served, else with 503.
func ready(h Health) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readyTime)
		defer cancel()
		out := readiness{Status: "ok", Database: check(ctx, h.Database), Queue: check(ctx, h.Queue)}
		status := http.StatusOK
		if out.Database != "ok" || out.Queue != "ok" {
			out.Status, status = "unavailable", http.StatusServiceUnavailable
		}
		if h.Twilio != nil {
			out.Twilio = &twilio{Last: "none"}
			if last := h.Twilio(); !last.At.IsZero() {
				out.Twilio = &twilio{Last: last.Outcome, At: &last.At}
			}
		}
		writeJSON(w, status, out)
	})
}

func check(ctx context.Context, ask func(context.Context) error) string {
	if ask == nil || ask(ctx) == nil {
		return "ok"
	}
	return "unavailable"
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // fails only if the client has disconnected
}
