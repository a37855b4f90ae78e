package reconcile

import (
	"strings"
	"time"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/leaver"
	"github.com/flexscim/flexscim/internal/plan"
)

// settling is the time after which Twilio's fetches and lists certainly show a
// write. Within that time after a write, a 404 or an empty list proves nothing.
const settling = time.Minute

// pollUnshown is the pause before the run checks again what Twilio does not show
// yet.
const pollUnshown = 2 * time.Second

// isFresh reports whether the person's Worker, or a Worker that may have been made
// with the link's name, is so new that Twilio may not show it yet. After a try to
// delete the Worker, isFresh returns false, so a 404 counts.
func (s state) isFresh(now time.Time) bool {
	tried := s.leaver.Worker == s.link.Worker && !s.leaver.Drained.IsZero()
	return (s.worker == linked || s.worker == lost) && !tried && now.Sub(s.link.Created) < settling
}

// unshown reports whether Twilio may have a Worker of the person that it does not
// show yet.
func (s state) unshown(now time.Time) bool {
	taken := s.have.Hidden || s.have.Rival == plan.Stays && s.have.Alone
	switch ours := s.have.Worker != nil && s.worker == linked; {
	case !ours && s.isFresh(now):
		return taken || !s.probes()
	case taken:
		return now.Sub(s.person.User.Meta.LastModified) < settling
	}
	return false
}

// probes reports whether another create call tells if the Worker that is not shown
// exists. This is so if that Worker has the wanted name, because names in Twilio
// are unique.
func (s state) probes() bool {
	return !s.want.Person.IsNobody() && strings.EqualFold(s.link.FriendlyName, s.want.Name)
}

// deletedLately reports whether this removal deleted the Worker so recently that
// Twilio may still show it.
func deletedLately(l leaver.Record, worker flex.WorkerSID, now time.Time) bool {
	return l.Worker == worker && !l.Removed.IsZero() && now.Sub(l.Removed) < settling
}
