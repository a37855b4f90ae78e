package plan

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/flexscim/flexscim/flex"
)

// Make returns the steps that turn the state in Flex into the desired state. If
// later steps depend on the effect of StopRouting or EndWork, the result ends with
// that step, and the caller must then read the state in Flex and call Make again.
// Make returns nil if there is nothing to do.
func Make(w Want, h Have) []Step {
	if h.Outdated {
		return []Step{{Verb: Wait, Why: "Twilio may not show yet whether the person has a Worker"}}
	}
	o := ownerOf(w, h)
	if w.Person.IsNobody() {
		return remove(w, h, o)
	}
	return keep(w, h, o)
}

// keep returns the steps for a person who should have a Worker.
func keep(w Want, h Have, o owner) []Step {
	if n := utf8.RuneCountInString(w.Person.UserName); n > flex.MaxFriendlyName {
		return report(h, "the userName has "+strconv.Itoa(n)+" characters, a Worker's name takes "+strconv.Itoa(flex.MaxFriendlyName))
	}
	if h.Hidden {
		return report(h, "Twilio refuses the name as taken but lists no Worker with this name; look in Flex for a name that differs only in letter case")
	}
	if h.Rival != "" {
		return giveWay(w, h)
	}
	switch o {
	case none:
		return create(w)
	case ours, renamed, unshown:
		if steps := change(w, h, Update); steps != nil {
			return steps
		}
		return restore(w, h)
	case adoptable:
		return adopt(w, h)
	case several, otherPerson, unknownPerson, reassigned, foreign:
	}
	return notOurs(w, h, o)
}

// notOurs returns the steps for a person who should have a Worker and cannot have the
// one that was found.
func notOurs(w Want, h Have, o owner) []Step {
	switch {
	case o == several:
		return report(h, "several Workers have this name; leave one")
	case h.Holder == Leaves:
		return []Step{{Verb: Wait, Worker: h.Worker.SID, Why: "another person's Worker has this name and is being removed or renamed"}}
	case o == otherPerson:
		return report(h, "the Worker of this name is another person's")
	case o == unknownPerson:
		return report(h, unknownMark)
	case o == reassigned:
		return report(h, "the person's Worker was renamed in Flex and lost its mark; rename it back, or delete it there")
	case w.Adopt:
		return report(h, inexact)
	}
	return report(h, Foreign)
}

// giveWay returns the steps for a Worker that cannot get its new name yet, because
// another Worker has it. If another person needs the Worker's present name, the
// Worker first gets the name Want.Spare. Without this step, two people who swap
// their names would wait for each other for ever.
func giveWay(w Want, h Have) []Step {
	if h.Rival != Leaves {
		return report(h, "the Worker cannot be renamed: another Worker has the new name and keeps it")
	}
	wait := Step{Verb: Wait, Worker: h.Worker.SID, Why: "another person's Worker has the new name and is being removed or renamed"}
	if !h.Needed {
		return []Step{wait}
	}
	return []Step{{
		Verb: GiveWay, Worker: h.Worker.SID, Change: flex.Change{FriendlyName: w.Spare},
		Why: "another person needs the old name; the new one is not free yet",
	}, wait}
}

const hiddenAttributes = "Twilio does not show the Worker's attributes, so flexscim must not overwrite them; if they are empty in Flex, set them to {}"

const unknownMark = "the Worker's attribute " + flex.KeyOwner + " marks it for a person who is not known here; remove the attribute if that is outdated"

// owner says who owns the Worker that was found for a person.
type owner int

const (
	none          owner = iota // there is no Worker
	unshown                    // the owner is unknown, because Twilio does not show the Worker's attributes and the store has no link
	several                    // there are several Workers
	otherPerson                // another person in this store
	unknownPerson              // the Worker has a mark of flexscim, but for nobody in this store
	foreign                    // nobody: the Worker has no mark, and it is not a linked Worker with one of the person's names
	adoptable                  // nobody, but the configuration lets this person adopt the Worker
	ours                       // this person
	renamed                    // this person, according to the mark, but somebody renamed the Worker in Flex
	reassigned                 // this person, according to the link, but somebody renamed the Worker and removed the mark
)

// ownerOf returns the owner of the Worker. The Worker is ours if it has this
// person's mark, or if the store links to it and it still has one of this person's
// names. If it has another person's mark, it is not ours even if the store links to
// it. A Worker can be adopted only if its name is exactly the person's name.
func ownerOf(w Want, h Have) owner {
	switch {
	case h.Worker == nil:
		return none
	case h.Several:
		return several
	case h.Holder == Unknown:
		return unknownPerson
	case h.Holder != "":
		return otherPerson
	case h.Worker.Attributes == "" && !h.Linked:
		return unshown
	}
	return ownerByName(w, h)
}

// ownerByName returns the owner of a Worker that does not belong to another person.
func ownerByName(w Want, h Have) owner {
	is := func(name string) bool { return strings.EqualFold(name, h.Worker.FriendlyName) }
	named := is(w.Name) || is(w.Spare) || slices.ContainsFunc(h.Names, is)
	switch marked := flex.Owner(h.Worker.Attributes) == w.Mark; {
	case named && (marked || h.Linked):
		return ours
	case marked:
		return renamed
	case h.Linked:
		return reassigned
	case w.Adopt && h.Worker.FriendlyName == w.Name:
		return adoptable
	}
	return foreign
}

func report(h Have, why string) []Step {
	s := Step{Verb: Report, Why: why}
	if h.Worker != nil && !h.Several {
		s.Worker = h.Worker.SID
	}
	return []Step{s}
}
