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

// maxResponse is the size of the largest response that a call accepts, in bytes.
// The limit exceeds the size of a page with MaxPageSize Workers whose escaped
// attributes have the maximum length.
const maxResponse = 32 << 20

// intent is the purpose of a call. The meaning of an error response depends on the
// intent.
type intent int

const (
	reads   intent = iota // changes nothing
	writes                // changes something that exists
	names                 // gives a Worker a name, which another Worker may already have
	removes               // removes a Worker
)

// call is one call to Twilio. It implements twilio-go's client.BaseClient, passes
// the context to the request and keeps the response.
type call struct {
	client   *Client
	ctx      context.Context
	op       string // for errors and metrics: "update worker"
	intent   intent
	ws       flex.Workspace // zero for a call that discovers the workspace
	invalid  error          // if not nil, SendRequest returns this error and sends nothing
	response response       // the last response
	url      *url.URL
}

// response is a response whose body was read to its end.
type response struct {
	status int
	header http.Header
	body   []byte
}

var _ client.BaseClient = (*call)(nil)

func (c *Client) newCall(ctx context.Context, op string, in intent) *call {
	return &call{client: c, ctx: ctx, op: op, intent: in}
}

// handler returns twilio-go's request handler for this call. It does not use
// client.NewRequestHandler, which reads environment variables.
func (c *call) handler() *client.RequestHandler {
	return &client.RequestHandler{Client: c, Edge: c.client.edge, Region: c.client.region}
}

func (c *call) taskrouter() *taskrouterv1.ApiService { return taskrouterv1.NewApiService(c.handler()) }

func (c *call) flex() *flexv1.ApiService { return flexv1.NewApiService(c.handler()) }

// AccountSid returns the account's SID to twilio-go.
func (c *call) AccountSid() string { return string(c.client.account) }

// SetTimeout does nothing, because the Client has its own timeout.
func (*call) SetTimeout(time.Duration) {}

// SetOauth does nothing, because requests carry Basic credentials.
func (*call) SetOauth(client.OAuth) {}

// OAuth returns nil, because requests carry Basic credentials.
func (*call) OAuth() client.OAuth { return nil }

// SendRequest sends a request, repeats it if that is safe, and reads the whole
// response into c.response. If the status is not 2xx, SendRequest returns a
// *flex.Error. If it is 2xx, twilio-go gets a response with an empty JSON object
// (see the package comment).
func (c *call) SendRequest(method, rawURL string, data url.Values, headers map[string]any, body ...byte) (*http.Response, error) {
	if c.invalid != nil {
		return nil, c.invalid
	}
	if failure := c.sendRepeatedly(method, rawURL, data, headers, body); failure != nil {
		return nil, failure
	}
	return &http.Response{
		StatusCode: c.response.status, Header: c.response.header,
		Body: io.NopCloser(strings.NewReader("{}")),
	}, nil
}

// sendOnce waits for the limiter, checks the fence, sends one request and reads the
// whole response into c.response. The result sent is false if the request was not
// sent.
func (c *call) sendOnce(method, rawURL string, data url.Values, headers map[string]any, body []byte) (failure *flex.Error, sent bool) {
	c.response = response{}
	req, err := c.request(method, rawURL, data, body)
	if err != nil {
		return c.fail(flex.Refused, err), false
	}
	for key, value := range headers {
		if req.Body != nil || key != "Content-Type" {
			req.Header.Set(key, fmt.Sprint(value))
		}
	}
	if strings.HasPrefix(req.URL.Path, "/v1/Interactions/") {
		err = c.client.limiter.waitForInteractions(c.ctx, method)
	}
	var s slot
	if err == nil {
		s, err = c.client.limiter.wait(c.ctx)
	}
	if err != nil {
		return c.unsent(err), false
	}
	if failure = c.fenced(); failure != nil {
		s.done(failure, true)
		return failure, false
	}
	began := time.Now()
	failure = c.exchange(req)
	flex.RequestsOf(c.ctx).Add(c.requestID(), c.intent != reads)
	s.done(failure, c.response.status == 0 && c.ctx.Err() != nil)
	c.report(failure, time.Since(began))
	return failure, true
}

