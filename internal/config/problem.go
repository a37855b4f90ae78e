package config

import (
	"fmt"
	"strings"
)

// Problem is one mistake in the configuration. Its text is one line.
type Problem struct {
	Key   string // the setting, or the unknown name
	From  string // "--listen", "FLEXSCIM_LISTEN", "flexscim.yaml:3" or "default"; "": not set
	Value string // without secrets; "": none
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
