package config

import (
	"cmp"
	"slices"
	"strings"
)

// setting is a row of the table of settings. The type of the field in Config
// determines the syntax of the setting's value. A value of the type secret.String
// is a secret.
type setting struct {
	key     string
	preset  string // the default; "": none
	help    string // one line
	example string // for the fix; "": preset
	rule    rule
	at      func(*Config) any // pointer to the field
}

// settings returns all settings in the order in which docs/reference/config.md
// lists them.
func settings() []setting {
	return slices.Concat(serverSettings(), limitSettings(), accountSettings(), workSettings())
}

func serverSettings() []setting {
	return []setting{
		{"listen", "127.0.0.1:8080", "host:port to listen on; any address other than loopback needs TLS or behind_proxy", "", hostPort(),
			func(c *Config) any { return &c.Listen }},
		{"tls.cert", "", "certificate chain (PEM); reloaded when it changes", "/etc/flexscim/cert.pem", anything(),
			func(c *Config) any { return &c.TLS.Cert }},
		{"tls.key", "", "private key of the certificate (PEM)", "/etc/flexscim/key.pem", anything(),
			func(c *Config) any { return &c.TLS.Key }},
		{"behind_proxy", "false", "whether a reverse proxy terminates TLS", "true", anything(),
			func(c *Config) any { return &c.BehindProxy }},
		{"public_url", "", "address of flexscim for the IdP; default: the host of each request", "https://scim.example.com", webURL(),
			func(c *Config) any { return &c.PublicURL }},
		{"public_service_provider_config", "false", "whether /scim/v2/ServiceProviderConfig can be read without a token, as RFC 7643 §5 recommends", "true", anything(),
			func(c *Config) any { return &c.OpenConfig }},
		{"database.url", "sqlite:flexscim.db", "database: sqlite:PATH for one process, postgres://… for one or more; with a password, set the variable or its file, because the process list shows flags", "", databaseURL(),
			func(c *Config) any { return &c.Database.URL }},
		{"connection.name", "", "name of the connection (one app at one IdP) that is created at the start", "okta", shortName(),
			func(c *Config) any { return &c.Connection.Name }},
		{"connection.kind", "other", "the IdP of that connection; if this setting is omitted, `flexscim connection change` can set the IdP", "okta", oneOf("okta", "entra", "other"),
			func(c *Config) any { return &c.Connection.Kind }},
		{"connection.token", "", "bearer token of that connection, for example `fscim_` and the output of `openssl rand -hex 32`", "", token(),
			func(c *Config) any { return &c.Connection.Token }},
		{"connection.entitlements", "false", "whether that IdP can read the roles and entitlements (Okta Identity Governance)", "true", anything(),
			func(c *Config) any { return &c.Connection.Entitlements }},
		{"connection.group_put", "auto", "what a PUT does with a group's members if it omits them; clear: removes them; keep: keeps them; auto: removes them if that IdP has sent members by POST or PUT, and never by PATCH", "clear", oneOf("auto", "clear", "keep"),
			func(c *Config) any { return &c.Connection.GroupPut }},
		{"connection.pagination", "true", "whether ServiceProviderConfig shows the attribute `pagination` of RFC 9865, which clients with strict models refuse (Canaille)", "false", anything(),
			func(c *Config) any { return &c.Connection.Pagination }},
		{"connection.allowed_domains", "", "domains of the userNames that this IdP may create, separated by commas; only connections that list a domain may then create its userNames; default: all domains that no connection lists", "example.com,example.org", domains(),
			func(c *Config) any { return &c.Connection.AllowedDomains }},
		{"metrics.token", "", "bearer token that can read /metrics and nothing else; without it, nobody can", "", token(),
			func(c *Config) any { return &c.Metrics.Token }},
		{"shutdown.grace", "10s", "time for running requests and jobs to finish after SIGTERM", "", durations("0s", "10m"),
			func(c *Config) any { return &c.Shutdown.Grace }},
	}
}

