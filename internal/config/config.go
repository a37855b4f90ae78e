package config

import (
	"strconv"
	"strings"
	"time"

	"github.com/flexscim/flexscim/internal/secret"
)

// Config has the settings of one process. Load returns it. The file settings.go has
// the default and the rule of each field.
type Config struct {
	Listen      string // host:port of SCIM, health and metrics
	TLS         TLS
	BehindProxy bool   // whether a reverse proxy terminates TLS
	PublicURL   string // URL at which IdPs reach flexscim; "": unknown
	OpenConfig  bool   // whether ServiceProviderConfig can be read without a token
	Database    Database
	Connection  Connection
	Twilio      Twilio
	Flex        Flex
	Leavers     Leavers
	Sweep       Sweep
	MappingFile string // "": the rules, if any, are in the configuration file
	Limits      Limits
	Log         Log
	OTLP        string // endpoint for traces; "": none
	Metrics     Metrics
	Shutdown    Shutdown

	from map[string]string // :: key → source of its value
	file file              // zero: no configuration file
}

// TLS has the paths of the certificate and its key. The files are reloaded when they change.
type TLS struct{ Cert, Key string }

// Database has the address of the database.
type Database struct {
	URL string // "sqlite:PATH" or "postgres://…"; it may contain a password
}

// Connection describes the first connection. If Token is set, the server creates
// the connection when it starts.
type Connection struct {
	Name  string
	Kind  string // okta, entra, other
	Token secret.String

	Entitlements   bool   // whether the IdP may read the roles and entitlements
	GroupPut       string // auto, clear, keep: what a PUT does with the members of a group if it omits them
	Pagination     bool   // whether ServiceProviderConfig shows what RFC 9865 adds
	AllowedDomains string // domains of userNames, separated by commas; "": all
}

// Twilio has the account and its credentials. If the API key and the account's auth
// token are both set, the API key is used.
type Twilio struct {
	AccountSID string
	APIKey     string
	APISecret  secret.String
	AuthToken  secret.String
	Region     string
	Edge       string
}

// Flex configures the calls to Twilio.
type Flex struct {
	BaseURL     string        // URL for the calls to all Twilio products; "": Twilio's own URLs
	Backend     string        // taskrouter, flex-users
	Concurrency int           // concurrent calls
	Rate        int           // calls per second
	Timeout     time.Duration // of one call
	AdoptExact  bool          // whether to adopt a Worker whose name is exactly the userName
}

// Leavers configures the removal of Workers.
type Leavers struct {
	Drain time.Duration // how long live work may continue; 0: it ends immediately
}

// Sweep configures the comparison of the whole workspace.
type Sweep struct {
	Interval time.Duration // 0: only on demand
}

// Limits has the limits of a request.
type Limits struct {
	Body            Bytes
	Bodies          Bytes // of all requests together
	Headers         Bytes // including the request line
	RequestTime     time.Duration
	Rate            int // requests per second and connection; 0: no limit
	Depth           int // nesting of objects and lists in a body
	Values          int // values of one attribute of a resource
	Members         int // in one request
	PatchOperations int
	BulkOperations  int
	FilterLength    Bytes
	FilterTerms     int // comparisons
	FilterDepth     int // nesting of brackets
	Page            int // resources in one response
	DefaultPage     int // page size if the request has no count
	Scan            int // resources that one list request may read without an index
}

// Log configures the log.
type Log struct {
	Level  string // debug, info, warn, error
	Format string // json, console

	Addresses bool // whether the logs contain the addresses of clients
}

// Metrics has the token for /metrics.
type Metrics struct {
	Token secret.String // for a scraper; "": nobody reads /metrics
}

// Shutdown configures the end of the process.
type Shutdown struct {
	Grace time.Duration // time for unfinished requests and jobs when the process ends
}

// Default returns the default settings.
func Default() Config {
	c := Config{from: map[string]string{}}
	for _, s := range settings() {
		if s.preset != "" {
			_ = set(s.at(&c), s.preset) // never fails: a test checks every default
		}
		c.from[s.key] = "default"
	}
	return c
}

// connectionPrefix is the prefix of the keys of the first connection's settings.
const connectionPrefix = "connection."

// ConnectionValues returns those settings of the first connection that a flag, a
// variable or the file sets. The keys of the map are the keys of the settings without
// the prefix "connection.". The map does not contain the name and the token.
func (c *Config) ConnectionValues() map[string]string {
	values := map[string]string{}
	for _, s := range settings() {
		name, ok := strings.CutPrefix(s.key, connectionPrefix)
		if !ok || s.key == "connection.name" || s.isSecret() || c.IsDefault(s.key) {
			continue
		}
		switch p := s.at(c).(type) {
		case *string:
			values[name] = *p
		case *bool:
			values[name] = strconv.FormatBool(*p)
		}
	}
	return values
}

// IsDefault reports whether the key has its default value because no source sets
// it.
func (c *Config) IsDefault(key string) bool { return c.from[key] == "default" }
