package scimhttp

import (
	"net/url"
	"strings"

	"github.com/flexscim/flexscim/scim/refusal"
)

// parameterNames lists the query parameters that the RFCs define (RFC 7644 §3.4.2,
// §3.9, RFC 9865). The handler ignores other parameters
// (docs/reference/identity-providers.md, row 41).
var parameterNames = []string{"filter", "sortBy", "sortOrder", "startIndex", "count", "cursor", "attributes", "excludedAttributes"}

// parameterName returns the name of a parameter in the spelling of the RFCs. If the
// parameter is unknown, it returns "".
func parameterName(given string) string {
	for _, name := range parameterNames {
		if len(name) == len(given) && strings.EqualFold(name, given) {
			return name
		}
	}
	return ""
}

// parseParameters parses the known parameters of a query. The letter case of their
// names is ignored. Only an ampersand separates parameters: a semicolon is part of
// the value (RFC 3986 §3.4). If a parameter cannot be decoded, parseParameters
// returns an error, because a list without its filter would contain all users. It
// also returns an error if a parameter occurs twice with different values. The
// values of `attributes` and `excludedAttributes` are an exception: parseParameters
// returns all of them.
func parseParameters(raw string) (url.Values, error) {
	if raw == "" {
		return nil, nil
	}
	query := url.Values{}
	for part := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(part, "=")
		name, err := url.QueryUnescape(name)
		if err != nil {
			return nil, refusal.ParameterNameMalformed.New()
		}
		if name = parameterName(name); name == "" {
			continue
		}
		if value, err = url.QueryUnescape(value); err != nil {
			return nil, refusal.ParameterMalformed.As(parameterError(name), name)
		}
		before, given := query[name]
		switch {
		case given && before[0] == value:
		case given && name != "attributes" && name != "excludedAttributes":
			return nil, refusal.ParameterTwice.As(parameterError(name), name)
		default:
			query.Add(name, value)
		}
	}
	return query, nil
}

// parameterError returns the scimType of the error for a malformed parameter.
func parameterError(name string) string {
	if name == "filter" {
		return refusal.InvalidFilter
	}
	return refusal.InvalidValue
}

// hasParameter reports whether a query has the parameter with a value that is not
// empty. The value need not be decodable.
func hasParameter(raw, name string) bool {
	for part := range strings.SplitSeq(raw, "&") {
		given, value, _ := strings.Cut(part, "=")
		if given, err := url.QueryUnescape(given); err == nil && value != "" && strings.EqualFold(given, name) {
			return true
		}
	}
	return false
}
