package config

import (
	"time"

	"github.com/flexscim/flexscim/internal/secret"
)

// Config is the settings of one process. Load fills it; settings.go has the
// default and the rule of every field.
type Config struct {
	Listen      string // host:port of SCIM, health and metrics
	TLS         TLS
	BehindProxy bool   // a reverse proxy ends TLS before us
	PublicURL   string // where IdPs reach us; "": unknown
	Database    Database
	Connection  Connection
	Twilio      Twilio
	Flex        Flex
	Leavers     Leavers
	Sweep       Sweep
	MappingFile string // "": the mapping is in the configuration file, or nowhere
	Limits      Limits
	Log         Log
	OTLP        string // endpoint for traces; "": none
	Metrics     Metrics
	Shutdown    Shutdown

	from map[string]string // :: key → where its value came from
	file *file             // nil: no configuration file
}

// TLS names the certificate's files. They are read again when they change.
type TLS struct{ Cert, Key string }

// Database is where everything is kept.
type Database struct {
	URL string // "sqlite:PATH" or "postgres://…"; it may hold a password
}

// Connection is the first connection, made at the start if it has a token.
type Connection struct {
	Name  string
	Kind  string // okta, entra, other
	Token secret.String

	Entitlements bool // its IdP may read which roles and entitlements there are
}

// Twilio is the account. An API key with its secret is preferred to the
// account's own auth token.
type Twilio struct {
	AccountSID string
	APIKey     string
	APISecret  secret.String
	AuthToken  secret.String
	Region     string
	Edge       string
}

// Flex says how Twilio is called.
type Flex struct {
	BaseURL     string        // every Twilio product at this one address; "": Twilio's own
	Backend     string        // taskrouter, flex-users
	Concurrency int           // calls in flight
	Rate        int           // calls a second
	Timeout     time.Duration // of one call
	AdoptExact  bool          // take over a Worker whose name is exactly the userName
}

// Leavers says how people go.
type Leavers struct {
	Drain time.Duration // how long live work may go on; 0: not at all
}

// Sweep compares the whole workspace.
type Sweep struct {
	Interval time.Duration // 0: only on demand
}

// Limits bounds what a request may cost.
type Limits struct {
	Body            Bytes
	Headers         Bytes // with the request's line
	RequestTime     time.Duration
	Rate            int // requests a second of one connection; 0: any number
	Depth           int // objects and lists within each other, in a body
	Values          int // of one attribute of one resource
	Members         int // that one request names
	PatchOperations int
	BulkOperations  int
	FilterLength    Bytes
	FilterTerms     int // comparisons
	FilterDepth     int // brackets within each other
	Page            int // resources of one answer
	DefaultPage     int // where no count is given
	Scan            int // resources that one list request may look at one by one
}

// Log is the log's form.
type Log struct {
	Level  string // debug, info, warn, error
	Format string // json, console
}

// Metrics guards /metrics.
type Metrics struct {
	Token secret.String // for a scraper; a SCIM token is good as well
}

// Shutdown says how a process ends.
type Shutdown struct {
	Grace time.Duration // for requests and jobs that run
}

// Default is the settings of a process of which nothing was said.
func Default() Config {
	c := Config{from: map[string]string{}}
	for _, s := range settings() {
		if s.preset != "" {
			_ = set(s.at(&c), s.preset) // a test sets every default
		}
		c.from[s.key] = "default"
	}
	return c
}

// IsDefault says whether nobody has said anything of the setting.
func (c *Config) IsDefault(key string) bool { return c.from[key] == "default" }
