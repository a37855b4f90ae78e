package scimhttp

import (
	"net/url"
	"strings"

	"github.com/flexscim/flexscim/scim/refusal"
)

// parameterNames lists the query parameters that have a meaning (RFC 7644 §3.4.2,
// §3.9, RFC 9865). Other parameters are ignored
// (docs/reference/identity-providers.md, row 41).
var parameterNames = []string{"filter", "sortBy", "sortOrder", "startIndex", "count", "cursor", "attributes", "excludedAttributes"}

// parameterName returns the name of a parameter as the RFCs spell it, "" for an
// unknown one.
func parameterName(given string) string {
	for _, name := range parameterNames {
		if len(name) == len(given) && strings.EqualFold(name, given) {
			return name
		}
	}
	return ""
}

// parseParameters reads the parameters of a query. Their names can be in any letter
// case. Only an ampersand separates parameters: a semicolon is part of the value
// (RFC 3986 §3.4). A parameter that cannot be decoded is refused, because ignoring
// a filter would return everybody. A parameter that occurs twice with different
// values is refused too, except attributes and excludedAttributes, which are
// joined.
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

// parameterError returns the scimType for a malformed parameter.
func parameterError(name string) string {
	if name == "filter" {
		return refusal.InvalidFilter
	}
	return refusal.InvalidValue
}

// hasParameter reports whether a query has a parameter with a value, even if the
// value cannot be decoded.
func hasParameter(raw, name string) bool {
	for part := range strings.SplitSeq(raw, "&") {
		given, value, _ := strings.Cut(part, "=")
		if given, err := url.QueryUnescape(given); err == nil && value != "" && strings.EqualFold(given, name) {
			return true
		}
	}
	return false
}
