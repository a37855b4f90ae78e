package scimhttp_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/flexscim/flexscim/scim/scimhttp"
)

// wish is a value filter. Its methods evaluate the filter according to RFC 7644
// §3.4.2.2, and do not use the code under test.
type wish struct {
	join  string // and, or, not; "" for a comparison
	terms []wish

	attr, op, value string
}

// holds reports whether the filter is true for an element.
func (w wish) holds(element map[string]any) bool {
	switch w.join {
	case "and":
		return w.terms[0].holds(element) && w.terms[1].holds(element)
	case "or":
		return w.terms[0].holds(element) || w.terms[1].holds(element)
	case "not":
		return !w.terms[0].holds(element)
	}
	given, there := element[w.attr]
	have, want := strings.ToLower(fmt.Sprint(given)), strings.ToLower(w.value)
	switch w.op {
	case "pr":
		return there
	case "ne":
		return !there || have != want
	case "eq":
		return there && have == want
	case "co":
		return there && strings.Contains(have, want)
	case "sw":
		return there && strings.HasPrefix(have, want)
	case "ew":
		return there && strings.HasSuffix(have, want)
	case "gt":
		return there && have > want
	case "le":
		return there && have <= want
	}
	panic("no such operator: " + w.op)
}

// speller writes filters as text. It chooses at random between spellings with the
// same meaning.
type speller struct{ t *rapid.T }

func (s speller) one(of ...string) string { return rapid.SampledFrom(of).Draw(s.t, "spelling") }

func (s speller) word(w string) string {
	return s.one(w, w, strings.ToUpper(w), strings.ToUpper(w[:1])+w[1:])
}

func (s speller) space() string { return s.one(" ", " ", "  ") }

// text returns a filter as text. If an "or" is a term of an "and", it puts brackets
// around the "or".
func (s speller) text(w wish, below string) string {
	var text string
	switch w.join {
	case "":
		text = s.comparison(w)
	case "not":
		return s.word("not") + s.one("", " ") + "(" + s.one("", " ") + s.text(w.terms[0], "") + s.one("", " ") + ")"
	default:
		text = s.text(w.terms[0], w.join) + s.space() + s.word(w.join) + s.space() + s.text(w.terms[1], w.join)
	}
	if w.join == "or" && below == "and" || s.one("", "", "", "", "(") == "(" {
		return "(" + text + ")"
	}
	return text
}

func (s speller) comparison(w wish) string {
	text := s.word(w.attr) + s.space() + s.word(w.op)
	switch {
	case w.op == "pr":
		return text
	case w.attr == "primary":
		return text + s.space() + s.one(w.value, `"`+w.value+`"`)
	}
	return text + s.space() + s.one(`"`+w.value+`"`, `"`+w.value+`"`, `'`+w.value+`'`, w.value)
}

// drawWish returns a random filter with the given number of comparisons.
func drawWish(t *rapid.T, comparisons int) wish {
	if rapid.IntRange(0, 3).Draw(t, "not") == 0 {
		return wish{join: "not", terms: []wish{drawPositive(t, comparisons)}}
	}
	return drawPositive(t, comparisons)
}

func drawPositive(t *rapid.T, comparisons int) wish {
	if comparisons > 1 {
		left := rapid.IntRange(1, comparisons-1).Draw(t, "left")
		return wish{join: rapid.SampledFrom([]string{"and", "or"}).Draw(t, "join"), terms: []wish{drawWish(t, left), drawWish(t, comparisons-left)}}
	}
	w := wish{attr: rapid.SampledFrom([]string{"type", "value", "display", "primary"}).Draw(t, "attribute")}
	if w.attr == "primary" {
		w.op = rapid.SampledFrom([]string{"eq", "ne", "pr"}).Draw(t, "operator")
		w.value = rapid.SampledFrom([]string{"true", "false"}).Draw(t, "literal")
		return w
	}
	w.op = rapid.SampledFrom([]string{"eq", "ne", "co", "sw", "ew", "pr", "gt", "le"}).Draw(t, "operator")
	w.value = rapid.SampledFrom(texts).Draw(t, "literal")
	return w
}

// texts are the values from which the test chooses for elements and filters. Some
// texts are a prefix or suffix of other texts, and some are keywords of the filter
// grammar.
var texts = []string{"work", "home", "wo", "a", "Ab", "b", "a@x.io", "x.io", "and", "or", "not", "pr"}

func drawElements(t *rapid.T) []any {
	elements := []any{}
	for range rapid.IntRange(0, 4).Draw(t, "elements") {
		e := map[string]any{"value": rapid.SampledFrom(texts).Draw(t, "value")}
		for _, name := range []string{"type", "display"} {
			if rapid.Bool().Draw(t, "has "+name) {
				e[name] = rapid.SampledFrom(texts).Draw(t, name)
			}
		}
		if rapid.Bool().Draw(t, "has primary") {
			e["primary"] = rapid.Bool().Draw(t, "primary")
		}
		elements = append(elements, e)
	}
	return elements
}

