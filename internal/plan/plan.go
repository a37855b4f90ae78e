package plan

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/flexscim/flexscim/flex"
)

// Make lists the steps from what Flex has to what is wanted, as far as they
// can be known: after StopRouting and EndWork, observe and plan again. No
// steps: there is nothing to do.
func Make(w Want, h Have) []Step {
	if w.Person.IsNobody() {
		return remove(w, h)
	}
	return keep(w, h)
}

// keep is for a person who should have a Worker.
func keep(w Want, h Have) []Step {
	if n := utf8.RuneCountInString(w.Person.UserName); n > flex.MaxFriendlyName {
		return report(h, "the userName has "+strconv.Itoa(n)+" characters, a Worker's name takes "+strconv.Itoa(flex.MaxFriendlyName))
	}
	if h.Hidden {
		return report(h, "Twilio says that a Worker of this name exists, and does not find it; look for a name that differs by case")
	}
	if h.Rival != "" {
		return giveWay(w, h)
	}
	switch whose(w, h) {
	case nothing:
		return create(w)
	case several:
		return report(h, "several Workers have this name; leave one")
	case others:
		if h.Holder == Leaves {
			return []Step{{Verb: Wait, Worker: h.Worker.SID, Why: "another person's Worker has this name, and is going"}}
		}
		return report(h, "the Worker of this name is another person's")
	case unknowns:
		return report(h, unknownMark)
	case foreign:
		if !adoptable(w, h) {
			return report(h, "a Worker of this name exists that flexscim neither made nor adopted; adopt it by configuration, or delete it in Flex")
		}
		return change(w, h, Adopt)
	case ours:
		return change(w, h, Update)
	}
	return nil
}

// giveWay is for a Worker that cannot be renamed yet. Two people who swap their
// names would wait for each other: so a Worker whose present name another
// person needs gets the spare name first.
func giveWay(w Want, h Have) []Step {
	if h.Rival != Leaves {
		return report(h, "the Worker cannot be renamed: another Worker has the new name, and it is not going")
	}
	wait := Step{Verb: Wait, Worker: h.Worker.SID, Why: "another person's Worker has the new name, and is going"}
	if !h.Needed {
		return []Step{wait}
	}
	return []Step{{
		Verb: GiveWay, Worker: h.Worker.SID, Change: flex.Change{FriendlyName: w.Spare},
		Why: "somebody else needs the old name; the new one is not free yet",
	}, wait}
}

const unknownMark = "the Worker's attribute " + flex.KeyOwner + " marks it for somebody who is not known here; remove the attribute if that is outdated"

// relation is whose the Worker is.
type relation int

const (
	nothing  relation = iota // there is none
	several                  // there is more than one
	others                   // another person's of ours
	unknowns                 // marked for somebody whom we do not know
	foreign                  // nobody's whom we know
	ours                     // this person's
)

// whose decides ownership: our mark, or the store's link to a Worker that
// still has a name of ours. A mark for somebody else always counts.
func whose(w Want, h Have) relation {
	switch {
	case h.Worker == nil:
		return nothing
	case h.Several:
		return several
	case h.Holder == Unknown:
		return unknowns
	case h.Holder != "":
		return others
	case flex.Owner(h.Worker.Attributes) == w.Mark, h.Linked && named(w, h):
		return ours
	}
	return foreign
}

// named says whether the Worker has a name that we gave it or mean to.
func named(w Want, h Have) bool {
	is := func(name string) bool { return strings.EqualFold(name, h.Worker.FriendlyName) }
	return is(w.Name) || slices.ContainsFunc(h.Names, is)
}

// adoptable wants the exact name, in any case.
func adoptable(w Want, h Have) bool {
	return w.Adopt && !h.Linked && strings.EqualFold(w.Name, h.Worker.FriendlyName)
}

func report(h Have, why string) []Step {
	s := Step{Verb: Report, Why: why}
	if h.Worker != nil && !h.Several {
		s.Worker = h.Worker.SID
	}
	return []Step{s}
}
