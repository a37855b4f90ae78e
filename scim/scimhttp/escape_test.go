package scimhttp_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/flexscim/flexscim/scim/scimhttp"
)

// TestEscapes checks that a filter is refused if it contains a backslash that the
// client did not escape. JSON would read the backslash and the next letter as a
// control character. Then the list would be empty, and the IdP would create the
// person again. The error names the escape.
func TestEscapes(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{})
	for _, letter := range []string{"b", "f", "n", "r", "t"} {
		name := `CORP\` + letter + "ob"
		path := s.user(strings.ReplaceAll(name, `\`, `\\`))
		for _, filter := range []string{"userName eq %q", "userName sw %q", "externalId ne %q", "title pr and emails[type eq \"work\" and value eq %q]", "name.givenName co %q"} {
			a := s.must(400, "GET", "/Users?filter="+escape(strings.ReplaceAll(filter, "%q", `"`+name+`"`)), "")
			if detail, _ := a.at("detail").(string); a.at("scimType") != "invalidFilter" || !strings.Contains(detail, `the escape \`+letter) {
				t.Errorf("%s of %s: got %s, want the escape", filter, name, a.text)
			}
		}
		a := s.must(400, "PATCH", path, `{"Operations":[{"op":"remove","path":"emails[value eq \"CORP\\`+letter+`ob\"]"}]}`)
		if a.at("scimType") != "invalidPath" {
			t.Errorf("%s in a path: got %s, want invalidPath", name, a.text)
		}
		for _, filter := range []string{`userName eq "CORP\\` + letter + `ob"`, `userName eq ` + name, `userName eq "CORP\u005c` + letter + `ob"`} {
			if a := s.must(200, "GET", "/Users?filter="+escape(filter), ""); fmt.Sprint(a.at("totalResults")) != "1" {
				t.Errorf("%s: got %s, want the user", filter, a.text)
			}
		}
	}
	s.must(201, "POST", "/Users", `{"userName":"cid","addresses":[{"formatted":"Street 1\nBerlin"}]}`)
	for _, filter := range []string{`addresses.formatted eq "Street 1\nBerlin"`, `addresses[formatted co "1\nB"]`} { // a value in these filters may contain a line break
		if a := s.must(200, "GET", "/Users?filter="+escape(filter), ""); fmt.Sprint(a.at("totalResults")) != "1" {
			t.Errorf("%s: got %s, want the user", filter, a.text)
		}
	}
}
