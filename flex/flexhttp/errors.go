package flexhttp

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/flexscim/flexscim/flex"
)

// maxRetryAfter is the longest pause that a Retry-After can cause.
const maxRetryAfter = time.Hour

// problem is the JSON body of Twilio's error responses.
// Source: https://www.twilio.com/docs/usage/twilios-response#response-formats-exceptions
type problem struct {
	Code    number `json:"code"`
	Message string `json:"message"`
}

// rule is a row of the table of error responses. If a field has the zero value, it
// matches every response.
type rule struct {
	status  int
	code    int
	intents []intent
	says    []string // the message contains one of these texts, ignoring case
	kind    flex.Kind
}

// rules returns the table of Twilio's error responses. The first row that matches
// applies. Source: https://www.twilio.com/docs/api/errors. Twilio does not document
// the codes for a taken name and for a busy Worker; the messages were observed.
func rules() []rule {
	naming, removal := []intent{names}, []intent{removes}
	writing := []intent{writes, names, removes}
	return []rule{
		{code: 20429, kind: flex.Slow},
		{code: 45780, kind: flex.Slow}, // Flex: too many concurrent requests
		{status: 429, kind: flex.Slow},
		{code: 20003, kind: flex.Denied},
		{status: 401, kind: flex.Denied},
		{status: 403, kind: flex.Denied},
		{code: 20412, kind: flex.Conflict},
		{status: 412, kind: flex.Conflict},
		{code: 20404, kind: flex.Gone},
		{status: 404, kind: flex.Down}, // not from Twilio: a proxy or a wrong base URL
		{status: 409, intents: naming, kind: flex.Taken},
		{status: 409, intents: removal, kind: flex.Busy},
		{status: 409, kind: flex.Conflict},
		{status: 400, intents: naming, says: []string{"already exists", "already taken"}, kind: flex.Taken},
		{status: 400, intents: removal, kind: flex.Busy}, // in whatever words
		{status: 408, kind: flex.Down},
		{status: 502, intents: writing, kind: flex.Uncertain}, // a gateway got no response from Twilio's server
		{status: 504, intents: writing, kind: flex.Uncertain},
	}
}

// kindOf returns the Kind of error for a response that is not a 2xx.
func kindOf(status int, p problem, in intent) flex.Kind {
	for _, r := range rules() {
		if r.matches(status, p, in) {
			return r.kind
		}
	}
	if status >= 400 && status < 500 {
		return flex.Refused
	}
	return flex.Down // 5xx, and redirects, which Twilio does not send
}

func (r rule) matches(status int, p problem, in intent) bool {
	return (r.status == 0 || r.status == status) &&
		(r.code == 0 || r.code == int(p.Code)) &&
		(r.intents == nil || slices.Contains(r.intents, in)) &&
		(r.says == nil || slices.ContainsFunc(r.says, func(word string) bool {
			return strings.Contains(strings.ToLower(p.Message), word)
		}))
}

// refusal returns the error for a response that is not a 2xx. It ignores a body that
// is not Twilio's JSON, such as the HTML page of a proxy.
func (c *call) refusal() *flex.Error {
	var p problem
	if json.Unmarshal(c.response.body, &p) != nil {
		p = problem{}
	}
	err := c.fail(kindOf(c.response.status, p, c.intent), nil)
	err.Code, err.Message = int(p.Code), p.Message
	err.RetryAfter = retryAfter(c.response.header, time.Now())
	return err
}

// retryAfter parses the header Retry-After, which is a number of seconds or a date.
// If the header is missing or the date has passed, retryAfter returns 0.
// Source: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if text == "" {
		return 0
	}
	var wait time.Duration
	if seconds, err := strconv.ParseInt(text, 10, 32); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), maxRetryAfter)
}