// limitSettings returns the settings that limit requests. The minimum of each
// setting is the value that IdPs need. The maximum is the largest value at which
// one request does not slow down other requests.
func limitSettings() []setting {
	return []setting{
		{"limits.body", "4MiB", "largest request body", "", sizes(Kibibyte, 64*Mebibyte),
			func(c *Config) any { return &c.Limits.Body }},
		{"limits.bodies", "128MiB", "memory for the bodies of all requests together, at most half of the process's soft memory limit; a connection can use half of it", "", sizes(16*Mebibyte, 64*1024*Mebibyte),
			func(c *Config) any { return &c.Limits.Bodies }},
		{"limits.headers", "64KiB", "largest request line and headers together; the request line contains the filter", "", sizes(4*Kibibyte, Mebibyte),
			func(c *Config) any { return &c.Limits.Headers }},
		{"limits.request_time", "30s", "longest duration of a request", "", durations("1s", "10m"),
			func(c *Config) any { return &c.Limits.RequestTime }},
		{"limits.rate", "100", "requests per second of a connection's IdP; a burst can have ten times as many; all people of the connection together have the same limit; Entra needs at least 25; 0: no limit", "", numbers(0, 100000),
			func(c *Config) any { return &c.Limits.Rate }},
		{"limits.depth", "32", "nesting of objects and lists in a body; a Bulk of PATCHes needs 10", "", numbers(12, 256),
			func(c *Config) any { return &c.Limits.Depth }},
		{"limits.values", "500", "values of one attribute of one user, such as emails", "", numbers(20, 2000),
			func(c *Config) any { return &c.Limits.Values }},
		{"limits.members", "100000", "members in one request; a group may have more", "", numbers(100, 1000000),
			func(c *Config) any { return &c.Limits.Members }},
		{"limits.patch_operations", "1000", "operations of one PATCH", "", numbers(50, 10000),
			func(c *Config) any { return &c.Limits.PatchOperations }},
		{"limits.bulk_operations", "1000", "operations of one Bulk", "", numbers(1, 10000),
			func(c *Config) any { return &c.Limits.BulkOperations }},
		{"limits.filter_length", "4KiB", "longest filter, or path of a PATCH", "", sizes(512*Byte, 64*Kibibyte),
			func(c *Config) any { return &c.Limits.FilterLength }},
		{"limits.filter_terms", "64", "comparisons in a filter", "", numbers(4, 64),
			func(c *Config) any { return &c.Limits.FilterTerms }},
		{"limits.filter_depth", "16", "nesting of brackets in a filter", "", numbers(4, 32),
			func(c *Config) any { return &c.Limits.FilterDepth }},
		{"limits.page", "1000", "maximum page size, in resources; larger counts are capped", "", numbers(10, 10000),
			func(c *Config) any { return &c.Limits.Page }},
		{"limits.default_page", "100", "page size of a request without a count", "", numbers(1, 10000),
			func(c *Config) any { return &c.Limits.DefaultPage }},
		{"limits.scan", "20000", "resources that one list request may read if no index can be used", "", numbers(100, 1000000),
			func(c *Config) any { return &c.Limits.Scan }},
	}
}

func accountSettings() []setting {
	return []setting{
		{"twilio.account_sid", "", "the Twilio account", "AC and 32 hexadecimal digits, from console.twilio.com", sid("AC"),
			func(c *Config) any { return &c.Twilio.AccountSID }},
		{"twilio.api_key", "", "a Standard API key of that account", "SK and 32 hexadecimal digits", sid("SK"),
			func(c *Config) any { return &c.Twilio.APIKey }},
		{"twilio.api_secret", "", "the API key's secret", "", anything(),
			func(c *Config) any { return &c.Twilio.APISecret }},
		{"twilio.auth_token", "", "the account's auth token, instead of an API key", "", anything(),
			func(c *Config) any { return &c.Twilio.AuthToken }},
		{"twilio.region", "", "Twilio's processing region", "ie1", label(),
			func(c *Config) any { return &c.Twilio.Region }},
		{"twilio.edge", "", "Twilio's edge location", "dublin", label(),
			func(c *Config) any { return &c.Twilio.Edge }},
	}
}

