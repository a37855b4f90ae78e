package config

import (
	"crypto/tls"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/flexscim/flexscim/internal/secret"
)

// problems checks each value and the combinations of values, and returns all
// problems.
func (c *Config) problems() []Problem {
	var out []Problem
	for _, s := range settings() {
		if p := s.at(c); !s.rule.holds(p) {
			out = append(out, Problem{s.key, c.from[s.key], s.show(c), s.rule.text, s.fix()})
		}
	}
	if (c.TLS.Cert == "") != (c.TLS.Key == "") {
		out = append(out, c.problem("tls.cert", "given together with tls.key", "Set both or none."))
	}
	if !c.Connection.Token.IsEmpty() && c.Connection.Name == "" {
		out = append(out, c.problem("connection.name", "set where connection.token is", ""))
	}
	if c.Limits.DefaultPage > c.Limits.Page {
		out = append(out, c.problem("limits.default_page", "at most limits.page, which is "+strconv.Itoa(c.Limits.Page), ""))
	}
	if c.MappingFile != "" && c.file.mapping.first != 0 {
		out = append(out, c.problem("mapping_file", "the only place of the rules",
			"Remove it, or `mapping:` from "+c.file.at(c.file.mapping.first)+"."))
	}
	return out
}

// ShowsPassword reports whether a flag contains the database's password. In this
// case every user of the machine can read the password in the process list.
func (c *Config) ShowsPassword() bool {
	return c.from["database.url"] == "--database-url" && hasPassword(c.Database.URL)
}

// ValidateServe makes the additional checks for `flexscim serve`: TLS is required
// unless the address is loopback, Twilio's credentials must be set, configured
// tokens must be hard to guess, and settings of a connection need its name. It does
// not check whether the database contains a token.
func (c *Config) ValidateServe() error {
	var out []Problem
	if !c.Loopback() && c.TLS.Cert == "" && !c.BehindProxy {
		out = append(out, c.problem("listen", "a loopback address without TLS",
			"Set --tls-cert and --tls-key, or --behind-proxy if a reverse proxy terminates TLS."))
	}
	if c.TLS.Cert != "" && c.TLS.Key != "" {
		if _, err := tls.LoadX509KeyPair(c.TLS.Cert, c.TLS.Key); err != nil {
			out = append(out, c.problem("tls.cert", "a certificate with its key", err.Error()+"."))
		}
	}
	for _, key := range []string{"connection.token", "metrics.token"} {
		s, _ := find(key)
		if token, ok := s.at(c).(*secret.String); ok && !token.IsEmpty() && len(token.Reveal()) < minToken {
			out = append(out, c.problem(key, "at least 32 characters long", "Create one: echo fscim_$(openssl rand -hex 32)"))
		}
	}
	return join(slices.Concat(out, c.namelessProblems(), c.credentialProblems()))
}

// namelessProblems returns a problem for each setting of a connection if the
// connection has no name. It ignores connection.kind, which docker-compose.yml
// always sets.
func (c *Config) namelessProblems() []Problem {
	var out []Problem
	for _, name := range slices.Sorted(maps.Keys(c.ConnectionValues())) {
		if c.Connection.Name == "" && name != "kind" {
			out = append(out, c.problem("connection.name", "set where "+connectionPrefix+name+" is", ""))
		}
	}
	return out
}

// minToken is the minimum number of characters of a configured token: 32
// hexadecimal digits are 128 bits.
const minToken = 32

func (c *Config) credentialProblems() []Problem {
	var out []Problem
	if c.Twilio.AccountSID == "" {
		out = append(out, c.problem("twilio.account_sid", "set", ""))
	}
	switch {
	case !c.Twilio.AuthToken.IsEmpty() && c.Twilio.APIKey == "":
	case c.Twilio.APIKey == "":
		out = append(out, c.problem("twilio.api_key", "set",
			"Create a Standard API key in Twilio's console; set TWILIO_API_KEY and TWILIO_API_SECRET."))
	case c.Twilio.APISecret.IsEmpty():
		out = append(out, c.problem("twilio.api_secret", "set where twilio.api_key is", ""))
	}
	return out
}

// problem returns a Problem that shows the setting's current value. If fix is "",
// the Problem gets the text of setting.fix.
func (c *Config) problem(key, rule, fix string) Problem {
	s, _ := find(key)
	if fix == "" {
		fix = s.fix()
	}
	p := Problem{Key: key, From: c.from[key], Rule: rule, Fix: fix}
	if v := s.show(c); v != `""` && !s.isSecret() {
		p.Value = v
	}
	if p.From == "default" && p.Value == "" {
		p.From = ""
	}
	return p
}

// Loopback reports whether Listen is a loopback address, which only this machine can reach.
func (c *Config) Loopback() bool {
	host, _, err := net.SplitHostPort(c.Listen)
	return err == nil && isLoopback(host)
}

// isLoopback reports whether a host is "localhost" or a loopback address.
func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// Mapping returns the path and the text of the mapping rules. If the rules are in
// the configuration file, the text has an empty line for each other line of the
// file, so that errors show the right line numbers. If there are no rules, Mapping
// returns "", nil, nil.
func (c *Config) Mapping() (name string, text []byte, err error) {
	if c.MappingFile != "" {
		text, err = readLimited(c.MappingFile)
		if err != nil {
			p := c.problem("mapping_file", "a readable file", err.Error()+".")
			return c.MappingFile, nil, &p
		}
		return c.MappingFile, text, nil
	}
	if text = c.file.mappingText(); text == nil {
		return "", nil, nil
	}
	return c.file.path, text, nil
}

// Problem is one mistake in the configuration. Its error text has one line.
type Problem struct {
	Key   string // the key of the setting, or the unknown name
	From  string // "--listen", "FLEXSCIM_LISTEN", "flexscim.yaml:3" or "default"; "": not set
	Value string // without secrets; "": none
	Rule  string // completes "must be …"
	Fix   string // a sentence
}

func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.Key)
	if p.From != "" {
		fmt.Fprintf(&b, " (%s)", p.From)
	}
	if p.Value != "" {
		fmt.Fprintf(&b, " is %s;", p.Value)
	}
	fmt.Fprintf(&b, " must be %s. %s", p.Rule, p.Fix)
	return strings.ReplaceAll(b.String(), "\n", " ")
}
