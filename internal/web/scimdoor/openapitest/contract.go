package openapitest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/flexscim/flexscim/internal/web/scimdoor/openapi"
)

// Contract checks exchanges against the OpenAPI document. An exchange is a request
// with its response. A Contract is safe for concurrent use.
type Contract struct {
	// Dialects turns off the check of requests, for clients whose bodies deviate
	// from the RFC.
	Dialects bool

	document *openapi3.T
	router   routers.Router

	mu       sync.Mutex
	problems []string
	seen     map[string]bool // :: "get /path 200", "get /path ?name"
}

// loaded returns the document. It parses the document only once.
var loaded = sync.OnceValues(func() (*openapi3.T, error) {
	document, err := openapi3.NewLoader().LoadFromData(openapi.Document())
	if err != nil {
		return nil, fmt.Errorf("read the document: %w", err)
	}
	openapi3filter.RegisterBodyDecoder("application/scim+json", openapi3filter.JSONBodyDecoder)
	document.Servers = nil // tests use other addresses
	return document, nil
})

// NewContract returns a Contract for the document. It returns an error if the
// document is not valid OpenAPI.
func NewContract() (*Contract, error) {
	document, err := loaded()
	if err != nil {
		return nil, err
	}
	router, err := gorillamux.NewRouter(document)
	if err != nil {
		return nil, fmt.Errorf("read the document's paths: %w", err)
	}
	return &Contract{document: document, router: router, seen: map[string]bool{}}, nil
}

// Document returns the document.
func (c *Contract) Document() *openapi3.T { return c.document }

// Problems lists the exchanges that the document does not allow.
func (c *Contract) Problems() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.problems)
}

// Unseen lists the statuses and parameters that are in the document but were in no
// exchange.
func (c *Contract) Unseen() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []string
	for path, item := range c.document.Paths.Map() {
		for method, op := range item.Operations() {
			for status := range op.Responses.Map() {
				all = append(all, strings.ToLower(method)+" "+path+" "+status)
			}
			for _, p := range op.Parameters {
				all = append(all, strings.ToLower(method)+" "+path+" ?"+p.Value.Name)
			}
		}
	}
	all = slices.DeleteFunc(all, func(what string) bool { return c.seen[what] })
	slices.Sort(all)
	return all
}

// Handler returns a handler that calls next and checks each exchange. The argument
// prefix is the path at which next is mounted.
func (c *Contract) Handler(prefix string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), failing{err}))
		asked := r.Clone(r.Context())
		asked.URL.Path, asked.URL.RawPath = prefix+r.URL.Path, ""
		answered := httptest.NewRecorder()
		next.ServeHTTP(answered, r)
		for _, problem := range c.check(asked, body, answered) {
			c.mu.Lock()
			c.problems = append(c.problems, fmt.Sprintf("%s %s %.500s: %d %.500s: %s", r.Method, r.URL, body, answered.Code, answered.Body, problem))
			c.mu.Unlock()
		}
		for name, values := range answered.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answered.Code)
		_, _ = w.Write(answered.Body.Bytes())
	})
}

// tidy removes double slashes and a slash at the end, which the server accepts.
func tidy(path string) string {
	return strings.TrimSuffix(strings.ReplaceAll(path, "//", "/"), "/")
}

// failing is a reader without data. Its method Read returns the error that ended
// the reading of the client's body.
type failing struct{ err error }

// Read returns the error, or io.EOF if there is none.
func (f failing) Read([]byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return 0, io.EOF
}

// check lists the problems of an exchange.
func (c *Contract) check(r *http.Request, body []byte, a *httptest.ResponseRecorder) []string {
	head := r.Method == http.MethodHead
	if head {
		r.Method = http.MethodGet
	}
	route, parameters, err := c.find(r, a.Code)
	if err != nil {
		return []string{err.Error()}
	}
	if route == nil {
		return nil
	}
	c.saw(r, route, a.Code)
	r.Body = io.NopCloser(bytes.NewReader(body))
	options := &openapi3filter.Options{
		AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true, MultiError: true,
		ExcludeRequestBody: r.Header.Get("Content-Encoding") != "", ExcludeResponseBody: head || a.Header().Get("Content-Encoding") != "",
	}
	input := &openapi3filter.RequestValidationInput{Request: r, PathParams: parameters, Route: route, Options: options}
	var problems []string
	if a.Code < http.StatusBadRequest && !c.Dialects {
		if err := openapi3filter.ValidateRequest(r.Context(), input); err != nil {
			problems = append(problems, "request: "+err.Error())
		}
	}
	answer := &openapi3filter.ResponseValidationInput{RequestValidationInput: input, Status: a.Code, Header: a.Header(), Options: options}
	answer.SetBodyBytes(a.Body.Bytes())
	if err := openapi3filter.ValidateResponse(r.Context(), answer); err != nil {
		problems = append(problems, "answer: "+err.Error())
	}
	return problems
}

// find returns the operation of a request. If the document does not contain the
// operation, but the response has a status for this case, such as 404, it returns
// nil. For any other status, it searches again without superfluous slashes, and
// returns an error if it finds no operation.
func (c *Contract) find(r *http.Request, status int) (route *routers.Route, parameters map[string]string, err error) {
	route, parameters, err = c.router.FindRoute(r)
	switch {
	case err == nil:
		return route, parameters, nil
	case status == http.StatusNotFound, status == http.StatusMethodNotAllowed, status == http.StatusUnauthorized, r.Method == http.MethodOptions:
		return nil, nil, nil
	}
	r.URL.Path = tidy(r.URL.Path)
	return c.router.FindRoute(r)
}

// saw records the status and the parameters of an exchange.
func (c *Contract) saw(r *http.Request, route *routers.Route, status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := strings.ToLower(r.Method) + " " + route.Path + " "
	c.seen[at+fmt.Sprint(status)] = true
	for _, p := range route.Operation.Parameters {
		name := p.Value.Name
		if p.Value.In == "path" || r.URL.Query().Has(name) || r.Header.Get(name) != "" {
			c.seen[at+"?"+name] = true
		}
	}
}
