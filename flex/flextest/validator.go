package flextest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/flexscim/flexscim/flex/flexsim"
)

// Server is a simulator in Strict mode that listens on a real port.
type Server struct {
	URL string
	Sim *flexsim.Simulator
}

// NewServer starts a simulator that keeps request bodies. When the test ends, it
// fails with an error for every request and response that violates Twilio's
// documents.
func NewServer(t *testing.T, cfg flexsim.Config) *Server {
	t.Helper()
	cfg.Strict = true
	cfg.Bodies = true
	sim, err := flexsim.New(cfg)
	if err != nil {
		t.Fatalf("start simulator: %v", err)
	}
	validator := NewValidator(t)
	server := httptest.NewServer(validator.Middleware(sim))
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
		for _, v := range append(sim.Violations(), validator.Violations()...) {
			t.Errorf("against Twilio's documents: %s", v)
		}
	})
	return &Server{server.URL, sim}
}

// Validator checks requests and responses against Twilio's documents. It is safe
// for concurrent use.
type Validator struct {
	routers []routers.Router // if empty, nothing is checked

	mu         sync.Mutex
	violations []string
}

// NewValidator reads the documents. Without the documents, the Validator checks
// nothing. In this case NewValidator logs that nothing is checked; if
// FLEXSCIM_REQUIRE contains "shared", it fails the test instead.
func NewValidator(t *testing.T) *Validator {
	t.Helper()
	all, err := documents()
	if err != nil && (strings.Contains(os.Getenv("FLEXSCIM_REQUIRE"), "shared") || !os.IsNotExist(err)) {
		t.Fatalf("read Twilio's OpenAPI documents: %v", err)
	}
	if err != nil {
		t.Logf("NOT CHECKED AGAINST TWILIO'S OPENAPI DOCUMENTS: %v", err)
	}
	return &Validator{routers: all}
}

// Violations returns the violations of the documents that the Validator has found
// so far.
func (v *Validator) Violations() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.violations)
}

// Middleware returns a handler that calls next and checks the request and the
// response. It does not check the simulator's control API.
func (v *Validator) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(v.routers) == 0 || strings.HasPrefix(r.URL.Path, "/_sim/") {
			next.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler) // the client disconnected during its request
		}
		seen := exchange{request: r, body: body}
		r.Body = io.NopCloser(bytes.NewReader(body))
		copied := &recorder{ResponseWriter: w}
		defer func() { // deferred, so that the check also runs if next panics to cut off the response
			seen.status, seen.header, seen.response = copied.status, w.Header(), copied.body.Bytes()
			v.add(r, v.check(seen))
		}()
		next.ServeHTTP(copied, r)
	})
}

func (v *Validator) add(r *http.Request, problems []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, p := range problems {
		v.violations = append(v.violations, fmt.Sprintf("%s %s: %s", r.Method, r.URL.Path, p))
	}
}

// exchange is a request together with its response.
type exchange struct {
	request  *http.Request
	body     []byte
	status   int // 0 if no response was sent
	header   http.Header
	response []byte
}

// check returns the violations of the documents in an exchange.
func (v *Validator) check(x exchange) []string {
	x.request = x.request.Clone(x.request.Context())
	if isUsersAPI(x.request.URL.Path) {
		return x.checkUsersAPI()
	}
	route, params, err := v.find(x.request)
	if err != nil {
		return []string{err.Error()}
	}
	problems := x.unknownParameters(route)
	problems = append(problems, x.limits()...)
	x.request.Body = io.NopCloser(bytes.NewReader(x.body))
	input := &openapi3filter.RequestValidationInput{
		Request: x.request, PathParams: params, Route: route,
		Options: &openapi3filter.Options{
			AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true, MultiError: true,
		},
	}
	if err := openapi3filter.ValidateRequest(x.request.Context(), input); err != nil {
		problems = append(problems, "request: "+err.Error())
	}
	return append(problems, x.checkResponse(input)...)
}

func (v *Validator) find(r *http.Request) (route *routers.Route, params map[string]string, err error) {
	for _, each := range v.routers {
		if route, params, err = each.FindRoute(r); err == nil {
			return route, params, nil
		}
	}
	return nil, nil, fmt.Errorf("find operation: %w", err)
}

func (x exchange) checkResponse(input *openapi3filter.RequestValidationInput) []string {
	switch {
	case x.status == 0:
		return nil
	case x.status >= http.StatusBadRequest:
		return x.checkError()
	}
	response := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: x.status, Header: x.header, Options: input.Options,
	}
	response.SetBodyBytes(x.response)
	if err := openapi3filter.ValidateResponse(x.request.Context(), response); err != nil {
		return []string{"response: " + err.Error()}
	}
	return x.incomplete(input.Route)
}

// recorder stores a copy of the response.
type recorder struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	r.body.Write(b)
	return r.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController use the wrapped ResponseWriter.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
