package terminal_test

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/flexscim/flexscim/internal/terminal"
)

// TestPrinting checks that printable text is not changed, and that JSON text keeps
// its value.
func TestPrinting(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, want string }{
		{"ann@example.com", "ann@example.com"},
		{"Zoë Müller-李 שלום", "Zoë Müller-李 שלום"},
		{`a "quoted" name\n`, `a "quoted" name\n`},
		{"a\nb", `"a\nb"`},
		{"\x1b[2J", `"\x1b[2J"`},
		{"\u202eann", `"\u202eann"`},
		{"\xff", `"\xff"`},
	} {
		var text, js bytes.Buffer
		if err := terminal.Printf(&text, "%s", row.name); err != nil || text.String() != row.want {
			t.Errorf("%q: got %s, %v, want %s", row.name, text.String(), err, row.want)
		}
		var again string
		if err := terminal.JSON(&js, row.name); err != nil || !isPrintable(strings.TrimSuffix(js.String(), "\n")) {
			t.Errorf("%q: got %q, %v", row.name, js.String(), err)
		}
		if err := json.Unmarshal(js.Bytes(), &again); err != nil || again != strings.ToValidUTF8(row.name, "\ufffd") {
			t.Errorf("%q: got %q back, %v", row.name, again, err)
		}
	}
}

func isPrintable(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return !strconv.IsPrint(r) })
}

// TestPrintfFormats checks that Printf formats an argument as package fmt does,
// then quotes it.
func TestPrintfFormats(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		format, want string
		args         []any
	}{
		{"%-4s|%03d|%v", "ab  |007|[1 2]", []any{"ab", 7, []int{1, 2}}},
		{"%[2]s\t%[1]q\n", "b\t\"a\\n\"\n", []any{"a\n", "b"}},
		{"%v", `"[a\nb]"`, []any{[]string{"a\nb"}}},
		{"100%%", "100%", nil},
	} {
		var out bytes.Buffer
		if err := terminal.Printf(&out, row.format, row.args...); err != nil || out.String() != row.want {
			t.Errorf("%q: got %q, %v, want %q", row.format, out.String(), err, row.want)
		}
	}
}

func TestJSONArray(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		names []string
		want  string
	}{
		{nil, "[]\n"},
		{[]string{"ann", "\x1b\u202e"}, "[\"ann\",\n\"\\u001b\\u202e\"]\n"},
	} {
		var out bytes.Buffer
		if err := terminal.JSONArray(&out, row.names); err != nil || out.String() != row.want || !json.Valid(out.Bytes()) {
			t.Errorf("got %q, %v, want %q", out.String(), err, row.want)
		}
	}
}

// TestCSV checks that names which are formulas, or which contain unprintable
// characters, become plain text.
func TestCSV(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	rows := [][]string{{"name", "reason"}, {"=HYPERLINK(1)", "a, b"}, {"\x1b[2J\nann", ""}, {"@x", `say "no"`}}
	want := "name,reason\n'=HYPERLINK(1),\"a, b\"\n\"\"\"\\x1b[2J\\nann\"\"\",\n'@x,\"say \"\"no\"\"\"\n"
	if err := terminal.CSV(&out, rows); err != nil || out.String() != want {
		t.Errorf("got %q, %v, want %q", out.String(), err, want)
	}
}
