package reconcile

import (
	"strings"
	"time"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/leaver"
	"github.com/flexscim/flexscim/internal/plan"
)

// settling is the time after which Twilio's fetches and lists certainly show a
// write. Until that time has passed, fetches and lists may show outdated data.
const settling = time.Minute

// pollOutdated is the pause before a run repeats a read that may be outdated.
const pollOutdated = 2 * time.Second

// isFresh reports whether the person's Worker, or a Worker that may have been made
// with the link's name, is so new that Twilio may not show it yet.
func (s state) isFresh(now time.Time) bool {
	return (s.worker == linked || s.worker == lost) && now.Sub(s.link.Created) < settling
}

// outdated reports whether Twilio may have a Worker of the person that it does not
// show yet.
func (s state) outdated(now time.Time) bool {
	taken := s.have.Hidden || s.have.Rival == plan.Stays && s.have.Alone
	switch ours := s.have.Worker != nil && s.worker == linked; {
	case !ours && s.isFresh(now):
		return taken || !s.probes()
	case taken:
		return now.Sub(s.person.User.Meta.LastModified) < settling
	}
	return false
}

// probes reports whether a create call tells if the lost Worker exists. This is so if
// the lost Worker has the wanted name, because names in Twilio are unique. A linked
// Worker is never probed, because a create that is cut off would replace its SID.
func (s state) probes() bool {
	return s.worker == lost && !s.want.Person.IsNobody() && strings.EqualFold(s.link.FriendlyName, s.want.Name)
}

// shown returns the state after a read showed the Worker of an open removal. If a
// deletion was tried lately, the read may be outdated, so a person who has returned
// waits. If none was tried lately, the Worker was not deleted.
func (s state) shown(now time.Time) state {
	returned := !s.want.Person.IsNobody()
	if s.triedLately(now) {
		s.have.Outdated = s.have.Outdated || returned
		return s
	}
	s.leaver = s.leaver.After(leaver.Present, now)
	if returned {
		s.leaver = s.leaver.After(leaver.Returned, now)
	}
	return s
}

// triedLately reports whether a deletion was tried so recently that Twilio may still
// show the deleted Worker.
func (s state) triedLately(now time.Time) bool {
	return !s.leaver.Drained.IsZero() && now.Sub(s.leaver.Drained) < settling || deletedLately(s.leaver, s.leaver.Worker, now)
}

// deletedLately reports whether this removal deleted the Worker so recently that
// Twilio may still show it.
func deletedLately(l leaver.Record, worker flex.WorkerSID, now time.Time) bool {
	return l.Worker == worker && !l.Removed.IsZero() && now.Sub(l.Removed) < settling
}
