package web

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// TwilioState is how the last call to Twilio ended. It is shown, and changes
// nothing: SCIM is ready while Twilio is not.
type TwilioState struct {
	At      time.Time // zero: no call yet
	Outcome string    // "ok", or the kind of the failure
}

// readyTime bounds one answer of /readyz.
const readyTime = 2 * time.Second

// alive says that the process answers.
func alive(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

// readiness is the answer of /readyz. Its words are fixed: it is open to
// strangers, so it says what is wrong and never why.
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

// ready says whether SCIM requests can be served.
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
	_ = json.NewEncoder(w).Encode(body) // a client that is gone needs no answer
}
