package scimhttp

import (
	"encoding/json"
	"math"
	"net/url"
	"strconv"
	"strings"

	"github.com/flexscim/flexscim/scim/refusal"
)

// searchQuery converts the body of a SearchRequest (RFC 7644 §3.4.3) to query
// parameters.
func searchQuery(body map[string]any) (url.Values, error) {
	query := url.Values{}
	for _, name := range parameterNames {
		value, given, err := member(body, name)
		if err != nil {
			return nil, err
		}
		if !given || value == nil {
			continue
		}
		texts, err := searchValue(name, value)
		if err != nil {
			return nil, err
		}
		if len(texts) > 0 {
			query[name] = texts
		}
	}
	return query, nil
}

// searchValue converts a value of a SearchRequest to the values of a query
// parameter. It returns an error unless the value is a string or has the type that
// RFC 7644 §3.4.3 requires.
func searchValue(name string, value any) ([]string, error) {
	switch v := value.(type) {
	case string:
		return []string{v}, nil
	case json.Number:
		if name == "startIndex" || name == "count" {
			return []string{wholeNumber(v)}, nil
		}
	case []any:
		if name != "attributes" && name != "excludedAttributes" {
			break
		}
		texts := make([]string, 0, len(v))
		for _, element := range v {
			text, ok := element.(string)
			if !ok {
				return nil, refusal.SearchMalformed.New(name)
			}
			texts = append(texts, text)
		}
		return texts, nil
	}
	return nil, refusal.SearchMalformed.New(name)
}

// wholeNumber returns a JSON number as text. For 2.0 and 20e-1 it returns "2",
// because in JSON they are the same integer as 2.
func wholeNumber(n json.Number) string {
	x, err := n.Float64()
	if err != nil || x != math.Trunc(x) || !strings.ContainsAny(n.String(), ".eE") {
		return n.String()
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}
