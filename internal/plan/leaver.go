package plan

import "strconv"

// remove is for a person who should have no Worker. The busy check comes
// after routing was stopped: before it, a new reservation can slip in.
func remove(w Want, h Have) []Step {
	switch whose(w, h) {
	case nothing, others:
		return nil
	case several:
		return report(h, "several Workers have the leaver's name; delete the right one in Flex")
	case unknowns:
		return report(h, unknownMark)
	case foreign:
		if !adoptable(w, h) {
			return report(h, "a Worker of the leaver's name exists that flexscim neither made nor adopted; delete it in Flex if it is theirs")
		}
	case ours:
		if !named(w, h) {
			return report(h, "the leaver's Worker was renamed in Flex; delete it there if it is still theirs")
		}
	}
	return drain(w, h)
}

// drain takes a Worker out of the routing, lets its work end, and deletes it.
func drain(w Want, h Have) []Step {
	sid := h.Worker.SID
	switch {
	case !h.Stopped:
		return []Step{{Verb: StopRouting, Worker: sid, Why: w.Reason}}
	case h.Live > 0 && !h.Overdue:
		return []Step{{Verb: Wait, Worker: sid, Why: live(h.Live) + " in work, until the deadline"}}
	case h.Live > 0 && len(h.Work) > 0:
		steps := make([]Step, len(h.Work))
		for i, r := range h.Work {
			steps[i] = Step{Verb: EndWork, Worker: sid, Work: r, Why: "the deadline has come"}
		}
		return steps
	}
	return []Step{
		{Verb: Delete, Worker: sid, Why: w.Reason},
		{Verb: Verify, Worker: sid, Why: "removed is what reads back as absent"},
	}
}

// live counts tasks in words.
func live(tasks int) string {
	if tasks == 1 {
		return "one task is"
	}
	return strconv.Itoa(tasks) + " tasks are"
}
