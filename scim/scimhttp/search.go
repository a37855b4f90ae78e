package scimhttp

import (
	"encoding/json"
	"math"
	"net/url"
	"strconv"
	"strings"

	"github.com/flexscim/flexscim/scim/refusal"
)

// searchQuery returns the parameters in a SearchRequest (RFC 7644 §3.4.3), as a
// query has them.
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

// searchValue returns a value of a SearchRequest, which has the type that RFC
// 7644 §3.4.3 gives it, or is a string.
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

// wholeNumber writes 2.0 as 2, which JSON allows for an integer.
func wholeNumber(n json.Number) string {
	x, err := n.Float64()
	if err != nil || x != math.Trunc(x) || !strings.ContainsAny(n.String(), ".eE") {
		return n.String()
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}
