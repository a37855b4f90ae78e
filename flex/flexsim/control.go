package flexsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/flexscim/flexscim/flex/flexsim/internal/account"
)

// controlPrefix is the prefix of the control API. Twilio's paths never begin with it.
const controlPrefix = "/_sim/"

// controls returns the handler of the control API. Every body is JSON.
func (s *Simulator) controls() *http.ServeMux {
	mux := http.NewServeMux()
	for pattern, run := range map[string]func(*http.Request) (any, error){
		"POST /_sim/login":      withBody(func(_ *http.Request, claims map[string]any) (any, error) { return s.Login(claims) }),
		"POST /_sim/tasks":      withBody(func(_ *http.Request, work LiveWork) (any, error) { return s.AddTask(work) }),
		"POST /_sim/tasks/{wt}": withBody(s.controlTask),
		"GET /_sim/faults":      s.controlFaults,
		"POST /_sim/faults":     withBody(s.controlFault),
		"DELETE /_sim/faults":   func(r *http.Request) (any, error) { s.ClearFaults(); return s.controlFaults(r) },
		"GET /_sim/options":     func(*http.Request) (any, error) { return s.opt.Load(), nil },
		"POST /_sim/options":    withBody(s.controlOptions),
		"GET /_sim/requests":    s.controlRequests,
		"DELETE /_sim/requests": func(r *http.Request) (any, error) { s.ClearRequests(); return s.controlRequests(r) },
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			r.Body = http.MaxBytesReader(w, r.Body, maxBody)
			answerControl(w, run, r)
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, http.StatusNotFound, map[string]string{"error": "no control call " + r.Method + " " + r.URL.Path +
			": there are login, tasks, tasks/{WT}, faults, options, requests under " + controlPrefix})
	})
	return mux
}

func answerControl(w http.ResponseWriter, run func(*http.Request) (any, error), r *http.Request) {
	body, err := run(r)
	if err == nil {
		writeJSON(w, http.StatusOK, body)
		return
	}
	if e, ok := errors.AsType[*account.Error](err); ok {
		writeJSON(w, e.Status, map[string]any{"error": e.Message, "status": e.Status, "code": e.Code})
		return
	}
	writeJSON(w, http.StatusBadRequest, map[string]any{"error": err.Error(), "status": http.StatusBadRequest})
}

// withBody returns a function that decodes the JSON body of a control call and
// passes it to the function do. It refuses unknown members.
func withBody[T any](do func(*http.Request, T) (any, error)) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) {
		var body T
		if err := decode(r.Body, true, &body); err != nil {
			return nil, fmt.Errorf("read body: %w", err)
		}
		return do(r, body)
	}
}

// decode decodes one JSON value. If strict is true, it refuses unknown members.
func decode(body io.Reader, strict bool, into any) error {
	d := json.NewDecoder(body)
	d.UseNumber()
	if strict {
		d.DisallowUnknownFields()
	}
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("more than one JSON value")
	}
	return nil
}

type taskStatus struct {
	Status string `json:"status"`
}

func (s *Simulator) controlTask(r *http.Request, body taskStatus) (any, error) {
	if body.Status != string(account.TaskCompleted) {
		return nil, fmt.Errorf("status %q is not completed, the only value that can be set", body.Status)
	}
	sid := r.PathValue("wt")
	return map[string]string{"task_sid": sid, "status": body.Status}, s.account.FinishTask(sid)
}

func (s *Simulator) controlFault(r *http.Request, f Fault) (any, error) {
	if err := s.AddFault(f); err != nil {
		return nil, err
	}
	return s.controlFaults(r)
}

func (s *Simulator) controlFaults(*http.Request) (any, error) {
	return map[string]any{"faults": s.faults.all()}, nil
}

func (s *Simulator) controlOptions(_ *http.Request, values map[string]any) (any, error) {
	if err := s.SetOptions(values); err != nil {
		return nil, err
	}
	return s.opt.Load(), nil
}

func (s *Simulator) controlRequests(r *http.Request) (any, error) {
	entries, lost := s.requests.all()
	if r.URL.Query().Get("full") == "" {
		for i := range entries {
			entries[i] = Request{Method: entries[i].Method, Path: entries[i].Path, Status: entries[i].Status, Time: entries[i].Time}
		}
	}
	return map[string]any{"requests": entries, "lost": lost}, nil
}
