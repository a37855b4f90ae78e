package flexsim

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/flex/flexsim/internal/account"
)

// call is one request with its parameters.
type call struct {
	r      *http.Request
	values url.Values // the query of a GET, the form of a POST
	base   string     // scheme and host ("http://host") of the URLs in the response
}

// response is the result of an operation.
type response struct {
	status int
	body   any    // nil means none
	etag   string // "" means none
}

// respond returns err, or a response with the result of an operation. The function
// show converts the result to the body.
func respond[T, U any](c *call, result T, err error, show func(*call, T) U) (response, error) {
	if err != nil {
		return response{}, err
	}
	return response{status: http.StatusOK, body: show(c, result)}, nil
}

// operation is one call of Twilio's APIs that the simulator can serve.
type operation struct {
	pattern  string // of http.ServeMux
	params   string // names of the form or query parameters, separated by spaces
	handle   func(*call) (response, error)
	noEffect func(*call) (response, error) // runs instead of handle under the fault NoEffect: it returns success and changes nothing; nil: handle runs
}

// handler returns an HTTP handler that checks a request and executes the operation
// op.
func (s *Simulator) handler(op operation) http.HandlerFunc {
	params := strings.Fields(op.params)
	return func(w http.ResponseWriter, r *http.Request) {
		c, err := s.open(r, params)
		if err != nil {
			s.refuse(w, err)
			return
		}
		if strings.HasPrefix(r.URL.Path, "/v1/Workspaces/") {
			s.rateHeaders(w)
		}
		handle := op.handle
		if op.noEffect != nil && r.Context().Value(noEffectKey{}) != nil {
			handle = op.noEffect
		}
		a, err := handle(c)
		if err != nil {
			s.refuse(w, err)
			return
		}
		if a.etag != "" {
			w.Header().Set("ETag", a.etag)
		}
		if a.body == nil {
			w.WriteHeader(a.status)
			return
		}
		writeJSON(w, a.status, a.body)
	}
}

// open parses the parameters of a request. In Strict mode, it refuses parameters
// whose names are not in params.
func (s *Simulator) open(r *http.Request, params []string) (*call, error) {
	if err := s.checkOwner(r); err != nil {
		return nil, err
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, account.Invalid("the query cannot be read")
	}
	c := &call{r: r, values: query, base: "http://" + r.Host}
	if r.TLS != nil {
		c.base = "https://" + r.Host
	}
	if r.Method == http.MethodPost && !strings.HasPrefix(r.URL.Path, "/v4/") {
		if err := r.ParseForm(); err != nil {
			return nil, account.Invalid("the form cannot be read")
		}
		c.values = r.PostForm
		if len(query) > 0 {
			return nil, s.unknownParameter(r, "query of a POST")
		}
	}
	for name := range c.values {
		if !slices.Contains(params, name) && s.cfg.Strict {
			return nil, s.unknownParameter(r, name)
		}
	}
	return c, nil
}

// checkOwner refuses requests for the Workspace or Flex instance of another account.
func (s *Simulator) checkOwner(r *http.Request) error {
	for name, ours := range map[string]string{"ws": s.account.WorkspaceSID, "go": s.account.InstanceSID} {
		if sid := r.PathValue(name); sid != "" && sid != ours {
			return account.NotFound(sid)
		}
	}
	return nil
}

func (s *Simulator) unknownParameter(r *http.Request, name string) error {
	if !s.cfg.Strict {
		return nil
	}
	s.violate("unknown parameter: " + r.Method + " " + r.URL.Path + ": " + name)
	return account.Invalid("%s is not a parameter of %s %s", name, r.Method, r.URL.Path)
}

// rateHeaders sets the rate limit headers, which every response of TaskRouter has.
// Twilio does not document the format of these headers.
func (s *Simulator) rateHeaders(w http.ResponseWriter) {
	limit := s.opt.Load().Concurrency
	h := w.Header()
	h.Set("X-Rate-Limit-Limit", strconv.Itoa(limit))
	h.Set("X-Rate-Limit-Remaining", strconv.Itoa(max(0, limit-int(s.running.Load()))))
	h.Set("X-Rate-Limit-Config", "Account")
}

func (c *call) path(name string) string { return c.r.PathValue(name) }

func (c *call) ifMatch() string { return c.r.Header.Get("If-Match") }

// text returns the value of a parameter, or nil if the request does not have the
// parameter.
func (c *call) text(name string) *string {
	if !c.values.Has(name) {
		return nil
	}
	v := c.values.Get(name)
	return &v
}

func (c *call) integer(name string) (*int, error) {
	return parsed(c, name, strconv.Atoi, "%s is not a whole number")
}

func (c *call) boolean(name string) (*bool, error) {
	return parsed(c, name, strconv.ParseBool, "%s is neither true nor false")
}

func parsed[T any](c *call, name string, parse func(string) (T, error), refusal string) (*T, error) {
	if !c.values.Has(name) {
		return nil, nil
	}
	v, err := parse(c.values.Get(name))
	if err != nil {
		return nil, account.Invalid(refusal, name)
	}
	return &v, nil
}

// page parses the parameters PageSize and PageToken.
func (s *Simulator) page(c *call) (account.PageRequest, error) {
	const defaultSize = 50
	size, err := c.integer("PageSize")
	if err != nil {
		return account.PageRequest{}, err
	}
	req := account.PageRequest{Size: defaultSize, Token: c.values.Get("PageToken")}
	if c.values.Has("Page") && req.Token == "" {
		return account.PageRequest{}, account.Invalid("Page needs a PageToken: follow next_page_url")
	}
	if size == nil {
		return req, nil
	}
	req.Size = *size
	if req.Size > flex.MaxPageSize && s.opt.Load().PageSizeOverMax == "clamp" {
		req.Size = flex.MaxPageSize
	}
	if req.Size < 1 || req.Size > flex.MaxPageSize {
		return account.PageRequest{}, account.Invalid("PageSize %d is not between 1 and %d", *size, flex.MaxPageSize)
	}
	return req, nil
}

// date is a time in Twilio's JSON. The zero time becomes null.
type date time.Time

// MarshalJSON writes RFC 3339 in whole seconds.
func (d date) MarshalJSON() ([]byte, error) {
	if time.Time(d).IsZero() {
		return []byte("null"), nil
	}
	return []byte(time.Time(d).UTC().Format(`"2006-01-02T15:04:05Z"`)), nil
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	b, err := json.Marshal(body)
	if err != nil {
		panic("flexsim: a response that is no JSON: " + err.Error())
	}
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b) // this fails only if the client has disconnected
}

// nullable returns a pointer to s, or nil if s is "".
func nullable(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
