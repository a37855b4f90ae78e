package scimhttp

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/scim"
)

// TestParameters checks that parseParameters returns each known parameter of a
// query, or an error.
func TestParameters(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ query, want string }{ // want is the encoded url.Values, or "!" with the scimType and the first word of the error
		{"", ""},
		{"filter=userName%20eq%20%22a%22", "filter=userName+eq+%22a%22"},
		{"startIndex=1&count=2", "count=2&startIndex=1"},
		{"filter=a;b", "filter=a%3Bb"}, // RFC 3986 §3.4 allows a semicolon in a query
		{"filter=a%3Bb", "filter=a%3Bb"},
		{"sortBy=title;&count=1", "count=1&sortBy=title%3B"},
		{"count=1;filter=x", "count=1%3Bfilter%3Dx"}, // the value is not a number, and a later check refuses it
		{"cursor=a;b", "cursor=a%3Bb"},
		{"filter=x%zz", "! invalidFilter filter"},
		{"filter=x%2", "! invalidFilter filter"},
		{"filter=100%", "! invalidFilter filter"},
		{"Filter=100%", "! invalidFilter filter"},
		{"count=%", "! invalidValue count"},
		{"attributes=%q", "! invalidValue attributes"},
		{"%zzfilter=a", "! invalidValue name"},
		{"FILTER=a", "filter=a"},
		{"fil%74er=a", "filter=a"},
		{"STARTINDEX=2&sortby=title&sortOrder=descending", "sortBy=title&sortOrder=descending&startIndex=2"},
		{"filter=a&filter=a", "filter=a"},
		{"filter=a&filter=b", "! invalidFilter filter"},
		{"filter=&filter=b", "! invalidFilter filter"},
		{"filter=a&FILTER=b", "! invalidFilter filter"},
		{"count=1&count=2", "! invalidValue count"},
		{"attributes=a&attributes=b&Attributes=c", "attributes=a&attributes=b&attributes=c"},
		{"filter", "filter="},
		{"aadOptscim062020", ""}, // docs/reference/identity-providers.md, row 41
		{"aadOptscim062020&filter=a;b", "filter=a%3Bb"},
		{"colour=%zz&count=1", "count=1"},
		{"colour=a&colour=b", ""},
	} {
		got := ""
		query, err := parseParameters(row.query)
		if err == nil {
			got = query.Encode()
		}
		if e, ok := errors.AsType[*scim.Error](err); ok {
			word, _, _ := strings.Cut(strings.TrimPrefix(e.Detail, "The "), " ")
			got = "! " + e.Type + " " + word
		}
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.query, diff)
		}
	}
}

// FuzzParameters checks that parseParameters and net/url return the same values for
// known parameters, if net/url can parse the query.
func FuzzParameters(f *testing.F) {
	for _, seed := range []string{"", "filter=a", "filter=a;b", "FILTER=%41&count=1", "a=%zz", "filter=a&filter=b", "fil+ter=a&&=&filter"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got, err := parseParameters(raw)
		all, unread := url.ParseQuery(raw)
		want, twice := url.Values{}, false
		for name, values := range all {
			known := parameterName(name)
			if known == "" {
				continue
			}
			twice = twice || len(values) > 1 || want.Has(known)
			want[known] = values
		}
		switch {
		case unread != nil || twice: // parseParameters refuses this query, or interprets it in another way than net/url
		case err != nil:
			t.Fatalf("%q: got %v, want what net/url reads", raw, err)
		default:
			if diff := cmp.Diff(want.Encode(), got.Encode()); diff != "" {
				t.Errorf("%q (-net/url +got):\n%s", raw, diff)
			}
		}
	})
}