// TestValueFilters checks that a filter in square brackets selects the elements
// that the RFC requires. It tests the filter of a list and the path of a PATCH (RFC
// 7644 §3.4.2.2, §3.5.2).
func TestValueFilters(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{})
	ann := s.user("ann")
	rapid.Check(t, func(t *rapid.T) {
		body, err := json.Marshal(map[string]any{"userName": "ann", "emails": drawElements(t)})
		if err != nil {
			t.Fatal(err)
		}
		elements, _ := s.must(200, "PUT", ann, string(body)).at("emails").([]any)
		w := drawWish(t, rapid.IntRange(1, 5).Draw(t, "comparisons"))
		var chosen, others []any
		for _, e := range elements {
			if w.holds(e.(map[string]any)) {
				chosen = append(chosen, e)
			} else {
				others = append(others, e)
			}
		}
		spell := speller{t}
		path := "emails[" + spell.one("", " ") + spell.text(w, "") + spell.one("", " ") + "]"
		for _, filter := range []string{path, `userName eq "ann" and ` + path, "not (" + path + ")"} {
			want := fmt.Sprint(min(len(chosen), 1))
			if strings.HasPrefix(filter, "not") {
				want = fmt.Sprint(1 - min(len(chosen), 1))
			}
			if got := fmt.Sprint(s.must(200, "GET", "/Users?filter="+escape(filter), "").at("totalResults")); got != want {
				t.Fatalf("%s: got %s, want %s of %v", filter, got, want, elements)
			}
		}
		remove, err := json.Marshal(map[string]any{"Operations": []any{map[string]any{"op": "remove", "path": path}}})
		if err != nil {
			t.Fatal(err)
		}
		left, _ := s.must(200, "PATCH", ann, string(remove)).at("emails").([]any)
		if diff := cmp.Diff(others, left); diff != "" {
			t.Fatalf("remove %s of %v (-want +got):\n%s", path, elements, diff)
		}
	})
}

// TestValueFilterTerms checks that MaxFilterTerms limits the sum of the comparisons
// inside and outside of square brackets.
func TestValueFilterTerms(t *testing.T) {
	t.Parallel()
	s := open(t, scimhttp.Config{MaxFilterTerms: 3})
	for filter, status := range map[string]int{
		`emails[type eq a and value eq b and primary pr]`:                 200,
		`emails[type eq a and value eq b and primary pr and display pr]`:  400,
		`emails[type eq a] and emails[value eq b] and title pr`:           200,
		`emails[type eq a] and emails[value eq b] and title pr and id pr`: 400,
		`emails[type eq a and display pr].value eq b`:                     200,
		`emails[type eq a and display pr and primary pr].value eq b`:      400,
	} {
		s.must(status, "GET", "/Users?filter="+escape(filter), "")
	}
}

// TestValuePaths checks that the path of a PATCH selects the right elements, for
// filters of every form (RFC 7644 §3.5.2).
func TestValuePaths(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ op, want string }{ // the user has the addresses Berlin (work, US), Bonn (home, US) and Rome (work, IT)
		{`{"op":"remove","path":"addresses[type eq \"work\" and (country eq \"US\" or country eq \"FR\")]"}`, "Bonn Rome"},
		{`{"op":"remove","path":"addresses[locality eq \"Berlin\" or locality eq \"Bonn\" or locality eq \"Rome\"]"}`, ""},
		{`{"op":"remove","path":"addresses[not (type eq \"work\") or country eq \"IT\"]"}`, "Berlin"},
		{`{"op":"remove","path":"addresses[(type eq \"home\")]"}`, "Berlin Rome"},
		{`{"op":"replace","path":"addresses[type eq \"work\" and not (country eq \"US\")].locality","value":"Pisa"}`, "Berlin Bonn Pisa"},
		{`{"op":"add","path":"addresses[type eq \"other\" and primary eq true and country eq \"US\"].locality","value":"Boston"}`, "Berlin Bonn Rome Boston"},
		{`{"op":"add","path":"addresses[(type eq \"other\" and primary eq true) and country eq \"US\"].locality","value":"Boston"}`, "Berlin Bonn Rome Boston"},
		{`{"op":"add","path":"addresses[type eq \"other\" or country eq \"FR\"].locality","value":"Boston"}`, "! noTarget"}, // row 6
		{`{"op":"replace","path":"addresses[type eq \"work\"","value":[]}`, "! invalidPath"},                                // never all elements
		{`{"op":"remove","path":"addresses[type eq \"work\" and]"}`, "! invalidPath"},
		{`{"op":"remove","path":"addresses[]"}`, "! invalidPath"},
		{`{"op":"remove","path":"name[givenName eq \"a\"]"}`, "! noTarget"},
	} {
		s := open(t, scimhttp.Config{})
		user := s.user("ann")
		address := `{"locality":"%s","type":"%s","country":"%s"}`
		s.must(200, "PATCH", user, `{"Operations":[{"op":"add","path":"addresses","value":[`+
			fmt.Sprintf(address, "Berlin", "work", "US")+","+fmt.Sprintf(address, "Bonn", "home", "US")+","+fmt.Sprintf(address, "Rome", "work", "IT")+`]}]}`)
		a := s.do("PATCH", user, `{"Operations":[`+row.op+`]}`)
		var got []string
		list, _ := a.at("addresses").([]any)
		for _, one := range list {
			got = append(got, fmt.Sprint(one.(map[string]any)["locality"]))
		}
		if a.status >= 400 {
			got = []string{"!", fmt.Sprint(a.at("scimType"))}
		}
		if text := strings.Join(got, " "); text != row.want {
			t.Errorf("%s: got %s %s, want %s", row.op, text, a.text, row.want)
		}
	}
}
