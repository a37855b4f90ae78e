package flexhttp

import (
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"github.com/flexscim/flexscim/flex"
)

// DefaultRetries is a good value for Config.Retries: if three in ten calls fail, a run
// of twelve calls succeeds in more than nine of ten cases.
const DefaultRetries = 4

// firstRetry is the pause before the first repetition of a call; each further pause
// is twice as long. If Twilio asks for a pause that is longer than maxPatience, the
// call is not repeated: its caller has better things to do than to wait.
const (
	firstRetry  = 200 * time.Millisecond
	maxPatience = 15 * time.Second
)

// sendRepeatedly sends the request, and repeats it if that is safe. During an outage,
// the limiter determines when the request is repeated.
func (c *call) sendRepeatedly(method, rawURL string, data url.Values, headers map[string]any, body []byte) *flex.Error {
	for tries := 0; ; {
		failure, sent := c.sendOnce(method, rawURL, data, headers, body)
		if failure == nil || !sent || tries >= c.client.retries || !c.isRepeatable(method, failure) {
			return failure
		}
		if c.client.limiter.isOut() {
			continue
		}
		tries++
		if failure.Kind != flex.Slow && !c.pause(firstRetry<<(tries-1)) {
			return failure
		}
	}
}

// isRepeatable reports whether a repetition of the request cannot do harm. A request
// that receives 429 was not processed. A read may be repeated. So may a write that
// gives no name to a Worker, because a second such write changes nothing. But a
// request that makes a Worker could make a second one.
// Source: https://www.twilio.com/docs/api/errors/45780
func (c *call) isRepeatable(method string, failure *flex.Error) bool {
	switch failure.Kind {
	case flex.Slow:
		return max(failure.RetryAfter, c.client.limiter.pauseLeft()) <= maxPatience
	case flex.Down:
		return method == http.MethodGet || c.intent != names
	default:
		return false
	}
}

// pause waits for a random time between d/2 and d. It returns false if the context
// of the call ends first.
func (c *call) pause(d time.Duration) bool {
	select {
	case <-time.After(d/2 + rand.N(d/2+1)):
		return true
	case <-c.ctx.Done():
		return false
	}
}
