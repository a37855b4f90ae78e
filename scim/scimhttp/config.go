package scimhttp

import (
	"context"
	"crypto/rand"
	"net/http"
	"time"

	"go.uber.org/zap"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/scimhttp/budget"
	"github.com/flexscim/flexscim/scim/scimhttp/cursor"
)

// Config configures a handler. Only Directory is required.
type Config struct {
	Directory scim.Directory // the users and groups of the connection
	Log       *zap.Logger    // nil: nothing is logged

	// BaseURL returns the base URL under which the IdP reaches this handler, without
	// a slash at the end, such as https://scim.example.com/scim/v2. Every
	// meta.location and $ref starts with this URL. If BaseURL is nil, the handler
	// uses the host of the request and the path /scim/v2.
	BaseURL func(*http.Request) string

	// The handler calls OnDropped if it ignores attributes that no schema has
	// (docs/reference/identity-providers.md, row 26). The arguments are the endpoint
	// (Users or Groups) and the names of these attributes. OnDropped may be nil.
	OnDropped func(ctx context.Context, endpoint string, names []string)

	// The handler calls OnLeftOut if a PATCH deactivates a user and also has wrong
	// operations. The handler applies the deactivation and leaves the wrong
	// operations out (docs/reference/identity-providers.md, row 26). The arguments
	// are the endpoint (Users) and the names in the paths of the operations that were
	// left out. OnLeftOut may be nil.
	OnLeftOut func(ctx context.Context, endpoint string, names []string)

	// Grants are the roles and entitlements that the IdP can read at /Roles and
	// /Entitlements. If Grants is nil, these endpoints do not exist.
	Grants *scim.Grants

	// HidePagination removes what RFC 9865 adds to ServiceProviderConfig and its schema,
	// because clients with strict models refuse unknown attributes. Cursors still work.
	HidePagination bool

	// CursorKey returns the 32 bytes of the key that encrypts the cursors of this
	// connection (package cursor). All replicas must have the same key. After the
	// first call without an error, the handler keeps the key. If CursorKey is nil,
	// the handler uses a random key, which no other process has.
	CursorKey     func(context.Context) ([]byte, error)
	CursorTimeout time.Duration    // lifetime of a cursor; 0 means 1 h
	Clock         func() time.Time // nil: time.Now

	// Reading is the connection's share of the memory for bodies that are being read,
	// and Decoding is its share of the memory for decoded bodies. A decoded body
	// needs memory until its operation is carried out. A request for which there is
	// no memory waits, and is refused with 503 when its time limit ends. If a share
	// is nil, it has no limit.
	Reading, Decoding *budget.Share

	MaxBody           int64 // maximum size of a body, in bytes; 0 means 4 MiB
	MaxDepth          int   // maximum number of levels of nesting in a body; 0 means 32
	MaxValues         int   // maximum number of values of one attribute; 0 means scim.DefaultValues
	MaxMembers        int   // maximum number of members in one request; 0 means 100,000
	MaxOperations     int   // maximum number of operations of one PATCH; 0 means 1,000
	MaxBulkOperations int   // maximum number of operations of one bulk request; 0 means 1,000
	MaxFilterLength   int   // maximum length of a filter or path, in bytes; 0 means 4,096
	MaxFilterTerms    int   // maximum number of comparisons in a filter or a path; 0 means 64
	MaxFilterDepth    int   // maximum number of levels of brackets in a filter or a path; 0 means 16; IdPs send 2
	MaxPage           int   // maximum number of resources on one page of a list; 0 means 1,000
	DefaultPage       int   // resources on a page if the request has no count; 0 means 100
}

// withDefaults returns a copy of the configuration in which each zero field has its
// default value.
func (c Config) withDefaults() Config {
	if c.Log == nil {
		c.Log = zap.NewNop()
	}
	if c.BaseURL == nil {
		c.BaseURL = requestedURL
	}
	if c.OnDropped == nil {
		c.OnDropped = func(context.Context, string, []string) {}
	}
	if c.OnLeftOut == nil {
		c.OnLeftOut = func(context.Context, string, []string) {}
	}
	if c.CursorKey == nil {
		own := make([]byte, cursor.KeySize)
		_, _ = rand.Read(own) // it never fails
		c.CursorKey = func(context.Context) ([]byte, error) { return own, nil }
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	c.CursorTimeout = orDefault(c.CursorTimeout, time.Hour)
	c.MaxBody = orDefault(c.MaxBody, 4<<20)
	c.MaxDepth = orDefault(c.MaxDepth, 32)
	c.MaxMembers = orDefault(c.MaxMembers, 100_000)
	c.MaxOperations = orDefault(c.MaxOperations, 1000)
	c.MaxBulkOperations = orDefault(c.MaxBulkOperations, 1000)
	c.MaxFilterLength = orDefault(c.MaxFilterLength, 4096)
	c.MaxFilterTerms = orDefault(c.MaxFilterTerms, 64)
	c.MaxFilterDepth = orDefault(c.MaxFilterDepth, 16)
	c.MaxPage = orDefault(c.MaxPage, 1000)
	c.DefaultPage = orDefault(c.DefaultPage, 100)
	return c
}

func (c Config) filterLimits() scim.FilterLimits {
	return scim.FilterLimits{Bytes: c.MaxFilterLength, Terms: c.MaxFilterTerms, Depth: c.MaxFilterDepth}
}

func orDefault[T int | int64 | time.Duration](value, otherwise T) T {
	if value > 0 {
		return value
	}
	return otherwise
}

// requestedURL returns a base URL with the host that the request names.
func requestedURL(r *http.Request) string {
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	return scheme + r.Host + "/scim/v2"
}