func workSettings() []setting {
	return []setting{
		{"flex.base_url", "", "one address for all Twilio products: a simulated Flex or a proxy", "http://127.0.0.1:8081", twilioURL(),
			func(c *Config) any { return &c.Flex.BaseURL }},
		{"flex.backend", "taskrouter", "API for Workers: TaskRouter, or the Flex Users API (beta)", "", oneOf("taskrouter", "flex-users"),
			func(c *Config) any { return &c.Flex.Backend }},
		{"flex.concurrency", "20", "concurrent calls to Twilio, by all replicas together", "", numbers(1, 1000),
			func(c *Config) any { return &c.Flex.Concurrency }},
		{"flex.rate", "250", "calls to Twilio per second, by all replicas together", "", numbers(1, 10000),
			func(c *Config) any { return &c.Flex.Rate }},
		{"flex.timeout", "15s", "longest duration of one call to Twilio", "", durations("100ms", "5m"),
			func(c *Config) any { return &c.Flex.Timeout }},
		{"flex.adopt_exact", "false", "adopt an existing Worker whose name is exactly the userName of an active user", "true", anything(),
			func(c *Config) any { return &c.Flex.AdoptExact }},
		{"leavers.drain", "30m", "how long a leaver's live work may continue; 0: it is ended immediately", "", durations("0s", "720h"),
			func(c *Config) any { return &c.Leavers.Drain }},
		{"sweep.interval", "1h", "time between two comparisons of the whole workspace; 0: only on demand", "", durations("0s", "720h"),
			func(c *Config) any { return &c.Sweep.Interval }},
		{"mapping_file", "", "YAML file with the mapping rules; they can also be below `mapping:` in the configuration file", "mapping.yaml", anything(),
			func(c *Config) any { return &c.MappingFile }},
		{"log.level", "info", "minimum level of log entries", "", oneOf("debug", "info", "warn", "error"),
			func(c *Config) any { return &c.Log.Level }},
		{"log.format", "json", "format of the log", "", oneOf("json", "console"),
			func(c *Config) any { return &c.Log.Format }},
		{"log.addresses", "false", "whether the access log and the audit log name the address from which a request came", "true", anything(),
			func(c *Config) any { return &c.Log.Addresses }},
		{"otlp", "", "OTLP/HTTP endpoint for traces; default: no traces", "http://127.0.0.1:4318", webURL(),
			func(c *Config) any { return &c.OTLP }},
	}
}

const envPrefix = "FLEXSCIM_"

// configEnv is the environment variable for the path of the configuration file. The
// flag --config sets the same path.
const configEnv = envPrefix + "CONFIG"

// env returns the name of the setting's environment variable. Twilio's settings
// have the names that Twilio uses.
func (s setting) env() string {
	name := strings.ToUpper(strings.ReplaceAll(s.key, ".", "_"))
	if strings.HasPrefix(s.key, "twilio.") {
		return name
	}
	return envPrefix + name
}

// flag returns the name of the setting's flag, or "" for a secret.
func (s setting) flag() string {
	if s.isSecret() {
		return ""
	}
	return strings.NewReplacer(".", "-", "_", "-").Replace(s.key)
}

func (s setting) isSecret() bool { return kindOf(s.at(new(Config))) == "secret" }

// namesFile reports whether the setting's variable with the suffix _FILE may
// contain the path of a file with the value. Such a variable exists for secrets,
// and for the database's URL, which can contain a password.
func (s setting) namesFile() bool { return s.isSecret() || s.key == "database.url" }

// fix returns a sentence that says how to change the setting.
func (s setting) fix() string {
	example := cmp.Or(s.example, s.preset)
	how := s.env() + ", or " + s.key + " in the configuration file"
	if f := s.flag(); f != "" {
		how = "--" + f + ", " + how
	}
	if example == "" {
		return "Set " + how + "."
	}
	return "Set " + how + ", for example to " + example + "."
}
