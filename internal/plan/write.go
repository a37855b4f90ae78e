package plan

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/flexscim/flexscim/flex"
)

// Attributes are the keys that we write on the person's Worker: the person's,
// and our mark.
func (w Want) Attributes() map[string]any {
	a := maps.Clone(w.Person.Attributes)
	if a == nil {
		a = map[string]any{}
	}
	a[flex.KeyOwner] = w.Mark
	return a
}

// create starts with what the person's Worker last had, where it still fits.
func create(w Want) []Step {
	a := w.Attributes()
	why := "the person has no Worker"
	text, _, err := flex.Merge(w.Memory, a, nil)
	if err == nil && w.Memory != "" {
		why = "the person has no Worker; it starts with what they last had"
	}
	if err != nil {
		text, _, err = flex.Merge("", a, nil)
	}
	if err != nil {
		return report(Have{}, cause(err))
	}
	return []Step{{
		Verb: Create, Why: why, Keys: slices.Sorted(maps.Keys(a)),
		Draft: flex.Draft{FriendlyName: w.Person.UserName, Attributes: text},
	}}
}

// change writes what differs, in one call; verb is Adopt or Update.
func change(w Want, h Have, verb Verb) []Step {
	a := w.Attributes()
	text, changed, err := flex.Merge(h.Worker.Attributes, a, w.Owned)
	if err != nil {
		return report(h, cause(err))
	}
	s := Step{Verb: verb, Worker: h.Worker.SID}
	if changed {
		s.Change.Attributes = text
		s.Keys = differing(h.Worker.Attributes, a, w.Owned)
		s.Why = "other attributes: " + strings.Join(s.Keys, ", ")
	}
	if h.Worker.FriendlyName != w.Person.UserName {
		s.Change.FriendlyName = w.Person.UserName
		s.Why = strings.TrimSuffix("another name; "+s.Why, "; ")
		if verb == Update {
			s.Verb = Rename
		}
	}
	if verb == Adopt {
		s.Why = "a Worker of exactly this name, and adoption is on"
	}
	if s.Change == (flex.Change{}) {
		return nil
	}
	return []Step{s}
}

// differing names the keys of ours that theirs has otherwise, and those we
// wrote and no longer want.
func differing(theirs string, ours map[string]any, owned []string) []string {
	var keys []string
	for key, v := range ours {
		if _, changed, err := flex.Merge(theirs, map[string]any{key: v}, nil); changed || err != nil {
			keys = append(keys, key)
		}
	}
	for _, key := range owned {
		if _, keep := ours[key]; keep {
			continue
		}
		if _, changed, err := flex.Merge(theirs, nil, []string{key}); changed || err != nil {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// cause is what a refused merge means to a person.
func cause(err error) string {
	e, ok := errors.AsType[*flex.Error](err)
	if ok && e.Err != nil {
		return e.Err.Error()
	}
	return "the Worker's attributes are no JSON object; mend them in Flex"
}
