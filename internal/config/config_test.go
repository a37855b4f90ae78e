package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/flexscim/flexscim/internal/config"
)

// load calls Load with a configuration file that contains this text ("" means no
// file).
func load(t *testing.T, args []string, environ []string, yaml string) (config.Config, error) {
	t.Helper()
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	config.Register(flags)
	if yaml != "" {
		path := filepath.Join(t.TempDir(), "flexscim.yaml")
		if err := os.WriteFile(path, []byte(yaml), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--config", path)
	}
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	return config.Load(flags, environ)
}

func TestOrder(t *testing.T) {
	t.Parallel()
	const yaml = "listen: 127.0.0.1:1\nlimits:\n  body: 1MiB\nleavers: {drain: 0}\n"
	for _, c := range []struct {
		name    string
		args    []string
		environ []string
		yaml    string
		want    string
	}{
		{"nothing", nil, nil, "", "127.0.0.1:8080"},
		{"file", nil, nil, yaml, "127.0.0.1:1"},
		{"the environment overrides the file", nil, []string{"FLEXSCIM_LISTEN=127.0.0.1:2"}, yaml, "127.0.0.1:2"},
		{"an empty variable is ignored", nil, []string{"FLEXSCIM_LISTEN="}, yaml, "127.0.0.1:1"},
		{"a flag overrides everything", []string{"--listen", "127.0.0.1:3"}, []string{"FLEXSCIM_LISTEN=127.0.0.1:2"}, yaml, "127.0.0.1:3"},
	} {
		got, err := load(t, c.args, c.environ, c.yaml)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if got.Listen != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got.Listen, c.want)
		}
		if c.yaml != "" && (got.Limits.Body != config.Mebibyte || got.Leavers.Drain != 0) {
			t.Errorf("%s: got body %v, drain %v, want 1MiB, 0", c.name, got.Limits.Body, got.Leavers.Drain)
		}
	}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	c := config.Default()
	if _, err := config.Load(nil, nil); err != nil {
		t.Errorf("the defaults are invalid: %v", err)
	}
	got := []any{c.Database.URL, c.Connection.Kind, c.Flex.Backend, c.Flex.Concurrency, c.Flex.Rate, c.Flex.Timeout, c.Flex.AdoptExact,
		c.Leavers.Drain, c.Sweep.Interval, c.Limits, c.Log.Level, c.Log.Format, c.Shutdown.Grace}
	limits := config.Limits{Body: 4 * config.Mebibyte, Bodies: 128 * config.Mebibyte, Headers: 64 * config.Kibibyte, RequestTime: 30 * time.Second, Rate: 100, Depth: 32,
		Values: 500, Members: 100_000, PatchOperations: 1000, BulkOperations: 1000, FilterLength: 4 * config.Kibibyte, FilterTerms: 64,
		FilterDepth: 16, Page: 1000, DefaultPage: 100, Scan: 20_000}
	want := []any{"sqlite:flexscim.db", "other", "taskrouter", 20, 250, 15 * time.Second, false,
		30 * time.Minute, time.Hour, limits, "info", "json", 10 * time.Second}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("defaults (-want +got):\n%s", diff)
	}
}

