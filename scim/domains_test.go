package scim_test

import (
	"testing"

	"github.com/flexscim/flexscim/scim"
)

// TestDomains checks which texts are lists of domains, and which userNames belong to
// a domain. Letter case is ignored as in comparisons of userNames.
func TestDomains(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]scim.Domains{
		"": "", " , ": "", "Example.com": "example.com", "b.example,a.example b.example": "a.example b.example", "büro.example": "büro.example",
		"xn--bro-hoa.example": "xn--bro-hoa.example", "a_b.example": "a_b.example",
	} {
		if got, err := scim.ParseDomains(text); err != nil || got != want {
			t.Errorf("%q: got %q, %v, want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"@example.com", "*.example.com", "example.com.", ".example.com", "a..b", "a;b", "a\nb", "-a", "http://a", "\x00"} {
		if got, err := scim.ParseDomains(text); err == nil {
			t.Errorf("%q: got %q, want an error", text, got)
		}
	}
	set := scim.Domains("example.com krone.example")
	for name, want := range map[string]bool{
		"ann@example.com": true, "ANN@Example.COM": true, "x@y@example.com": true, "ann@\u212arone.example": true, // the Kelvin sign
		"ann@sub.example.com": false, "ann@example.com.": false, "ann@example.com@other": false, "example.com": false, "ann": false, "ann@": false, "": false,
		"ann@example.com krone.example": false,
	} {
		if got := set.Has(name); got != want {
			t.Errorf("%q: got %t, want %t", name, got, want)
		}
	}
	if scim.Domains("").Has("ann@") {
		t.Error("the empty set has a userName without a domain")
	}
}
