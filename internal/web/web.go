package web

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/flexscim/flexscim/internal/metrics"
	"github.com/flexscim/flexscim/internal/secret"
)

// Door is an HTTP surface with its own authentication, errors and headers. Doors do
// not import each other.
type Door interface {
	http.Handler

	// Prefix returns a text such as "/api"; the door gets the requests whose paths
	// begin with this text. The door with the prefix "/" gets all requests that no
	// other door gets.
	Prefix() string
	// SetHeaders sets the headers that every response of the door must have.
	SetHeaders(h http.Header)
	// Fail writes the response to a request that the transport refuses. The argument
	// status is 404, 405, 413, 431, or 500 after a panic. For 413 and 431, the
	// argument limit is the exceeded limit in bytes.
	Fail(w http.ResponseWriter, r *http.Request, status int, limit int64)
}

// Config configures the handler of the process.
type Config struct {
	Doors        []Door                  // exactly one door must have the prefix "/"
	Endpoints    map[string]http.Handler // from Endpoints
	Metrics      *metrics.Metrics        // nil: not exported
	MetricsToken secret.String           // gives access to /metrics only; empty: there is no such token
	Log          *zap.Logger             // nil: none
	Body         int64                   // maximum number of bytes of a request's body; 0 means DefaultBody
	Headers      int                     // maximum number of bytes of a request's line and headers; 0 means 64 KiB
	RequestTime  time.Duration           // time limit of one request; 0 means 30 s
	HTTPS        bool                    // clients use HTTPS, to this process or to a proxy in front of it

	// Wrap returns a handler around the whole handler, for traces. If it is nil,
	// there is no such handler.
	Wrap func(http.Handler) http.Handler
}

// DefaultBody is the default of Config.Body.
const DefaultBody = 4 << 20

const (
	defaultHeaders     = 64 << 10 // large enough for a long filter
	defaultRequestTime = 30 * time.Second
)

// New returns the handler of the process.
func New(c Config) http.Handler {
	c.Log = cmp.Or(c.Log, zap.NewNop())
	c.Metrics = cmp.Or(c.Metrics, metrics.New("unknown"))
	c.Body = cmp.Or(c.Body, DefaultBody)
	c.Headers = cmp.Or(c.Headers, defaultHeaders)
	c.RequestTime = cmp.Or(c.RequestTime, defaultRequestTime)
	if c.Wrap == nil {
		return &transport{c}
	}
	return c.Wrap(&transport{c})
}

// door returns the door whose prefix is the longest match for the path.
func (t *transport) door(path string) Door {
	var best Door
	for _, d := range t.Doors {
		prefix := d.Prefix()
		if (prefix == "/" || path == prefix || strings.HasPrefix(path, prefix+"/")) && (best == nil || len(prefix) > len(best.Prefix())) {
			best = d
		}
	}
	return best
}
