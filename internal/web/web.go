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

// Door is an HTTP surface with its own authentication, errors and headers. A
// door imports no other door.
type Door interface {
	http.Handler

	// Prefix is the path whose requests the door gets, such as "/api". "/"
	// takes every request that no other door takes.
	Prefix() string
	// SetHeaders sets the headers that every response of the door has.
	SetHeaders(h http.Header)
	// Fail writes the response to a request that the transport refuses. status is
	// 413 or 431, with the limit in bytes; 500 after a panic; 404; or 405.
	Fail(w http.ResponseWriter, r *http.Request, status int, limit int64)
}

// Config makes the handler of the process.
type Config struct {
	Doors        []Door                  // one of them has the prefix "/"
	Endpoints    map[string]http.Handler // made by Endpoints
	Metrics      *metrics.Metrics        // nil: not exported
	MetricsToken secret.String           // reads /metrics and nothing else; empty: not used
	Log          *zap.Logger             // nil: none
	Body         int64                   // bytes of a request's body; 0 means DefaultBody
	Headers      int                     // bytes of a request's line and headers; 0 means 64 KiB
	RequestTime  time.Duration           // of one request; 0 means 30 s
	HTTPS        bool                    // clients use HTTPS, to us or to a proxy before us

	// Wrap adds a layer around everything, for traces; nil: none.
	Wrap func(http.Handler) http.Handler
}

// DefaultBody is the default of Config.Body.
const DefaultBody = 4 << 20

const (
	defaultHeaders     = 64 << 10 // a long filter fits
	defaultRequestTime = 30 * time.Second
)

// New makes the handler of the process.
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

// door returns the door with the longest prefix of the path.
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
