package flextest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// Validator checks requests and answers against Twilio's documents. It is safe
// for concurrent use.
type Validator struct {
	routers []routers.Router // none: nothing is checked

	mu         sync.Mutex
	violations []string
}

// NewValidator reads the documents. Without them it checks nothing and says so
// in the test's log; where FLEXSCIM_REQUIRE holds "shared" the test fails.
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

// Violations lists what was not allowed.
func (v *Validator) Violations() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.violations)
}

// Middleware checks what goes to next, and what next answers. The control door
// is let through.
func (v *Validator) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(v.routers) == 0 || strings.HasPrefix(r.URL.Path, "/_sim/") {
			next.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler) // the client left in the middle of its request
		}
		seen := exchange{request: r, body: body}
		r.Body = io.NopCloser(bytes.NewReader(body))
		copied := &copier{ResponseWriter: w}
		defer func() { // also where the answer is cut off
			seen.status, seen.header, seen.answer = copied.status, w.Header(), copied.body.Bytes()
			v.note(r, v.check(seen))
		}()
		next.ServeHTTP(copied, r)
	})
}

func (v *Validator) note(r *http.Request, problems []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, p := range problems {
		v.violations = append(v.violations, fmt.Sprintf("%s %s: %s", r.Method, r.URL.Path, p))
	}
}

// exchange is a request and its answer.
type exchange struct {
	request *http.Request
	body    []byte
	status  int // 0 where no answer was sent
	header  http.Header
	answer  []byte
}

// check lists what is wrong with an exchange.
func (v *Validator) check(x exchange) []string {
	x.request = x.request.Clone(x.request.Context())
	if handmade(x.request.URL.Path) {
		return x.checkByHand()
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
	return append(problems, x.checkAnswer(input)...)
}

func (v *Validator) find(r *http.Request) (route *routers.Route, params map[string]string, err error) {
	for _, each := range v.routers {
		if route, params, err = each.FindRoute(r); err == nil {
			return route, params, nil
		}
	}
	return nil, nil, fmt.Errorf("find operation: %w", err)
}

func (x exchange) checkAnswer(input *openapi3filter.RequestValidationInput) []string {
	switch {
	case x.status == 0:
		return nil
	case x.status >= http.StatusBadRequest:
		return x.checkError()
	}
	answer := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: x.status, Header: x.header, Options: input.Options,
	}
	answer.SetBodyBytes(x.answer)
	if err := openapi3filter.ValidateResponse(x.request.Context(), answer); err != nil {
		return []string{"answer: " + err.Error()}
	}
	return nil
}

// copier keeps a copy of the answer.
type copier struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (c *copier) WriteHeader(status int) {
	c.status = status
	c.ResponseWriter.WriteHeader(status)
}

func (c *copier) Write(b []byte) (int, error) {
	c.body.Write(b)
	return c.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (c *copier) Unwrap() http.ResponseWriter { return c.ResponseWriter }
