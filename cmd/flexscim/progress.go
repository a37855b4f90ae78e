package main

import (
	"fmt"
	"io"
	"os"
	"time"
)

// progress shows the progress of a command on a terminal, after the first
// second.
type progress struct {
	out   io.Writer // nil: not a terminal
	noun  string
	n     int64
	begin time.Time
	last  time.Time
	shown bool
}

// newProgress returns a progress that counts nouns.
func newProgress(out io.Writer, noun string) *progress {
	p := &progress{noun: noun, begin: time.Now()}
	if f, ok := out.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			p.out = out
		}
	}
	return p
}

// step counts one more.
func (p *progress) step() { p.at(p.n + 1) }

// at sets the count.
func (p *progress) at(n int64) {
	p.n = n
	now := time.Now()
	if p.out == nil || now.Sub(p.begin) < time.Second || now.Sub(p.last) < 200*time.Millisecond {
		return
	}
	p.last, p.shown = now, true
	_, _ = fmt.Fprintf(p.out, "\r\033[K%d %s, %.0f/s", p.n, p.noun, float64(p.n)/now.Sub(p.begin).Seconds())
}

// clear removes the line.
func (p *progress) clear() {
	if p.shown {
		_, _ = fmt.Fprint(p.out, "\r\033[K")
		p.shown = false
	}
}
