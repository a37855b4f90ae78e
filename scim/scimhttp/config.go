package scimhttp

import (
	"context"
	"crypto/rand"
	"net/http"
	"time"

	"go.uber.org/zap"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/scimhttp/cursor"
)

// Config configures a handler. Only Directory is required.
type Config struct {
	Directory scim.Directory // of the handler's connection
	Log       *zap.Logger    // nil: nothing is logged

	// BaseURL returns the address that the IdP uses for this handler, without a
	// slash at the end, such as https://scim.example.com/scim/v2. Every
	// meta.location and $ref starts with it. Nil means the request's host and
	// /scim/v2.
	BaseURL func(*http.Request) string

	// OnDropped is called with the endpoint (Users or Groups) and the names of
	// attributes that were ignored because no schema has them
	// (docs/reference/identity-providers.md, row 26). May be nil.
	OnDropped func(ctx context.Context, endpoint string, names []string)

	// OnLeftOut is called with the endpoint (Users) and the names in the paths of
	// operations that were left out of a PATCH, so that its deactivation takes
	// effect (docs/reference/identity-providers.md, row 26). May be nil.
	OnLeftOut func(ctx context.Context, endpoint string, names []string)

	// Grants are the roles and entitlements that the IdP can read at /Roles and
	// /Entitlements. If nil, these endpoints do not exist.
	Grants *scim.Grants

	// CursorKey returns the key of this connection's cursors: 32 bytes, the same on
	// all replicas (package cursor). The handler calls it until it succeeds once.
	// Nil means a random key, which no other process has.
	CursorKey     func(context.Context) ([]byte, error)
	CursorTimeout time.Duration    // lifetime of a cursor; 0 means 1 h
	Clock         func() time.Time // nil: time.Now

	MaxBody           int64 // bytes of a request's body; 0 means 4 MiB
	MaxDepth          int   // levels of nesting in a body; 0 means 32
	MaxValues         int   // values of one attribute in a POST or PUT; 0 means scim.DefaultValues
	MaxMembers        int   // members that one request names; 0 means 100,000
	MaxOperations     int   // operations of one PATCH; 0 means 1,000
	MaxBulkOperations int   // operations of one bulk request; 0 means 1,000
	MaxFilterLength   int   // bytes of a filter or a path; 0 means 4,096
	MaxFilterTerms    int   // comparisons of a filter or a path; 0 means 64
	MaxFilterDepth    int   // levels of brackets in a filter or a path; 0 means 16; IdPs send 2
	MaxPage           int   // largest page: resources of one list response; 0 means 1,000
	DefaultPage       int   // page size without count; 0 means 100
}

// withDefaults returns the configuration with defaults for zero fields.
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

// requestedURL returns the base URL with the host that the request names.
func requestedURL(r *http.Request) string {
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	return scheme + r.Host + "/scim/v2"
}
