package expr_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/flexscim/flexscim/flex/flexsim/internal/expr"
)

const ann = `{
	"name": "Ann", "age": 40, "vip": true, "email": "ann-marie@x.org", "roles": ["agent", "admin"],
	"routing": {"skills": ["billing"], "levels": {"billing": 3}}, "list": [{"n": 1}], "nothing": null
}`

// TestMatch checks the results that Twilio's page on expressions defines, and the
// rules of doc.go for what the page does not define.
func TestMatch(t *testing.T) {
	t.Parallel()
	var attributes map[string]any
	d := json.NewDecoder(strings.NewReader(ann))
	d.UseNumber()
	if err := d.Decode(&attributes); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		`1==1`: true,
		`routing.skills HAS "billing" AND routing.levels.billing >= 3`: true,
		`routing.levels.billing > 3`:                                   false,
		`name == "Ann"`:                                                true,
		`name == 'Ann'`:                                                true,
		`name == "ann"`:                                                false,
		`name != "Bob"`:                                                true,
		`name CONTAINS "nn"`:                                           true,
		`name contains "x"`:                                            false,
		`email == "ann-marie@x.org"`:                                   true,
		`age < 41 and age <= 40 and age > 39 and age >= 40`:            true,
		`age == 40.0`:                                                  true,
		`age > -1`:                                                     true,
		`vip == true`:                                                  true,
		`vip != false`:                                                 true,
		`"agent" IN roles`:                                             true,
		`name in ["Ann", "Bob"]`:                                       true,
		`name NOT IN ["Bob"]`:                                          true,
		`name not in ["Ann"]`:                                          false,
		`roles HAS 'admin'`:                                            true,
		`roles == "agent"`:                                             false, // a scalar operator on a list
		`roles != "agent"`:                                             false,
		`name HAS "Ann"`:                                               false, // a list operator on two scalars
		`name IN "Ann"`:                                                false,
		`roles[1] == "admin"`:                                          true,
		`list[0].n == 1`:                                               true,
		`roles[9] == "admin"`:                                          false,
		`missing == "x"`:                                               false,
		`missing != "x"`:                                               true,
		`missing NOT IN ["x"]`:                                         true,
		`missing HAS "x"`:                                              false,
		`nothing == "x"`:                                               false,
		`name == 1`:                                                    false,
		`1==2 OR 1==1 AND 1==1`:                                        true, // AND has precedence over OR
		`(1==1 OR 1==1) AND 1==2`:                                      false,
		`1==1 OR 1==1 AND 1==2`:                                        true,
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			e, err := expr.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			if got := e(attributes); got != want {
				t.Errorf("got %t, want %t", got, want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		``, `name`, `name ==`, `== 1`, `NOT name == 1`, `name NOT "x"`, `name == "x`, `(1==1`, `1==1)`, `1==1 1==1`,
		`a.b. == 1`, `a[x] == 1`, `a[-1] == 1`, `a == [["x"]]`, `a == [b]`, `a == [1`, `a = 1`, `a == 1.2.3`, `a == $`,
		strings.Repeat("(", 3000) + "1==1", strings.Repeat("x", expr.MaxLength+1),
	} {
		if _, err := expr.Parse(text); err == nil {
			t.Errorf("Parse(%.40q): got no error", text)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`routing.skills HAS "billing" AND (a[0] NOT IN [1, 'x'] OR b != true)`)
	f.Fuzz(func(_ *testing.T, text string) {
		if e, err := expr.Parse(text); err == nil {
			e(map[string]any{"a": []any{"x"}})
		}
	})
}
