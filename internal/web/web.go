package web

import (
	"context"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/gorilla/mux"
	"go.uber.org/zap"
	"golang.org/x/time/rate"

	"github.com/flexscim/flexscim/internal/auth"
	"github.com/flexscim/flexscim/internal/metrics"
	"github.com/flexscim/flexscim/internal/secret"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/scim/scimhttp/me"
)

// Config makes the handler of the process.
type Config struct {
	Auth         *auth.Auth
	SCIM         func(store.Connection) http.Handler // the handler of one connection; called once for each, and after its entitlements changed
	Health       Health
	Metrics      *metrics.Metrics
	MetricsToken secret.String // reads /metrics and nothing else; empty: SCIM tokens only
	Log          *zap.Logger   // nil: none
	Body         int64         // bytes of a request's body; 0 means 4 MiB
	Headers      int           // bytes of a request's line and headers; 0 means 64 KiB
	RequestTime  time.Duration // of one request; 0 means 30 s
	HTTPS        bool          // clients come by https, to us or to a proxy before us
	BehindProxy  bool          // requests come through a proxy, which says whose they are

	// Rate is how many requests a second a connection's IdP may send, bursts
	// aside, and as many all people of it together who have tokens of theirs; 0: any number, and then nobody counts who has no good token either.
	Rate  int
	Clock func() time.Time // nil: time.Now

	// Wrap is put around everything, for traces; nil: nothing.
	Wrap func(http.Handler) http.Handler
}

// The limits where Config says nothing.
const (
	defaultBody        = 4 << 20
	defaultHeaders     = 64 << 10 // a long filter fits
	defaultRequestTime = 30 * time.Second
)

func (c Config) withDefaults() Config {
	if c.Log == nil {
		c.Log = zap.NewNop()
	}
	if c.Metrics == nil {
		c.Metrics = metrics.New("unknown")
	}
	if c.Body == 0 {
		c.Body = defaultBody
	}
	if c.Headers == 0 {
		c.Headers = defaultHeaders
	}
	if c.RequestTime == 0 {
		c.RequestTime = defaultRequestTime
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	return c
}

// New makes the handler with all its layers.
func New(c Config) http.Handler {
	c = c.withDefaults()
	var h http.Handler = newGate(c)
	h = limit(c, h)
	h = logAccess(c, h)
	h = catch(c, h)
	h = begin(c, h)
	if c.Wrap != nil {
		h = c.Wrap(h)
	}
	return h
}

// gate authenticates, and hands a request to the router that its sender may
// use. Nobody else holds these routers.
type gate struct {
	Config
	open      http.Handler // health
	scraper   http.Handler // metrics
	strangers strangers

	mu    sync.Mutex
	rooms map[store.ConnectionID]room
}

// room is what belongs to one connection.
type room struct {
	entitlements bool // as the connection had it when the routes were made

	idp door
	// Of all who have a token that stands for one person: they count together,
	// and apart from the IdP, whose requests they never use up.
	people door
}

// door is where requests come in.
type door struct {
	routes *mux.Router   // every route, as they see them
	bucket *rate.Limiter // nil: they may send any number of requests
}

func newGate(c Config) *gate {
	return &gate{Config: c, open: openRoutes(c), scraper: scraperRoutes(c),
		strangers: strangers{known: map[netip.Prefix]*stranger{}}, rooms: map[store.ConnectionID]room{}}
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if isOpen(r) {
		g.open.ServeHTTP(w, r)
		return
	}
	header, single := authorization(r)
	if text, reason := auth.Parse(header); single && reason == "" && g.MetricsToken.Equal(text) && r.URL.Path == metricsPath {
		g.scraper.ServeHTTP(w, r)
		return
	}
	p, err := g.Auth.Authenticate(r.Context(), header)
	if err != nil {
		g.refuse(w, r, err)
		return
	}
	recordOf(r.Context()).connection = p.Connection.Name
	mine := g.room(p.Connection)
	if p.Person != "" {
		g.serve(w, r.WithContext(me.With(r.Context(), p.Person)), mine.people)
		return
	}
	g.serve(w, r, mine.idp)
}

// serve lets a request through a door within its rate.
func (g *gate) serve(w http.ResponseWriter, r *http.Request, d door) {
	if wait := take(d.bucket, g.Clock()); wait > 0 {
		g.tooMany(w, r, wait)
		return
	}
	d.routes.ServeHTTP(w, r)
}

// isOpen says whether a request passes without a token. It compares the
// target as it came: nothing that must first be decoded or cleaned is equal.
func isOpen(r *http.Request) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) &&
		(r.RequestURI == healthPath || r.RequestURI == readyPath)
}

// authorization is the header's value. Several headers are joined to what no
// single one can be, so that they are refused as malformed.
func authorization(r *http.Request) (value string, single bool) {
	values := r.Header.Values("Authorization")
	switch len(values) {
	case 0:
		return "", false
	case 1:
		return values[0], true
	}
	return values[0] + ", " + values[1], false
}

// room is the connection's, made when it first comes. The routes are made anew
// after its entitlements were switched on or off, be it by another process.
func (g *gate) room(c store.Connection) room {
	g.mu.Lock()
	defer g.mu.Unlock()
	r, known := g.rooms[c.ID]
	if !known {
		r.idp.bucket, r.people.bucket = bucket(g.Config), bucket(g.Config)
	}
	if !known || r.entitlements != c.Entitlements {
		scim := g.SCIM(c)
		r.entitlements, r.idp.routes, r.people.routes = c.Entitlements, connectionRoutes(g.Config, scim), personRoutes(g.Config, scim)
		g.rooms[c.ID] = r
	}
	return r
}

// Health is what /readyz asks. Each function answers within its context.
type Health struct {
	Database func(context.Context) error // nil error: answers
	Queue    func(context.Context) error // nil error: works
	Twilio   func() TwilioState          // nil: not shown
}
