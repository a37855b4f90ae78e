package reconcile

import (
	"cmp"

	"github.com/flexscim/flexscim/flex"
)

// requested returns the state with the id of a request to Twilio for each effect, and
// for each time of the leaver record, that the state before does not have. An id that
// is already there stays.
func (s state) requested(before state, requests *flex.Requests) state {
	s.leaver = s.leaver.WithRequest(before.leaver, requests.ID())
	for i := len(before.effects); i < len(s.effects); i++ {
		s.effects[i].request = cmp.Or(s.effects[i].request, requests.ID())
	}
	return s
}