// TestProblems checks that each mistake is reported in one line that contains the
// given parts.
func TestProblems(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		args    []string
		environ []string
		yaml    string
		want    []string
	}{
		{"flag", []string{"--listen", "nowhere"}, nil, "", []string{"listen (--listen)", `"nowhere"`, "host:port", "127.0.0.1:8080"}},
		{"environment", nil, []string{"FLEXSCIM_LEAVERS_DRAIN=soon"}, "", []string{"leavers.drain (FLEXSCIM_LEAVERS_DRAIN)", `"soon"`, "duration", "30m"}},
		{"file", nil, nil, "log:\n  level: loud\n", []string{"log.level (", "flexscim.yaml:2)", `"loud"`, "debug, info, warn, error"}},
		{"range", []string{"--flex-concurrency", "0"}, nil, "", []string{"flex.concurrency", "between 1 and 1000"}},
		{"size", []string{"--limits-body", "4 parsecs"}, nil, "", []string{"limits.body", "a size"}},
		{"unknown key", nil, nil, "limits:\n  bodi: 1MiB\n", []string{"limits.bodi", "flexscim.yaml:2", "Did you mean limits.body?"}},
		{"last part only", nil, nil, "drain: 1m\n", []string{"drain", "Did you mean leavers.drain?"}},
		{"unknown key without a similar one", nil, nil, "colour: red\n", []string{"colour", "config reference"}},
		{"variable with a typing error", nil, []string{"FLEXSCIM_LIMIT_BODY=1MiB"}, "", []string{"FLEXSCIM_LIMIT_BODY", "Did you mean FLEXSCIM_LIMITS_BODY?"}},
		{"key twice", nil, nil, "listen: a:1\nlisten: b:2\n", []string{"given once", "flexscim.yaml:2"}},
		{"list", nil, nil, "listen: [a, b]\n", []string{"listen", "one value"}},
		{"section as text", nil, nil, "log: loud\n", []string{"log", "keys with values"}},
		{"not YAML", nil, nil, "\t:", []string{"config", "YAML"}},
		{"missing file", []string{"--config", "/does/not/exist"}, nil, "", []string{"config", "/does/not/exist", "readable"}},
		{"half of TLS", []string{"--tls-cert", "c.pem"}, nil, "", []string{"tls.cert", "tls.key"}},
		{"token without name", nil, []string{"FLEXSCIM_CONNECTION_TOKEN=abc"}, "", []string{"connection.name"}},
		{"domains", nil, []string{"FLEXSCIM_CONNECTION_ALLOWED_DOMAINS=@example.com"}, "", []string{"connection.allowed_domains", "example.com"}},
		{"secret twice", nil, []string{"FLEXSCIM_METRICS_TOKEN=abc", "FLEXSCIM_METRICS_TOKEN_FILE=/x"}, "", []string{"metrics.token", "given once"}},
		{"Twilio's credentials in plain text", []string{"--flex-base-url", "http://proxy.example.com:8081"}, nil, "", []string{"flex.base_url (--flex-base-url)", "https unless its host is loopback"}},
		{"loopback in a name", nil, []string{"FLEXSCIM_FLEX_BASE_URL=http://127.0.0.1.example.com"}, "", []string{"flex.base_url", "loopback"}},
		{"a private address", nil, nil, "flex: {base_url: 'http://10.0.0.1'}\n", []string{"flex.base_url", "loopback"}},
		{"every address", nil, nil, "flex: {base_url: 'HTTP://0.0.0.0:8081'}\n", []string{"flex.base_url", "loopback"}},
		{"SID", nil, []string{"TWILIO_ACCOUNT_SID=SK1"}, "", []string{"twilio.account_sid (TWILIO_ACCOUNT_SID)", "AC and 32"}},
	} {
		_, err := load(t, c.args, c.environ, c.yaml)
		if err == nil {
			t.Errorf("%s: no problem, want one", c.name)
			continue
		}
		if lines := strings.Count(err.Error(), "\n") + 1; lines != 1 {
			t.Errorf("%s: got %d lines, want 1: %v", c.name, lines, err)
		}
		for _, w := range c.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: got %q, want it to say %q", c.name, err, w)
			}
		}
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	t.Parallel()
	_, err := load(t, []string{"--listen", "x"}, []string{"FLEXSCIM_LOG_FORMAT=xml"}, "sweep: {intervall: 1h}\n")
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("got %v, want three lines", err)
	}
}

// TestTwilioURL checks that a Twilio URL may have the scheme http only if its host
// is this machine.
func TestTwilioURL(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"http://127.0.0.1:8081", "http://localhost", "http://[::1]:8081", "http://127.9.8.7:1", "https://proxy.example.com", "https://10.0.0.1:8443"} {
		if _, err := load(t, []string{"--flex-base-url", address}, nil, ""); err != nil {
			t.Errorf("%s: got %v, want it to be taken", address, err)
		}
	}
}

// TestForeignVariables checks that Load ignores variables that begin with FLEXSCIM_
// but come from Kubernetes or our tests.
func TestForeignVariables(t *testing.T) {
	t.Parallel()
	_, err := load(t, nil, []string{"FLEXSCIM_PORT=tcp://1.2.3.4:80", "FLEXSCIM_SERVICE_HOST=1.2.3.4", "FLEXSCIM_SERVICE_PORT=80",
		"FLEXSCIM_PORT_8080_TCP_ADDR=1.2.3.4", "FLEXSCIM_REQUIRE=postgres", "FLEXSCIM_TEST_AS_PROGRAM=1", "FLEXSCIM_KILLS=3", "FLEXSCIM_SOAK=1h", "FLEXSCIM_PEOPLE=1000", "FLEXSCIM_NEWMAN=/usr/bin/newman"}, "")
	if err != nil {
		t.Errorf("got %v, want none", err)
	}
}

