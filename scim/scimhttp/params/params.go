package params

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/flexscim/flexscim/scim/refusal"
)

// names are the parameters that are looked at. Others are ignored
// (docs/reference/identity-providers.md, row 41).
var names = []string{"filter", "sortBy", "sortOrder", "startIndex", "count", "cursor", attributes, excluded}

const (
	attributes = "attributes"
	excluded   = "excludedAttributes"
)

// Plain is the request with a query that url.URL.Query reads as Parse does:
// the request itself, unless that would lose something.
func Plain(r *http.Request) (*http.Request, error) {
	if isPlain(r.URL.RawQuery) {
		return r, nil
	}
	query, err := Parse(r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	plain := *r
	address := *r.URL
	address.RawQuery = query.Encode()
	plain.URL = &address
	return &plain, nil
}

// isPlain says that the query has each parameter once, spelt as we spell it,
// and nothing in it that url.URL.Query stumbles over.
func isPlain(raw string) bool {
	seen := 0
	for raw != "" {
		var part string
		part, raw, _ = strings.Cut(raw, "&")
		if strings.IndexByte(part, ';') >= 0 {
			return false
		}
		name, value, _ := strings.Cut(part, "=")
		if strings.ContainsAny(name, "%+") || !isEscaped(value) {
			return false
		}
		i, spelt := known(name)
		if i < 0 {
			continue
		}
		if !spelt || seen&(1<<i) != 0 {
			return false
		}
		seen |= 1 << i
	}
	return true
}

// known is the number of a parameter in names, -1 for none, and whether it is
// spelt as there.
func known(name string) (i int, spelt bool) {
	for i, n := range names {
		if len(n) == len(name) && strings.EqualFold(n, name) {
			return i, n == name
		}
	}
	return -1, false
}

// isEscaped says that two hexadecimal digits follow each %.
func isEscaped(s string) bool {
	for {
		at := strings.IndexByte(s, '%')
		if at < 0 {
			return true
		}
		if len(s) < at+3 || !isHex(s[at+1]) || !isHex(s[at+2]) {
			return false
		}
		s = s[at+3:]
	}
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// Parse reads the parameters of a query that are looked at, by the names in
// RFC 7644; they may be in any letter case. An ampersand alone separates them:
// a semicolon is a character like others (RFC 3986 §3.4). What cannot be read
// is refused with 400, and so is a parameter that is there twice with different
// values, but for lists of attributes, which are joined.
func Parse(raw string) (url.Values, error) {
	query := url.Values{}
	for part := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(part, "=")
		name, err := url.QueryUnescape(name)
		if err != nil {
			return nil, refusal.ParameterNameMalformed.New()
		}
		i, _ := known(name)
		if i < 0 {
			continue
		}
		name = names[i]
		if value, err = url.QueryUnescape(value); err != nil {
			return nil, unreadable(name)
		}
		if err := add(query, name, value); err != nil {
			return nil, err
		}
	}
	return query, nil
}

// Asks says whether a query has a parameter with a value, be it one that
// cannot be read.
func Asks(raw, name string) bool {
	for part := range strings.SplitSeq(raw, "&") {
		given, value, _ := strings.Cut(part, "=")
		if given, err := url.QueryUnescape(given); err == nil && value != "" && strings.EqualFold(given, name) {
			return true
		}
	}
	return false
}

func add(query url.Values, name, value string) error {
	before, given := query[name]
	switch {
	case given && before[0] == value:
	case given && name != attributes && name != excluded:
		return refusal.ParameterTwice.As(scimType(name), name)
	default:
		query.Add(name, value)
	}
	return nil
}

func unreadable(name string) error {
	return refusal.ParameterMalformed.As(scimType(name), name)
}

// scimType is what a refusal of a parameter is about.
func scimType(name string) string {
	if name == "filter" {
		return refusal.InvalidFilter
	}
	return refusal.InvalidValue
}
