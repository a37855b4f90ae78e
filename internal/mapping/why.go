package mapping

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/flexscim/flexscim/flex"
)

// Why returns the source of each value of p. The method Person must have returned p
// for the same input. If a value depends on the person's groups, its source names the
// groups. Why evaluates the rules up to twice for each group, so runs do not call it.
func (r *Rules) Why(in Input, p flex.Person) map[string]string {
	why, groups := maps.Clone(p.Why), in.Groups
	with := func(groups []string) map[string]any {
		in.Groups = groups
		other, _ := r.Person(in)
		return other.Attributes
	}
	without := with(nil)
	for key, value := range p.Attributes {
		if reflect.DeepEqual(without[key], value) {
			continue
		}
		same := func(groups []string) bool { return reflect.DeepEqual(with(groups)[key], value) }
		if names := decisive(groups, same); len(names) > 0 {
			why[key] += ": " + groupNames(names)
		}
	}
	return why
}

// decisive returns each group without which a value would be different. If there is
// no such group, because several groups have the same effect, it returns each group
// that alone is sufficient for the value. The argument same is a function that
// reports whether a person who is only in the given groups gets the same value.
func decisive(groups []string, same func(groups []string) bool) (names []string) {
	for i, name := range groups {
		if !same(slices.Concat(groups[:i], groups[i+1:])) {
			names = append(names, name)
		}
	}
	if len(names) > 0 {
		return names
	}
	for _, name := range groups {
		if same([]string{name}) {
			names = append(names, name)
		}
	}
	return names
}

// groupNames returns the names in quotes, for example `group "Flex Supervisors"`.
func groupNames(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = strconv.Quote(name)
	}
	if len(names) == 1 {
		return "group " + quoted[0]
	}
	return "groups " + strings.Join(quoted, ", ")
}
