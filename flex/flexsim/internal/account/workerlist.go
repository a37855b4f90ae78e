package account

import (
	"strings"
	"unicode/utf8"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/flex/flexsim/internal/expr"
)

// WorkerFilter says which Workers a list contains. Empty fields match all.
type WorkerFilter struct {
	FriendlyName string
	ActivitySID  string
	ActivityName string
	Available    *bool
	Expressions  []expr.Expr // all must match
}

// Workers returns a page of the Workers that match the filter, in the order of
// their creation.
func (a *Account) Workers(filter WorkerFilter, req PageRequest) (Page[Worker], error) {
	a.lock()
	defer a.mu.Unlock()
	matching := a.listed()
	if filter.FriendlyName != "" || filter.ActivitySID != "" || filter.ActivityName != "" ||
		filter.Available != nil || len(filter.Expressions) > 0 {
		matching = a.matching(matching, filter)
	}
	number := func(i int) uint64 { return matching[i].number }
	return cutPage(matching, number, req, a.opt.Load().PageStability, (*worker).view)
}

func (a *Account) matching(candidates []*worker, filter WorkerFilter) []*worker {
	mode := a.opt.Load().FriendlyNameFilter
	if filter.FriendlyName != "" && mode != "prefix" && a.opt.Load().ListLag == 0 {
		candidates = nil
		if wk := a.byName[fold(filter.FriendlyName)]; wk != nil {
			candidates = []*worker{wk}
		}
	}
	var found []*worker
	for _, wk := range candidates {
		if filter.matches(wk, mode) {
			found = append(found, wk)
		}
	}
	return found
}

func (f WorkerFilter) matches(wk *worker, mode string) bool {
	switch {
	case mode == "exact" && f.FriendlyName != "" && fold(wk.FriendlyName) != fold(f.FriendlyName),
		mode == "exact_case" && f.FriendlyName != "" && wk.FriendlyName != f.FriendlyName,
		mode == "prefix" && !strings.HasPrefix(fold(wk.FriendlyName), fold(f.FriendlyName)),
		f.ActivitySID != "" && wk.activity.SID != f.ActivitySID,
		f.ActivityName != "" && wk.activity.Name != f.ActivityName,
		f.Available != nil && wk.activity.Available != *f.Available:
		return false
	}
	for _, e := range f.Expressions {
		if !e(wk.view().Facts()) {
			return false
		}
	}
	return true
}

// Facts returns the keys and values of a Worker that expressions can use: its
// attributes, and four keys that TaskRouter adds.
func (wk Worker) Facts() map[string]any {
	facts, err := ParseAttributes(wk.Attributes)
	if err != nil {
		facts = map[string]any{}
	}
	facts["sid"] = wk.SID
	facts["friendly_name"] = wk.FriendlyName
	facts["activity_sid"] = wk.Activity.SID
	facts["activity_name"] = wk.Activity.Name
	return facts
}

// All returns a copy of every Worker.
func (a *Account) All() []Worker {
	a.lock()
	defer a.mu.Unlock()
	all := make([]Worker, 0, len(a.workers))
	for _, wk := range a.workers {
		all = append(all, wk.view())
	}
	return all
}

func checkAttributes(text string) error {
	if n := utf8.RuneCountInString(text); n > flex.MaxAttributes {
		return Invalid("Attributes has %d characters: at most %d", n, flex.MaxAttributes)
	}
	if _, err := ParseAttributes(text); err != nil {
		return Invalid("Attributes is not a JSON object")
	}
	return nil
}

// fold converts a FriendlyName to one letter case, for comparisons that ignore
// case.
func fold(name string) string { return strings.ToLower(strings.ToUpper(name)) }