// TestDatabasePassword checks that no problem shows the password of a database's
// URL. It also checks that a URL is refused if parsers disagree about which part is
// the password.
func TestDatabasePassword(t *testing.T) {
	t.Parallel()
	for url, good := range map[string]bool{
		"postgres://u:hunter@h/x":                      true,
		"postgres://u:hunter%40%2F@h/x":                true,
		"postgres://u@h/x?password=hunter":             true,
		"postgres://u@h/x?host=/tmp&password=hunter":   true,
		"postgres://u:1@hunter@h/x":                    false,
		"postgres://u:1/hunter@h/x":                    false,
		"postgres://u:hunter/1@h/x":                    false,
		"postgres://u:1#hunter@h/x":                    false,
		"postgres://u:1?hunter@h/x":                    false,
		"postgres://u:%zzhunter@h/x":                   false,
		"postgres://u:hunter@h:port/x":                 false,
		"postgres:u:hunter@h/x":                        false,
		"postgres:/u:hunter@h/x":                       false,
		" postgres://u:hunter@h/x":                     false,
		"mysql://u:hunter@h/x":                         false,
		"mysql://u@h/x?password=hunter":                false,
		"u:hunter@h/x":                                 false,
		"host=h user=u password=hunter":                false,
		"jdbc:postgresql://h/x?user=u&password=hunter": false,
	} {
		for _, source := range []struct{ args, environ []string }{
			{args: []string{"--database-url", url}}, {environ: []string{"FLEXSCIM_DATABASE_URL=" + url}},
		} {
			cfg, err := load(t, source.args, source.environ, "")
			if (err == nil) != good || err != nil && (strings.Contains(err.Error(), "hunter") || !strings.Contains(err.Error(), "database.url (")) {
				t.Errorf("%s: good: want %v, got %v", url, good, err)
			}
			if want := source.args != nil; good && cfg.ShowsPassword() != want {
				t.Errorf("%s of %v: shows its password: want %v", url, source, want)
			}
		}
		if _, err := load(t, nil, []string{"FLEXSCIM_DATABASE_URL_FILE=" + url}, ""); err == nil || strings.Contains(err.Error(), "hunter") {
			t.Errorf("%s as a path: got %v, want an error without it", url, err)
		}
	}
}

// TestNoSecretIsShown checks that problems never quote secrets or passwords.
func TestNoSecretIsShown(t *testing.T) {
	t.Parallel()
	_, err := load(t, nil, []string{
		"FLEXSCIM_CONNECTION_TOKEN=hunter2 with spaces", "FLEXSCIM_METRICS_TOKEN=hunter2 \x00",
		"FLEXSCIM_DATABASE_URL=mysql://root:hunter2@db/x", "FLEXSCIM_FLEX_BASE_URL=http://u:hunter2@h",
		"FLEXSCIM_OTLP=http://u:hunter2@h:port", "FLEXSCIM_PUBLIC_URL=u:hunter2@h", "TWILIO_API_SECRET_FILE=hunter2"}, "")
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v, want seven problems and no secret", err)
	}
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	config.Register(flags)
	flags.VisitAll(func(f *pflag.Flag) {
		if strings.Contains(f.Name, "token") || strings.Contains(f.Name, "secret") {
			t.Errorf("--%s is a flag, want secrets from environment and files only", f.Name)
		}
	})
}

func TestSecretFromFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte("abc\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := load(t, nil, []string{"TWILIO_API_SECRET_FILE=" + path}, "")
	if err != nil || c.Twilio.APISecret.Reveal() != "abc" {
		t.Errorf("got %q, %v, want abc", c.Twilio.APISecret.Reveal(), err)
	}
}

