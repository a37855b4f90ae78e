package config

import (
	"fmt"
	"strings"
)

// Problem is one thing that is wrong with the configuration, in one line.
type Problem struct {
	Key   string // the setting, or the name that is none
	From  string // "--listen", "FLEXSCIM_LISTEN", "flexscim.yaml:3", "default"; "" where nothing was said
	Value string // as a person may see it; "" for none
	Rule  string // completes "must be …"
	Fix   string // a sentence
}

func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.Key)
	if p.From != "" {
		fmt.Fprintf(&b, " (%s)", p.From)
	}
	if p.Value != "" {
		fmt.Fprintf(&b, " is %s;", p.Value)
	}
	fmt.Fprintf(&b, " must be %s. %s", p.Rule, p.Fix)
	return strings.ReplaceAll(b.String(), "\n", " ")
}
