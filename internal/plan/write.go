package plan

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/flexscim/flexscim/flex"
)

// Attributes returns the attributes that flexscim writes to the person's Worker:
// the person's attributes and mark.
func (w Want) Attributes() map[string]any {
	a := maps.Clone(w.Person.Attributes)
	if a == nil {
		a = map[string]any{}
	}
	a[flex.KeyOwner] = w.Mark
	return a
}

// create returns the step that creates a Worker. The Worker also gets the
// attributes in Want.Memory, unless the merged attributes would exceed Twilio's
// limit.
func create(w Want) []Step {
	a := w.Attributes()
	why := "the person has no Worker"
	text, _, err := flex.Merge(w.Memory, a, nil)
	if err == nil && w.Memory != "" {
		why = "the person has no Worker; the new one starts with the attributes that they last had"
	}
	if err != nil {
		text, _, err = flex.Merge("", a, nil)
	}
	if err != nil {
		return report(Have{}, mergeProblem(err))
	}
	return []Step{{
		Verb: Create, Why: why, Keys: slices.Sorted(maps.Keys(a)),
		Draft: flex.Draft{FriendlyName: w.Person.UserName, Attributes: text},
	}}
}

// change returns one step that writes all differences. The argument verb is Adopt
// or Update. If Twilio does not show the attributes, the function change returns a
// step that only reports this.
func change(w Want, h Have, verb Verb) []Step {
	if h.Worker.Attributes == "" {
		return report(h, hiddenAttributes)
	}
	a := w.Attributes()
	text, changed, err := flex.Merge(h.Worker.Attributes, a, w.Owned)
	if err != nil {
		return report(h, mergeProblem(err))
	}
	s := Step{Verb: verb, Worker: h.Worker.SID}
	if changed {
		s.Change.Attributes = text
		s.Keys = differing(h.Worker.Attributes, a, w.Owned)
		s.Why = "attributes differ: " + strings.Join(s.Keys, ", ")
	}
	before, _ := RolesOf(h.Worker.Attributes)
	if after, _ := RolesOf(text); verb == Adopt || !slices.Equal(before, after) {
		s.Roles = RoleChange{before, after}
	}
	if !isNamed(w, h) {
		s.Change.FriendlyName = w.Person.UserName
		s.Why = strings.TrimSuffix("the name differs; "+s.Why, "; ")
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

// restore returns a step for each channel of the Worker that differs from the
// channel of this name that the person's last Worker had. Twilio gives all channels
// of a new Worker their default capacity.
func restore(w Want, h Have) (steps []Step) {
	for _, want := range w.Channels {
		i := slices.IndexFunc(h.Channels, func(c flex.Channel) bool { return c.Name == want.Name })
		if i < 0 || want.Capacity == h.Channels[i].Capacity && want.Available == h.Channels[i].Available {
			continue
		}
		want.SID = h.Channels[i].SID
		steps = append(steps, Step{
			Verb: SetChannel, Worker: h.Worker.SID, Channel: want, Keys: []string{"channel." + want.Name},
			Why: "the person's last Worker had the capacity " + strconv.Itoa(want.Capacity) + isOff(want),
		})
	}
	return steps
}

// isOff returns words for a channel that takes no Tasks, and "" for any other
// channel.
func isOff(c flex.Channel) string {
	if c.Available {
		return ""
	}
	return " and did not take these tasks"
}

// isNamed reports whether the Worker has the wanted name. Twilio may show the name
// that we wrote in lower case.
func isNamed(w Want, h Have) bool {
	name := w.Person.UserName
	return h.Worker.FriendlyName == name || h.Worker.ShowsName(name) && slices.Contains(h.Names, name)
}

// differing returns the keys whose value in the Worker differs from the desired
// value, and the keys that flexscim wrote and that are no longer desired.
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

// mergeProblem returns a text that tells operators why attributes cannot be
// written.
func mergeProblem(err error) string {
	e, ok := errors.AsType[*flex.Error](err)
	if ok && e.Err != nil {
		return e.Err.Error()
	}
	return "the Worker's attributes are not a JSON object; correct them in Flex"
}
