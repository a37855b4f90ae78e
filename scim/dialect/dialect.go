package dialect

import (
	"strconv"
	"strings"
)

// Rule is one deviation of an IdP from the RFCs, and what the server does.
type Rule struct {
	Row    int    // in the decision table (docs/reference/identity-providers.md §4); 0: not in it
	Who    string // the IdPs known to send or need it
	What   string // what they send
	Answer string // what the server does
	Source string // RFC section, exchange of the transcripts (T5), or section of docs/reference/identity-providers.md
	Where  string // the function that implements it: package.name
	Test   string // package and test; if Row is N, the subtest is "row N"
}

// Markdown returns the table of docs/reference/conformance.md.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| row | who | what is sent | what the server does | source | test |\n|---|---|---|---|---|---|\n")
	for _, r := range Rules() {
		row := ""
		if r.Row > 0 {
			row = strconv.Itoa(r.Row)
		}
		b.WriteString("| " + strings.Join([]string{row, r.Who, r.What, r.Answer, r.Source, r.Test}, " | ") + " |\n")
	}
	return b.String()
}
