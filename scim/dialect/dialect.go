package dialect

import (
	"strconv"
	"strings"
)

// Rule is one thing that an IdP does in its own way.
type Rule struct {
	Row    int    // of the decision table, docs/reference/identity-providers.md §4; 0: not in it
	Who    string // sends or needs it, as far as is known
	What   string // is sent
	Answer string // and what it means here
	Source string // RFC section, exchange of the transcripts (T5), or section of docs/reference/identity-providers.md
	Where  string // function that does it: package.name
	Test   string // package and test; its subtest is "row N" where Row is N
}

// Markdown is the table for docs/reference/conformance.md.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| row | who | what | here | source | test |\n|---|---|---|---|---|---|\n")
	for _, r := range Rules() {
		row := ""
		if r.Row > 0 {
			row = strconv.Itoa(r.Row)
		}
		b.WriteString("| " + strings.Join([]string{row, r.Who, r.What, r.Answer, r.Source, r.Test}, " | ") + " |\n")
	}
	return b.String()
}
