package option

import (
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/flexscim/flexscim/flex"
)

// defaultConcurrency is how many calls at once the simulated account takes.
// Twilio publishes no number.
const defaultConcurrency = 100

// Table holds the Set in force. It is safe for concurrent use.
type Table struct {
	write sync.Mutex // one change at a time, so that none is lost
	set   atomic.Pointer[Set]
}

// NewTable returns a Table of the defaults.
func NewTable() *Table {
	s := &Set{RetryAfter: -1, Concurrency: defaultConcurrency, MaxWorkers: flex.MaxWorkers}
	for _, c := range Choices() {
		*c.field(s) = c.Values[0]
	}
	t := &Table{}
	t.set.Store(s)
	return t
}

// Load returns the Set in force; it must not be changed.
func (t *Table) Load() *Set { return t.set.Load() }

// Change sets the named options, all of them or, with an error that names the
// first wrong one, none.
func (t *Table) Change(values map[string]any) error {
	t.write.Lock()
	defer t.write.Unlock()
	next := *t.set.Load()
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if err := next.change(name, values[name]); err != nil {
			return err
		}
	}
	t.set.Store(&next)
	return nil
}

func (s *Set) change(name string, value any) error {
	switch name {
	case "concurrency":
		return number(name, value, 0, &s.Concurrency)
	case "max_workers":
		return number(name, value, 1, &s.MaxWorkers)
	case "retry_after_on_429":
		if value == absent {
			s.RetryAfter = -1
			return nil
		}
		return number(name, value, 0, (*int)(&s.RetryAfter))
	}
	for _, c := range Choices() {
		if c.Name == name {
			return c.change(s, value)
		}
	}
	return fmt.Errorf("unknown option %q: the options are %s", name, strings.Join(names(), ", "))
}

func (c Choice) change(s *Set, value any) error {
	word, ok := value.(string)
	if !ok || !slices.Contains(c.Values, word) {
		return fmt.Errorf("option %s cannot be %v: it is one of %s", c.Name, value, strings.Join(c.Values, ", "))
	}
	*c.field(s) = word
	return nil
}

// number reads a whole number of at least least, as JSON or Go writes it.
func number(name string, value any, least int, into *int) error {
	n, ok := -1, false
	switch v := value.(type) {
	case int:
		n, ok = v, true
	case float64:
		n, ok = int(v), v == float64(int(v))
	case json.Number:
		i, err := v.Int64()
		n, ok = int(i), err == nil
	}
	if !ok || n < least {
		return fmt.Errorf("option %s cannot be %v: it is a whole number of at least %d", name, value, least)
	}
	*into = n
	return nil
}

func names() []string {
	all := []string{"concurrency", "max_workers", "retry_after_on_429"}
	for _, c := range Choices() {
		all = append(all, c.Name)
	}
	sort.Strings(all)
	return all
}
