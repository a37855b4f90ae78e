package mapping

import "fmt"

// Level says how much a Finding matters.
type Level string

// The levels.
const (
	Note    Level = "note"    // nothing is wrong
	Warning Level = "warning" // something was left out
	Reject  Level = "reject"  // the person is nobody, and this is why
)

// Finding is something that a reader of the plan should know. Text holds no
// personal data.
type Finding struct {
	Level Level
	Key   string // the attribute that it is about, "" for the person
	Text  string
}

func reject(format string, args ...any) []Finding {
	return []Finding{{Level: Reject, Text: fmt.Sprintf(format, args...)}}
}

func overCeiling(role, why string) Finding {
	return Finding{Level: Warning, Key: "roles", Text: fmt.Sprintf("role %q from %s is over the ceiling and was cut", role, why)}
}

func failed(key, why string, err error) Finding {
	return Finding{Level: Warning, Key: key, Text: fmt.Sprintf("%s could not be evaluated and does not count: %s", why, err)}
}
