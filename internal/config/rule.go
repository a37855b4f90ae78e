package config

import (
	"cmp"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/flexscim/flexscim/internal/secret"
	"github.com/flexscim/flexscim/scim"
)

// rule checks a value. Its text completes the sentence "must be …". The text is ""
// for a rule that allows everything. An empty text or secret satisfies every rule,
// because it means that the setting has no value.
type rule struct {
	text string
	ok   func(value string) bool // for texts and secrets
	in   func(p any) bool        // for the other types
}

// holds reports whether the field at p satisfies the rule.
func (r rule) holds(p any) bool {
	switch v := p.(type) {
	case *string:
		return r.ok == nil || *v == "" || r.ok(*v)
	case *secret.String:
		return r.ok == nil || v.IsEmpty() || r.ok(v.Reveal())
	}
	return r.in == nil || r.in(p)
}

func anything() rule { return rule{} }

func oneOf(values ...string) rule {
	return rule{text: "one of " + strings.Join(values, ", "),
		ok: func(v string) bool { return slices.Contains(values, v) }}
}

func matching(text, pattern string) rule {
	return rule{text: text, ok: func(v string) bool { return regexp.MustCompile(pattern).MatchString(v) }}
}

func sid(prefix string) rule {
	return matching(prefix+" and 32 hexadecimal digits", `^`+prefix+`[0-9a-fA-F]{32}$`)
}

func label() rule { return matching("lower-case letters, digits and dashes", `^[a-z0-9-]{1,32}$`) }

func shortName() rule {
	return matching("1 to 64 letters, digits, dots, dashes or underscores", `^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
}

// token returns a rule that checks the syntax of a bearer token (RFC 6750 §2.1).
func token() rule {
	return matching("1 to 256 letters, digits or -._~+/ and = at the end", `^[A-Za-z0-9._~+/-]{1,256}=*$`)
}

func numbers(least, most int) rule { return between(least, most) }

func sizes(least, most Bytes) rule { return between(least, most) }

func durations(least, most string) rule {
	from, _ := time.ParseDuration(least)
	to, _ := time.ParseDuration(most)
	r := between(from, to)
	r.text = "between " + least + " and " + most // shorter than Duration.String
	return r
}

func between[T cmp.Ordered](least, most T) rule {
	return rule{text: fmt.Sprintf("between %v and %v", least, most), in: func(p any) bool {
		v, ok := p.(*T)
		return ok && *v >= least && *v <= most
	}}
}

// domains returns a rule that checks a list of domains.
func domains() rule {
	return rule{text: "domains such as example.com, separated by commas", ok: func(v string) bool {
		_, err := scim.ParseDomains(v)
		return err == nil
	}}
}

func hostPort() rule {
	return rule{text: "host:port", ok: func(v string) bool {
		_, port, err := net.SplitHostPort(v)
		if err != nil {
			return false
		}
		_, err = strconv.ParseUint(port, 10, 16)
		return err == nil
	}}
}

func webURL() rule {
	return rule{text: "an http or https URL without user, query and fragment", ok: func(v string) bool {
		u, err := url.Parse(v)
		return err == nil && (u.Scheme == "http" || u.Scheme == "https") &&
			u.Host != "" && u.User == nil && u.RawQuery == "" && u.Fragment == ""
	}}
}

// twilioURL returns a rule for Twilio's URL. The rule allows the scheme http for
// this machine only, because each request carries credentials of the Twilio
// account.
func twilioURL() rule {
	web := webURL()
	return rule{text: web.text + ", with https unless its host is loopback", ok: func(v string) bool {
		u, err := url.Parse(v)
		return err == nil && web.ok(v) && (u.Scheme == "https" || isLoopback(u.Hostname()))
	}}
}

func databaseURL() rule {
	return rule{text: "sqlite:PATH, or postgres://… with %40 for @, %2F for /, %3F for ? and %23 for # in the password", ok: func(v string) bool {
		if path, ok := strings.CutPrefix(v, "sqlite:"); ok {
			return path != ""
		}
		u, err := url.Parse(v)
		return err == nil && (u.Scheme == "postgres" || u.Scheme == "postgresql") && isUnambiguous(v)
	}}
}

// isUnambiguous reports whether a URL has only one @, at the end of the user and
// password. If a URL has another @, a parser could take a part of the password for
// the host, and errors show the host.
func isUnambiguous(text string) bool {
	_, rest, found := strings.Cut(text, "://")
	end := strings.LastIndexByte(rest, '@')
	return found && !strings.ContainsAny(rest[:max(end, 0)], "@/?#")
}
