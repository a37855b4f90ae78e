package fault

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"
)

// List holds the faults in the order in which they were added. It is safe for
// concurrent use.
type List struct {
	mu    sync.Mutex
	rand  *rand.Rand
	rules []*rule
}

type rule struct {
	Fault
	glob *regexp.Regexp // nil: Path is part of the path
	met  int            // how often it struck
}

// Strike is one request's failure.
type Strike struct {
	Fault
	Turn int // 0 for the rule's first strike, then 1, 2, …
}

// NewList returns an empty List whose rates are decided from seed.
func NewList(seed uint64) *List {
	return &List{rand: rand.New(rand.NewPCG(seed, seed))}
}

// Add appends f. It refuses a rule that makes no sense, with the reason.
func (l *List) Add(f Fault) error {
	if err := f.check(); err != nil {
		return err
	}
	r := &rule{Fault: f}
	if isGlob(f.Path) {
		r.glob = compile(f.Path)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rules = append(l.rules, r)
	return nil
}

// Clear removes every fault.
func (l *List) Clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rules = nil
}

// Faults lists the rules that can still strike.
func (l *List) Faults() []Fault {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := []Fault{}
	for _, r := range l.rules {
		if !r.spent() {
			all = append(all, r.Fault)
		}
	}
	return all
}

// Next returns the first fault that strikes this request, and counts it.
func (l *List) Next(method, path string) (Strike, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.rules {
		if r.spent() || !r.matches(method, path) {
			continue
		}
		if r.Rate > 0 && l.rand.Float64() >= r.Rate {
			continue
		}
		r.met++
		return Strike{Fault: r.Fault, Turn: r.met - 1}, true
	}
	return Strike{}, false
}

func (r *rule) spent() bool { return r.Times > 0 && r.met >= r.Times }

func (r *rule) matches(method, path string) bool {
	if r.Method != "" && !strings.EqualFold(r.Method, method) {
		return false
	}
	if r.glob != nil {
		return r.glob.MatchString(path)
	}
	return strings.Contains(path, r.Path)
}

// compile turns a glob into an expression for the whole path. A glob that does
// not begin with a slash may begin anywhere.
func compile(glob string) *regexp.Regexp {
	quoted := regexp.QuoteMeta(glob)
	quoted = strings.ReplaceAll(quoted, `\*\*`, `.*`)
	quoted = strings.ReplaceAll(quoted, `\*`, `[^/]*`)
	quoted = strings.ReplaceAll(quoted, `\?`, `[^/]`)
	if !strings.HasPrefix(glob, "/") {
		quoted = ".*" + quoted
	}
	return regexp.MustCompile("^" + quoted + "$")
}
