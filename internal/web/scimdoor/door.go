package scimdoor

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"
	"golang.org/x/time/rate"

	"github.com/flexscim/flexscim/internal/auth"
	"github.com/flexscim/flexscim/internal/logfield"
	"github.com/flexscim/flexscim/internal/metrics"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/web"
	"github.com/flexscim/flexscim/scim/refusal"
	"github.com/flexscim/flexscim/scim/scimhttp"
)

// Config configures a Door.
type Config struct {
	Auth *auth.Auth
	// SCIM returns the handler of a connection. The door calls SCIM at the
	// connection's first request, and again when the connection has changed.
	SCIM func(store.Connection) http.Handler
	// Public serves ServiceProviderConfig to requests without a token. Nil: they get
	// 401.
	Public      http.Handler
	Endpoints   map[string]http.Handler // from web.Endpoints; requests with a token of an IdP can use them
	Metrics     *metrics.Metrics        // nil: not exported
	Log         *zap.Logger             // nil: none
	Body        int64                   // maximum number of bytes of a decompressed body; 0 means web.DefaultBody
	BehindProxy bool                    // a proxy appends the client's address to X-Forwarded-For

	// LogAddresses adds the address of the client to the access log and the audit
	// log.
	LogAddresses bool
	// Rate returns the limit, in requests per second, for the IdP of a connection.
	// The people of the connection who have their own tokens share a second limit
	// of the same size. If Rate is nil or returns 0, there is no limit.
	Rate func(store.Connection) int
	// LimitFailures slows down addresses that send many requests without a
	// valid token.
	LimitFailures bool
	Clock         func() time.Time // nil: time.Now
}

// Door is the SCIM door. It is safe for concurrent use.
type Door struct {
	Config
	failures failures
	public   http.Handler // the route of Config.Public; nil: none

	mu          sync.Mutex
	connections map[store.ConnectionID]connection
}

var _ web.Door = (*Door)(nil)

// connection contains the routes and rate limits of a connection.
type connection struct {
	made   store.Connection // the connection for which the routes were created
	idp    client           // for requests with a token of the IdP
	people client           // for requests with tokens of people, which do not count for the IdP's limit
}

// client contains the routes and the rate limit of a connection's IdP, or of all
// its people together.
type client struct {
	routes http.Handler
	bucket *rate.Limiter // nil: no limit
	who    string        // the sender's name in errors
}

// New returns the door.
func New(c Config) *Door {
	c.Log = cmp.Or(c.Log, zap.NewNop())
	c.Metrics = cmp.Or(c.Metrics, metrics.New("unknown"))
	c.Body = cmp.Or(c.Body, web.DefaultBody)
	if c.Rate == nil {
		c.Rate = func(store.Connection) int { return 0 }
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	d := &Door{Config: c, failures: failures{known: map[netip.Prefix]*failure{}}, connections: map[store.ConnectionID]connection{}}
	if c.Public != nil {
		d.public = web.Logged(configPath, resource(configPath), compression(c).Handler(c.Public))
	}
	return d
}

// Prefix returns "/": the door gets all requests that no other door gets.
func (d *Door) Prefix() string { return "/" }

// SetHeaders sets headers that stop browsers from showing or caching a response,
// and from sending the response's address in a Referer header.
func (d *Door) SetHeaders(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
}

// ServeHTTP authenticates a request, applies the client's rate limit, and passes the request to the client's routes.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	sender := logfield.Sender{}
	if d.LogAddresses {
		sender.Address = address(r, d.BehindProxy).String()
	}
	if d.public != nil && isPublic(r) {
		logfield.SetSender(r.Context(), sender)
		d.servePublic(w, r)
		return
	}
	header := authorization(r)
	if d.mustWait(r) && !d.Auth.MayBeValid(r.Context(), header) {
		logfield.SetSender(r.Context(), sender)
		d.refuse(w, r, &auth.Denied{Reason: auth.Throttled})
		return
	}
	p, err := d.Auth.Authenticate(r.Context(), header)
	sender.Token = p.TokenID
	if denied, ok := errors.AsType[*auth.Denied](err); ok {
		sender.Token = denied.TokenID
	}
	logfield.SetSender(r.Context(), sender)
	if err != nil {
		d.refuse(w, r, err)
		return
	}
	web.AccessEntryOf(r.Context()).Connection = p.Connection.Name
	conn := d.connection(p.Connection)
	c := conn.idp
	if p.Person != "" {
		c, r = conn.people, r.WithContext(scimhttp.WithPerson(r.Context(), p.Person))
	}
	if wait := take(c.bucket, d.Clock()); wait > 0 {
		scimhttp.SetRetryAfter(w, wait)
		scimhttp.WriteError(w, r, refusal.TooManyRequests.New(c.who, int(c.bucket.Limit())))
		return
	}
	c.routes.ServeHTTP(w, r)
}

