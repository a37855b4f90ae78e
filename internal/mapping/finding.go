package mapping

import "fmt"

// Level is the severity of a Finding.
type Level string

// The levels.
const (
	Note    Level = "note"    // nothing is wrong
	Warning Level = "warning" // something is left out
	Reject  Level = "reject"  // the reason why the person gets no Worker
)

// Finding is something that an operator should see in the plan. Text contains
// no personal data.
type Finding struct {
	Level Level
	Key   string // the attribute in question, "" for the person
	Text  string
}

func reject(format string, args ...any) []Finding {
	return []Finding{{Level: Reject, Text: fmt.Sprintf(format, args...)}}
}

func overCeiling(role, why string) Finding {
	return Finding{Level: Warning, Key: "roles", Text: fmt.Sprintf("role %q from %s is above the ceiling and left out", role, why)}
}

func failed(key, why string, err error) Finding {
	return Finding{Level: Warning, Key: key, Text: fmt.Sprintf("%s cannot be evaluated and is ignored: %s", why, err)}
}
