package main

import (
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"time"
)

// progress shows how far a long command is, on a terminal only, and only
// after a second.
type progress struct {
	out   io.Writer // nil: nobody looks
	noun  string
	n     int64
	begin time.Time
	last  time.Time
	shown bool
}

// newProgress counts things of this name.
func newProgress(out io.Writer, noun string) *progress {
	p := &progress{noun: noun, begin: time.Now()}
	if f, ok := out.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			p.out = out
		}
	}
	return p
}

// step counts one.
func (p *progress) step() { p.at(p.n + 1) }

// at says how many there are now.
func (p *progress) at(n int64) {
	p.n = n
	now := time.Now()
	if p.out == nil || now.Sub(p.begin) < time.Second || now.Sub(p.last) < 200*time.Millisecond {
		return
	}
	p.last, p.shown = now, true
	_, _ = fmt.Fprintf(p.out, "\r\033[K%d %s, %.0f/s", p.n, p.noun, float64(p.n)/now.Sub(p.begin).Seconds())
}

// clear takes the line away.
func (p *progress) clear() {
	if p.shown {
		_, _ = fmt.Fprint(p.out, "\r\033[K")
		p.shown = false
	}
}

// mapKeys are a map's keys, to be sorted.
func mapKeys[V any](m map[string]V) iter.Seq[string] { return maps.Keys(m) }
