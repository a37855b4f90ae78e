package world

import (
	"cmp"
	"strings"
	"unicode/utf8"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/flex/flexsim/internal/claim"
	"github.com/flexscim/flexscim/flex/flexsim/internal/expr"
	"github.com/flexscim/flexscim/flex/flexsim/internal/page"
)

func compare(a, b uint64) int { return cmp.Compare(a, b) }

// WorkerFilter says which Workers a list shows; what is empty does not filter.
type WorkerFilter struct {
	FriendlyName string
	ActivitySID  string
	ActivityName string
	Available    *bool
	Expressions  []*expr.Expr // all of them hold
}

// Workers lists Workers in the order of their creation, a page at a time.
func (w *World) Workers(filter WorkerFilter, req page.Request) (page.Slice[Worker], error) {
	w.lock()
	defer w.mu.Unlock()
	matching := w.workers
	if filter.FriendlyName != "" || filter.ActivitySID != "" || filter.ActivityName != "" ||
		filter.Available != nil || len(filter.Expressions) > 0 {
		matching = w.matching(filter)
	}
	found, err := page.Cut(matching, func(k *worker) uint64 { return k.number }, req, w.opt.Load().PageStability)
	if err != nil {
		return page.Slice[Worker]{}, Invalid("%v", err)
	}
	return page.Convert(found, (*worker).view), nil
}

func (w *World) matching(filter WorkerFilter) []*worker {
	candidates := w.workers
	mode := w.opt.Load().FriendlyNameFilter
	if filter.FriendlyName != "" && mode != "prefix" {
		candidates = nil
		if k := w.byName[fold(filter.FriendlyName)]; k != nil {
			candidates = []*worker{k}
		}
	}
	var found []*worker
	for _, k := range candidates {
		if filter.matches(k, mode) {
			found = append(found, k)
		}
	}
	return found
}

func (f WorkerFilter) matches(k *worker, mode string) bool {
	switch {
	case mode == "exact_case" && f.FriendlyName != "" && k.FriendlyName != f.FriendlyName,
		mode == "prefix" && !strings.HasPrefix(fold(k.FriendlyName), fold(f.FriendlyName)),
		f.ActivitySID != "" && k.activity.SID != f.ActivitySID,
		f.ActivityName != "" && k.activity.Name != f.ActivityName,
		f.Available != nil && k.activity.Available != *f.Available:
		return false
	}
	for _, e := range f.Expressions {
		if !e.Match(k.view().Facts()) {
			return false
		}
	}
	return true
}

// Facts is what an expression sees of a Worker: its attributes, and four keys
// of TaskRouter's own.
func (k Worker) Facts() map[string]any {
	facts, err := claim.Parse(k.Attributes)
	if err != nil {
		facts = map[string]any{}
	}
	facts["sid"] = k.SID
	facts["friendly_name"] = k.FriendlyName
	facts["activity_sid"] = k.Activity.SID
	facts["activity_name"] = k.Activity.Name
	return facts
}

// All copies every Worker.
func (w *World) All() []Worker {
	w.lock()
	defer w.mu.Unlock()
	all := make([]Worker, 0, len(w.workers))
	for _, k := range w.workers {
		all = append(all, k.view())
	}
	return all
}

func checkAttributes(text string) error {
	if n := utf8.RuneCountInString(text); n > flex.MaxAttributes {
		return Invalid("Attributes has %d characters: at most %d", n, flex.MaxAttributes)
	}
	if _, err := claim.Parse(text); err != nil {
		return Invalid("Attributes is not a JSON object")
	}
	return nil
}

// fold is the form in which FriendlyNames are compared: in any case.
func fold(name string) string { return strings.ToLower(strings.ToUpper(name)) }