// isPublic reports whether a request reads ServiceProviderConfig without a token. It
// compares the request target exactly as the client sent it.
func isPublic(r *http.Request) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && r.RequestURI == configPath && len(r.Header.Values("Authorization")) == 0
}

// servePublic serves ServiceProviderConfig, and counts the request like other
// requests without a valid token.
func (d *Door) servePublic(w http.ResponseWriter, r *http.Request) {
	if wait := d.slowDown(r); wait > 0 {
		scimhttp.SetRetryAfter(w, wait)
		scimhttp.WriteError(w, r, refusal.TooManyWithoutToken.New())
		return
	}
	d.public.ServeHTTP(w, r)
}

// authorization returns the value of the Authorization header. If a request has
// several such headers, it joins two of them into one malformed value, which
// Authenticate refuses.
func authorization(r *http.Request) string {
	values := r.Header.Values("Authorization")
	return strings.Join(values[:min(len(values), 2)], ", ")
}

// connection returns the routes and rate limits of a connection. It creates the
// routes at the connection's first request, and again when a setting has changed.
// Another process can change a setting.
func (d *Door) connection(c store.Connection) connection {
	d.mu.Lock()
	defer d.mu.Unlock()
	conn, known := d.connections[c.ID]
	if !known {
		n := d.Rate(c)
		conn.idp = client{bucket: bucket(n), who: "The connection"}
		conn.people = client{bucket: bucket(n), who: "The people of the connection together"}
	}
	if !known || conn.made != c {
		handler := d.SCIM(c)
		conn.made, conn.idp.routes, conn.people.routes = c, connectionRoutes(d.Config, handler), personRoutes(d.Config, handler)
		d.connections[c.ID] = conn
	}
	return conn
}

// Renew makes the door create the routes of every connection again, because something
// that Config.SCIM reads has changed, such as the mapping rules.
func (d *Door) Renew() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, conn := range d.connections {
		conn.made = store.Connection{}
		d.connections[id] = conn
	}
}

// databaseRetry is the time after which a client should try again if the database
// is unavailable.
const databaseRetry = 5 * time.Second

// refuse responds to a request that could not be authenticated. The status is 503
// if the database is unavailable, 429 if the client's address sends too many
// requests without a valid token, and otherwise 401.
func (d *Door) refuse(w http.ResponseWriter, r *http.Request, err error) {
	id := logfield.Request(logfield.RequestID(r.Context()))
	denied, isDenied := errors.AsType[*auth.Denied](err)
	if !isDenied {
		d.Log.Error("a token could not be checked", id, logfield.Err(err))
		scimhttp.SetRetryAfter(w, databaseRetry)
		scimhttp.WriteError(w, r, refusal.DatabaseUnavailable.New())
		return
	}
	d.Metrics.Refused(string(denied.Reason))
	if wait := d.slowDown(r); wait > 0 {
		scimhttp.SetRetryAfter(w, wait)
		scimhttp.WriteError(w, r, refusal.TooManyWithoutToken.New())
		return
	}
	fields := []zap.Field{id, logfield.Reason(string(denied.Reason))}
	if denied.TokenID != "" {
		fields = append(fields, logfield.Token(denied.TokenID))
	}
	d.Log.Warn("request refused", fields...)
	w.Header().Set("WWW-Authenticate", `Bearer realm="flexscim"`)
	scimhttp.WriteError(w, r, refusal.TokenInvalid.New())
}

// Fail responds to a request that the transport refuses.
func (d *Door) Fail(w http.ResponseWriter, r *http.Request, status int, limit int64) {
	fail(w, r, status, limit)
}

// fail responds with the error for a status. For 413 and 431, the argument limit is
// the exceeded limit in bytes.
func fail(w http.ResponseWriter, r *http.Request, status int, limit int64) {
	e := refusal.Fault.New()
	switch status {
	case http.StatusNotFound:
		e = refusal.OutsideSCIM.New(scimPath)
	case http.StatusMethodNotAllowed:
		const allow = "GET, HEAD"
		w.Header().Set("Allow", allow)
		e = refusal.MethodUnknown.New(allow)
	case http.StatusRequestEntityTooLarge:
		e = refusal.BodyTooLarge.New(fmt.Sprintf("%d bytes", limit))
	case http.StatusUnsupportedMediaType:
		e = refusal.EncodingUnknown.New()
	case http.StatusRequestHeaderFieldsTooLarge:
		e = refusal.HeadersTooLarge.New(limit)
	}
	scimhttp.WriteError(w, r, e)
}
