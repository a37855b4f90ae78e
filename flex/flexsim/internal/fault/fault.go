package fault

import (
	"fmt"
	"slices"
	"strings"
)

// Kind is what goes wrong.
type Kind string

// The kinds.
const (
	TooMany     Kind = "429"          // refused before processing
	ServerError Kind = "500"          // refused before processing, JSON and HTML in turn
	Unavailable Kind = "503"          // refused before processing, JSON and HTML in turn
	Reset       Kind = "reset"        // the connection is reset before processing
	Timeout     Kind = "timeout"      // no answer until the client leaves; not processed
	LostAnswer  Kind = "lost-answer"  // processed, then the connection is reset
	NoEffect    Kind = "ok-no-effect" // a 2xx that changed nothing
	Latency     Kind = "latency"      // LatencyMS later, as usual
)

// Kinds lists every Kind.
func Kinds() []Kind {
	return []Kind{TooMany, ServerError, Unavailable, Reset, Timeout, LostAnswer, NoEffect, Latency}
}

// Fault is a rule: which requests fail, how, and how often. The JSON names are
// those of POST /_sim/faults.
type Fault struct {
	Method    string  `json:"method,omitempty"` // "" means any
	Path      string  `json:"path,omitempty"`   // part of the path, or a glob: * within a segment, ** across
	Kind      Kind    `json:"kind"`
	Times     int     `json:"times,omitempty"`      // how often; 0 means for ever
	Rate      float64 `json:"rate,omitempty"`       // the share of matching requests, 0 < rate ≤ 1; 0 means all
	LatencyMS int     `json:"latency_ms,omitempty"` // milliseconds; latency only
}

// maxLatencyMS keeps a typing error from holding connections for a day.
const maxLatencyMS = 10 * 60 * 1000

// check says in a sentence what is wrong with f.
func (f Fault) check() error {
	switch {
	case !slices.Contains(Kinds(), f.Kind):
		return fmt.Errorf("fault kind %q is not one of %v", f.Kind, Kinds())
	case f.Times < 0:
		return fmt.Errorf("fault times %d is negative: 0 means for ever", f.Times)
	case f.Rate < 0 || f.Rate > 1:
		return fmt.Errorf("fault rate %v is not between 0 and 1", f.Rate)
	case f.LatencyMS < 0 || f.LatencyMS > maxLatencyMS:
		return fmt.Errorf("fault latency_ms %d is not between 0 and %d", f.LatencyMS, maxLatencyMS)
	case f.Kind == Latency && f.LatencyMS == 0:
		return fmt.Errorf("fault kind latency needs latency_ms, in milliseconds")
	case f.Kind != Latency && f.LatencyMS != 0:
		return fmt.Errorf("fault latency_ms goes with kind latency, not with %s", f.Kind)
	}
	return nil
}

func isGlob(pattern string) bool { return strings.ContainsAny(pattern, "*?") }
