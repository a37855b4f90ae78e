package flexhttp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/secret"
)

// The defaults of Config.
const (
	DefaultTimeout     = 15 * time.Second
	DefaultConcurrency = 20
)

// Config configures a Client. AccountSID and one pair of credentials are
// required.
type Config struct {
	AccountSID flex.AccountSID //
	APIKey     string          // SK…, with APISecret
	APISecret  secret.String   //
	AuthToken  secret.String   // required if there is no APIKey

	Region  string // Twilio's, "ie1"; "" is us1
	Edge    string // Twilio's, "dublin"; "" is the nearest
	BaseURL string // scheme and host for all products, instead of Twilio's; overrides Region and Edge

	Timeout     time.Duration     // longest duration of one request, without its wait for the limiter; 0 means DefaultTimeout
	Retries     int               // how often a failed call is repeated, if that is safe; 0 means never
	Concurrency int               // maximum of concurrent calls; 0 means DefaultConcurrency
	Rate        float64           // maximum of calls a second; 0 means no limit
	Transport   http.RoundTripper // nil means a transport with enough connections for Concurrency
	OnCall      func(CallInfo)    // called after every call, before the caller gets the result; must return fast; may be nil
}

// CallInfo describes one finished request, for metrics. It has no personal data.
type CallInfo struct {
	Op         string        // "update worker"
	Kind       flex.Kind     // "" for success
	Status     int           // HTTP status; 0 if there was no response
	Code       int           // Twilio's error code
	Duration   time.Duration // from the sending of the request to the end of the response
	Concurrent int           // concurrent calls of the whole account, as Twilio counts them; 0 if unknown
}

// Client calls Twilio on behalf of one account. All calls share one limiter and one
// set of connections. Client is safe for concurrent use.
type Client struct {
	account  flex.AccountSID
	user     string
	password secret.String
	region   string
	edge     string
	base     *url.URL // nil: Twilio's own hosts
	timeout  time.Duration
	retries  int
	http     *http.Client
	onCall   func(CallInfo)
	limiter  *limiter

	mu   sync.Mutex
	last lastCall
}

type lastCall struct {
	at   time.Time
	op   string
	kind flex.Kind
}

// New checks cfg and returns a Client. It makes no call. The error lists all
// mistakes in cfg.
func New(cfg Config) (*Client, error) {
	base, err := cfg.check()
	if err != nil {
		return nil, err
	}
	c := &Client{
		account: cfg.AccountSID, user: string(cfg.AccountSID), password: cfg.AuthToken,
		region: cfg.Region, edge: cfg.Edge, base: base,
		timeout: cmp.Or(cfg.Timeout, DefaultTimeout), retries: cfg.Retries, onCall: cfg.OnCall,
	}
	if cfg.APIKey != "" {
		c.user, c.password = cfg.APIKey, cfg.APISecret
	}
	if c.onCall == nil {
		c.onCall = func(CallInfo) {}
	}
	concurrency := cmp.Or(cfg.Concurrency, DefaultConcurrency)
	c.limiter = newLimiter(concurrency, cfg.Rate)
	c.http = &http.Client{
		Transport: cfg.Transport,
		// The client follows no redirect, because a redirect would send the credentials
		// to another host.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	if c.http.Transport == nil {
		c.http.Transport = newTransport(concurrency)
	}
	return c, nil
}

// check returns the base URL (nil if there is none), or all mistakes joined in an
// error.
func (cfg Config) check() (*url.URL, error) {
	var account, limits error
	if !flex.IsSID(string(cfg.AccountSID), "AC") {
		account = errors.New("the account SID is not AC and 32 hexadecimal digits")
	}
	if cfg.Timeout < 0 || cfg.Retries < 0 || cfg.Concurrency < 0 || cfg.Rate < 0 {
		limits = errors.New("timeout, retries, concurrency and rate must not be negative")
	}
	base, bad := parseBase(cfg.BaseURL)
	if err := errors.Join(account, cfg.checkCredentials(), limits, bad); err != nil {
		return nil, fmt.Errorf("twilio client: %w", err)
	}
	return base, nil
}

func (cfg Config) checkCredentials() error {
	switch {
	case cfg.APIKey == "" && cfg.AuthToken.IsEmpty():
		return errors.New("neither an API key nor an auth token")
	case cfg.APIKey == "":
		return nil
	case !flex.IsSID(cfg.APIKey, "SK"):
		return errors.New("the API key is not SK and 32 hexadecimal digits")
	case cfg.APISecret.IsEmpty():
		return errors.New("the API key has no secret")
	}
	return nil
}

func parseBase(text string) (*url.URL, error) {
	if text == "" {
		return nil, nil
	}
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, errors.New("the base URL is not http:// or https:// and a host")
	}
	if u.User != nil || u.RawQuery != "" || (u.Path != "" && u.Path != "/") {
		return nil, errors.New("the base URL has more than a scheme and a host")
	}
	return u, nil
}

func newTransport(concurrency int) *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:   5 * time.Second,
		MaxIdleConns:          4 * concurrency, // more than two hosts need
		MaxIdleConnsPerHost:   concurrency,
		IdleConnTimeout:       90 * time.Second,
		ExpectContinueTimeout: time.Second,
		ForceAttemptHTTP2:     true,
	}
}

// TaskRouter returns the default back end for a Workspace that Discover has
// returned.
func (c *Client) TaskRouter(ws flex.Workspace) *TaskRouter {
	return &TaskRouter{c, func(context.Context) (flex.Workspace, error) { return ws, nil }, func() {}}
}

// LazyTaskRouter returns the default back end. This back end discovers the
// workspace at its first call, and again after an hour.
func (c *Client) LazyTaskRouter() *TaskRouter {
	l := &lazyWorkspace{client: c, lock: make(chan struct{}, 1)}
	return &TaskRouter{c, l.get, l.doubt}
}

// FlexUsers returns the back end that uses the Flex Users API (v4, public beta).
func (c *Client) FlexUsers(ws flex.Workspace) *FlexUsers {
	return &FlexUsers{TaskRouter: c.TaskRouter(ws)}
}

// SetShare divides concurrency and rate by n, the number of replicas that use the
// account. If n is below 1, SetShare divides by 1.
func (c *Client) SetShare(n int) { c.limiter.setShare(n) }

// Hold makes calls wait while Twilio does not answer. Without Hold, these calls
// fail at once. The client calls the function onOutage with true when an outage
// begins, and with false when it ends; onOutage must return fast. Hold must be
// called before the client sends its first request.
func (c *Client) Hold(onOutage func(begins bool)) { c.limiter.hold = onOutage }

// Limiter returns the state of the limiter.
func (c *Client) Limiter() LimiterState { return c.limiter.stats() }

// LastCall returns the time at which the last call ended, the name of this call,
// and the Kind of its error. The Kind is "" for success, and Down if Twilio could
// not be reached. Before the first call, LastCall returns the zero time.
func (c *Client) LastCall() (at time.Time, op string, kind flex.Kind) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last.at, c.last.op, c.last.kind
}

// CloseIdleConnections closes the connections that no call uses.
func (c *Client) CloseIdleConnections() { c.http.CloseIdleConnections() }