// request builds the HTTP request. If the call requests the next page of a list,
// rawURL already contains the query, and data is nil.
func (c *call) request(method, rawURL string, data url.Values, body []byte) (*http.Request, error) {
	u, err := url.Parse(rawURL)
	if err != nil || strings.Contains(u.Path, "//") { // an empty SID makes a path with "//", which could name another resource
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

// exchange sends req and reads the response to its end, so that the connection
// can be reused.
func (c *call) exchange(req *http.Request) *flex.Error {
	ctx, cancel := context.WithTimeout(c.ctx, c.client.timeout)
	defer cancel()
	var sent atomic.Bool // true as soon as the request may have reached Twilio
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { sent.Store(true) },
	})
	resp, err := c.client.http.Do(req.WithContext(ctx))
	if err != nil {
		return c.fail(c.lostKind(sent.Load()), withoutURL(err))
	}
	defer func() { _ = resp.Body.Close() }() // after the body was read, an error of Close does not matter
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxResponse+1))
	if err == nil && len(body) > maxResponse {
		err = fmt.Errorf("the response has more than %d bytes", maxResponse)
	}
	c.response = response{resp.StatusCode, resp.Header, body}
	if resp.StatusCode/100 != 2 {
		return c.refusal()
	}
	if err != nil {
		return c.fail(c.lostKind(true), fmt.Errorf("read the response: %w", err))
	}
	return nil
}

// lostKind returns the Kind of error for a call whose response is missing or
// invalid. The argument sent is true if the request may have reached Twilio.
func (c *call) lostKind(sent bool) flex.Kind {
	if sent && c.intent != reads {
		return flex.Uncertain
	}
	return flex.Down
}

// refuse makes SendRequest return an error that wraps cause, instead of sending the
// call. Only the first call of refuse has an effect.
func (c *call) refuse(cause error) {
	if c.invalid == nil {
		c.invalid = c.fail(flex.Refused, cause)
	}
}

// requestID returns the id that Twilio gave to the last request, or "".
func (c *call) requestID() string { return c.response.header.Get("Twilio-Request-Id") }

// fail returns a *flex.Error of this call.
func (c *call) fail(kind flex.Kind, cause error) *flex.Error {
	return &flex.Error{Op: c.op, Kind: kind, Status: c.response.status,
		RequestID: c.requestID(), Err: cause}
}

// unsent returns the error of a call that was not sent.
func (c *call) unsent(cause error) *flex.Error {
	err := c.fail(flex.Down, fmt.Errorf("waiting for the limiter: %w", cause))
	if paused, ok := errors.AsType[pausedError](cause); ok {
		err.Kind, err.RetryAfter = flex.Slow, paused.left
	}
	return err
}

// fenced returns an error if the call would change something in Flex and the fence
// (flex.WithFence) refuses the change. The caller calls fenced after the wait for
// the limiter, and sends the request immediately afterwards.
func (c *call) fenced() *flex.Error {
	if c.intent == reads {
		return nil
	}
	if err := flex.Fence(c.ctx); err != nil {
		return c.fail(flex.Down, fmt.Errorf("the call was not sent: %w", err))
	}
	return nil
}

// report calls OnCall and saves the call for LastCall. If the call was cancelled
// before a response, report does not save it, because such a call does not show
// whether Twilio is available.
func (c *call) report(failure *flex.Error, took time.Duration) {
	info := CallInfo{Op: c.op, Status: c.response.status, Duration: took}
	info.Concurrent, _ = strconv.Atoi(c.response.header.Get("Twilio-Concurrent-Requests"))
	if failure != nil {
		info.Kind, info.Code = failure.Kind, failure.Code
	}
	if c.response.status != 0 || c.ctx.Err() == nil {
		c.client.mu.Lock()
		c.client.last = lastCall{time.Now(), c.op, info.Kind}
		c.client.mu.Unlock()
	}
	c.client.onCall(info)
}

// withoutURL removes the URL from an error, because the query of the URL may name a
// person.
func withoutURL(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// closeBody closes the empty response that twilio-go's generic calls return.
func closeBody(resp *http.Response, err error) error {
	if err != nil {
		return err
	}
	return resp.Body.Close()
}