func TestServe(t *testing.T) {
	t.Parallel()
	good := []string{"TWILIO_ACCOUNT_SID=AC" + strings.Repeat("0", 32), "TWILIO_AUTH_TOKEN=x"}
	for _, c := range []struct {
		name    string
		args    []string
		environ []string
		want    string // "" for no problem
	}{
		{"loopback", nil, good, ""},
		{"IPv6 loopback", []string{"--listen", "[::1]:80"}, good, ""},
		{"mapped loopback", []string{"--listen", "[::ffff:127.0.0.1]:80"}, good, ""},
		{"localhost", []string{"--listen", "localhost:80"}, good, ""},
		{"everywhere", []string{"--listen", ":8080"}, good, "--behind-proxy"},
		{"all addresses", []string{"--listen", "0.0.0.0:8080"}, good, "--tls-cert"},
		{"a name that looks like loopback", []string{"--listen", "127.0.0.1.example.com:80"}, good, "loopback"},
		{"behind a proxy", []string{"--listen", ":8080", "--behind-proxy"}, good, ""},
		{"no account", nil, []string{"TWILIO_AUTH_TOKEN=x"}, "TWILIO_ACCOUNT_SID"},
		{"no credentials", nil, good[:1], "TWILIO_API_KEY"},
		{"key without secret", nil, append(good[:1:1], "TWILIO_API_KEY=SK"+strings.Repeat("0", 32)), "TWILIO_API_SECRET"},
		{"a certificate file that does not exist", []string{"--tls-cert", "/none", "--tls-key", "/none"}, good, "/none"},
		{"a token that is easy to guess", nil, append(good[:2:2], "FLEXSCIM_CONNECTION_NAME=a", "FLEXSCIM_CONNECTION_TOKEN=letmein"), "connection.token (FLEXSCIM_CONNECTION_TOKEN) must be at least 32 characters long. Create one: echo fscim_$(openssl"},
		{"metrics token to guess", nil, append(good[:2:2], "FLEXSCIM_METRICS_TOKEN="+strings.Repeat("a", 31)), "metrics.token (FLEXSCIM_METRICS_TOKEN) must be at least 32 characters long"},
		{"a setting of a connection without a name", nil, append(good[:2:2], "FLEXSCIM_CONNECTION_ENTITLEMENTS=true"), "connection.entitlements"},
		{"the kind of a connection without a name", nil, append(good[:2:2], "FLEXSCIM_CONNECTION_KIND=okta"), ""},
		{"metrics token", nil, append(good[:2:2], "FLEXSCIM_METRICS_TOKEN="+strings.Repeat("a", 32)), ""},
	} {
		cfg, err := load(t, c.args, c.environ, "")
		if err != nil {
			t.Errorf("%s: Load: %v", c.name, err)
		}
		switch err := cfg.ValidateServe(); {
		case c.want == "" && err != nil:
			t.Errorf("%s: got %v, want no problem", c.name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n")):
			t.Errorf("%s: got %v, want one line with %q", c.name, err, c.want)
		}
	}
}

// TestLimits checks that a limit outside its range is refused, and that the setting
// `default_page` cannot exceed the setting `page`.
func TestLimits(t *testing.T) {
	t.Parallel()
	for flag, values := range map[string][4]string{ // :: flag → too little, the minimum, the maximum, too much
		"body":             {"1023", "1KiB", "64MiB", "67108865"},
		"headers":          {"4095", "4KiB", "1MiB", "1048577"},
		"request-time":     {"999ms", "1s", "10m", "601s"},
		"rate":             {"-1", "0", "100000", "100001"},
		"depth":            {"11", "12", "256", "257"},
		"values":           {"19", "20", "2000", "2001"},
		"members":          {"99", "100", "1000000", "1000001"},
		"patch-operations": {"49", "50", "10000", "10001"},
		"bulk-operations":  {"0", "1", "10000", "10001"},
		"filter-length":    {"511", "512", "64KiB", "65537"},
		"filter-terms":     {"3", "4", "64", "65"},
		"filter-depth":     {"3", "4", "32", "33"},
		"page":             {"9", "100", "10000", "10001"}, // the minimum is 10, but default_page is 100
		"default-page":     {"0", "1", "1000", "10001"},
		"scan":             {"99", "100", "1000000", "1000001"},
	} {
		for i, value := range values {
			_, err := load(t, []string{"--limits-" + flag, value}, nil, "")
			key := "limits." + strings.ReplaceAll(flag, "-", "_")
			switch within := i == 1 || i == 2; {
			case within && err != nil:
				t.Errorf("%s=%s: got %v, want no problem", key, value, err)
			case !within && (err == nil || !strings.Contains(err.Error(), key) || !strings.Contains(err.Error(), "between")):
				t.Errorf("%s=%s: got %v, want a line that names it and its bounds", key, value, err)
			}
		}
	}
	_, err := load(t, []string{"--limits-page", "50"}, nil, "")
	if err == nil || !strings.Contains(err.Error(), "limits.default_page") || !strings.Contains(err.Error(), "at most limits.page, which is 50") {
		t.Errorf("page=50, default_page=100: got %v, want a line that names both", err)
	}
}

// TestHelpShowsTypes checks that --help shows the type of each flag's value, and no word
// of its help text, as the name of this value.
func TestHelpShowsTypes(t *testing.T) {
	t.Parallel()
	flags := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	config.Register(flags)
	flags.VisitAll(func(f *pflag.Flag) {
		if name, _ := pflag.UnquoteUsage(f); name != "" && name != f.Value.Type() {
			t.Errorf("--%s: got %q as the name of the value, want its type %q", f.Name, name, f.Value.Type())
		}
	})
}
