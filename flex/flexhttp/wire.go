package flexhttp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/twilio/twilio-go/client"
	flexv1 "github.com/twilio/twilio-go/rest/flex/v1"
	taskrouterv1 "github.com/twilio/twilio-go/rest/taskrouter/v1"

	"github.com/flexscim/flexscim/flex"
)

// maxAnswer bounds an answer, in bytes: a page of MaxPageSize Workers whose
// attributes are full and escaped stays below it.
const maxAnswer = 32 << 20

// intent is what a call is about; it decides what a refusal means.
type intent int

const (
	reads   intent = iota // changes nothing
	writes                // changes something that exists
	names                 // gives a Worker its name, which may be taken
	removes               // removes a Worker
)

// call is one call to Twilio: a client.BaseClient of twilio-go for a single
// use, which carries the context in and the answer out.
type call struct {
	client *Client
	ctx    context.Context
	op     string // for people and metrics: "update worker"
	intent intent
	answer answer // the last one
	url    *url.URL
}

// answer is what came back, read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
}

var _ client.BaseClient = (*call)(nil)

func (c *Client) newCall(ctx context.Context, op string, in intent) *call {
	return &call{client: c, ctx: ctx, op: op, intent: in}
}

// handler is twilio-go's request handler over this call. It is not made by
// NewRequestHandler, which would read the environment.
func (c *call) handler() *client.RequestHandler {
	return &client.RequestHandler{Client: c, Edge: c.client.edge, Region: c.client.region}
}

func (c *call) taskrouter() *taskrouterv1.ApiService { return taskrouterv1.NewApiService(c.handler()) }

func (c *call) flex() *flexv1.ApiService { return flexv1.NewApiService(c.handler()) }

// AccountSid is for twilio-go.
func (c *call) AccountSid() string { return string(c.client.account) }

// SetTimeout does nothing: the Client has one.
func (*call) SetTimeout(time.Duration) {}

// SetOauth does nothing: requests carry Basic credentials.
func (*call) SetOauth(client.OAuth) {}

// OAuth is nil: requests carry Basic credentials.
func (*call) OAuth() client.OAuth { return nil }

// SendRequest waits for its turn, sends one request and reads the whole answer
// into c.answer. Whatever is not a 2xx is a *flex.Error. twilio-go is handed an
// empty object instead of the answer (see the package comment).
func (c *call) SendRequest(method, rawURL string, data url.Values, headers map[string]any, body ...byte) (*http.Response, error) {
	c.answer = answer{}
	req, err := c.request(method, rawURL, data, body)
	if err != nil {
		return nil, c.fail(flex.Refused, err)
	}
	for key, value := range headers {
		if req.Body != nil || key != "Content-Type" {
			req.Header.Set(key, fmt.Sprint(value))
		}
	}
	turn, err := c.client.pace.wait(c.ctx)
	if err != nil {
		return nil, c.unsent(err)
	}
	began := time.Now()
	failure := c.exchange(req)
	turn.done(failure)
	c.report(failure, time.Since(began))
	if failure != nil {
		return nil, failure
	}
	return &http.Response{
		StatusCode: c.answer.status, Header: c.answer.header, Request: req,
		Body: io.NopCloser(strings.NewReader("{}")),
	}, nil
}

// request builds what goes out. A list's next page comes as a URL with a query
// of its own and no data.
func (c *call) request(method, rawURL string, data url.Values, body []byte) (*http.Request, error) {
	u, err := url.Parse(rawURL)
	if err != nil || strings.Contains(u.Path, "//") { // a SID that is empty would make another path
		return nil, errors.New("the URL is malformed")
	}
	form := method == http.MethodPost && len(body) == 0
	if !form && len(data) > 0 {
		u.RawQuery = data.Encode()
	}
	if base := c.client.base; base != nil {
		u.Scheme, u.Host = base.Scheme, base.Host
	}
	c.url = u
	var content io.Reader
	switch {
	case form:
		content = strings.NewReader(data.Encode())
	case len(body) > 0:
		content = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(c.ctx, method, u.String(), content)
	if err != nil {
		return nil, errors.New("the request is malformed")
	}
	req.SetBasicAuth(c.client.user, c.client.password.Reveal())
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "flexscim")
	return req, nil
}

// exchange sends req and reads the answer to its end, so that the connection
// can be used again.
func (c *call) exchange(req *http.Request) *flex.Error {
	ctx, cancel := context.WithTimeout(c.ctx, c.client.timeout)
	defer cancel()
	var left atomic.Bool // the request may have reached Twilio
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { left.Store(true) },
	})
	resp, err := c.client.http.Do(req.WithContext(ctx))
	if err != nil {
		return c.fail(c.lost(left.Load()), withoutURL(err))
	}
	defer func() { _ = resp.Body.Close() }() // read to its end or given up: its error says nothing more
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err == nil && len(body) > maxAnswer {
		err = fmt.Errorf("the answer has more than %d bytes", maxAnswer)
	}
	c.answer = answer{resp.StatusCode, resp.Header, body}
	if resp.StatusCode/100 != 2 {
		return c.refusal()
	}
	if err != nil {
		return c.fail(c.lost(true), fmt.Errorf("read the answer: %w", err))
	}
	return nil
}

// lost is the kind of a call whose answer never came or says nothing.
func (c *call) lost(left bool) flex.Kind {
	if left && c.intent != reads {
		return flex.Uncertain
	}
	return flex.Down
}

// fail is a *flex.Error of this call.
func (c *call) fail(kind flex.Kind, cause error) *flex.Error {
	return &flex.Error{Op: c.op, Kind: kind, Status: c.answer.status,
		RequestID: c.answer.header.Get("Twilio-Request-Id"), Err: cause}
}

// unsent is a call that never left.
func (c *call) unsent(cause error) *flex.Error {
	err := c.fail(flex.Down, fmt.Errorf("waiting for a turn: %w", cause))
	if paused, ok := errors.AsType[pausedError](cause); ok {
		err.Kind, err.RetryAfter = flex.Slow, paused.left
	}
	return err
}

// report tells the metrics and remembers the answer. A call that the caller
// gave up says nothing about Twilio.
func (c *call) report(failure *flex.Error, took time.Duration) {
	info := CallInfo{Op: c.op, Status: c.answer.status, Duration: took}
	info.Concurrent, _ = strconv.Atoi(c.answer.header.Get("Twilio-Concurrent-Requests"))
	if failure != nil {
		info.Kind, info.Code = failure.Kind, failure.Code
	}
	if c.answer.status != 0 || c.ctx.Err() == nil {
		c.client.mu.Lock()
		c.client.last = lastAnswer{time.Now(), c.op, info.Kind}
		c.client.mu.Unlock()
	}
	c.client.onCall(info)
}

// withoutURL takes the URL out of an error: its query may name a person.
func withoutURL(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// sent closes the stand-in for an answer that twilio-go's generic calls hand
// on.
func sent(resp *http.Response, err error) error {
	if err != nil {
		return err
	}
	return resp.Body.Close()
}
