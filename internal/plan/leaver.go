package plan

import "strconv"

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
	case foreign:
		return report(h, "a Worker of the leaver's name exists that flexscim neither made nor adopted; delete it in Flex if it is the leaver's")
	case renamed:
		return report(h, "the leaver's Worker was renamed in Flex; delete it there if it is still the leaver's")
	case adoptable, ours:
	}
	return drain(w, h)
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

// countTasks returns the subject and verb of a sentence about live tasks, such as
// "2 tasks are".
func countTasks(n int) string {
	if n == 1 {
		return "one task is"
	}
	return strconv.Itoa(n) + " tasks are"
}
