package plan

import (
	"slices"
	"strconv"
)

// remove returns the steps for a person who should have no Worker.
func remove(w Want, h Have, o owner) []Step {
	switch o {
	case none, otherPerson:
		return nil
	case unshown:
		return report(h, hiddenAttributes)
	case several:
		return report(h, "several Workers have the leaver's name; delete the right one in Flex")
	case unknownPerson:
		return report(h, unknownMark)
	case foreign, adoptable: // nothing is adopted for a leaver
		switch {
		case !h.Remade:
			return report(h, ForeignLeaver)
		case isConsole(h.Worker.Attributes):
			return takeOffline(h)
		}
		w.Reason = "a login made the removed Worker again; " + w.Reason
	case renamed, reassigned:
		return drainRenamed(w, h)
	case ours:
	}
	return drain(w, h)
}

// ForeignLeaver is the reason to report a Worker that has a leaver's name but is
// not ours.
const ForeignLeaver = "a Worker of the leaver's name exists that flexscim neither made nor adopted; delete it in Flex if it is the leaver's"

// ConsoleWorker is the reason to report a Worker that has a leaver's name and may
// have been made by a login through Twilio's Console.
const ConsoleWorker = "a login made a Worker of the leaver's name with a role that Twilio's Console gives (admin, wfo.full_access); it gets no work; delete it in Flex if it is the leaver's"

// takeOffline returns the steps for a Worker that may belong to an administrator of
// the account: the Worker gets no work, and an operator decides about it.
func takeOffline(h Have) []Step {
	steps := report(h, ConsoleWorker)
	if h.Worker.Available {
		steps = append([]Step{{Verb: TakeOffline, Worker: h.Worker.SID, Why: "a login made the removed Worker again"}}, steps...)
	}
	return steps
}

// isConsole reports whether a Worker has a role that Twilio's Console gives to its
// users, or roles that cannot be read.
// Source: https://support.twilio.com/hc/en-us/articles/43413131018395
func isConsole(attributes string) bool {
	roles, ok := RolesOf(attributes)
	return !ok || slices.Contains(roles, admin) || slices.Contains(roles, "wfo.full_access")
}

// drain returns the steps that stop the routing to a Worker, wait until its live
// work ends, and delete it. The caller must count the live work after routing was
// stopped, because a new Reservation can arrive until then.
func drain(w Want, h Have) []Step {
	sid := h.Worker.SID
	switch {
	case !h.Stopped:
		return []Step{{Verb: StopRouting, Worker: sid, Why: w.Reason}}
	case h.Live > 0 && !h.Overdue:
		return []Step{{Verb: Wait, Worker: sid, Why: countTasks(h.Live) + " in work, until the deadline"}}
	case h.Live > 0 && len(h.Work) > 0:
		steps := make([]Step, len(h.Work))
		for i, r := range h.Work {
			steps[i] = Step{Verb: EndWork, Worker: sid, Work: r, Why: "the deadline has passed"}
		}
		return steps
	}
	return []Step{
		{Verb: Delete, Worker: sid, Why: w.Reason},
		{Verb: Verify, Worker: sid, Why: "a Worker is removed once it reads back as absent"},
	}
}

// drainRenamed returns the steps for a leaver's Worker that somebody renamed in Flex.
// The Worker may be another person's now, so an operator decides about the deletion.
func drainRenamed(w Want, h Have) []Step {
	steps := drain(w, h)
	if steps[0].Verb == Delete {
		return report(h, "the leaver's Worker was renamed in Flex; it gets no work; delete it there if it is still the leaver's")
	}
	return steps
}

// countTasks returns the subject and verb of a sentence about live tasks, such as
// "2 tasks are".
func countTasks(n int) string {
	if n == 1 {
		return "one task is"
	}
	return strconv.Itoa(n) + " tasks are"
}
