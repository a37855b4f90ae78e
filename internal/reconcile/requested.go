package reconcile

import (
	"cmp"

	"github.com/flexscim/flexscim/flex"
)

// requested returns the state with the ids of the requests to Twilio. It compares
// the state with an earlier one, the argument before. Each new effect, and each new
// time of the leaver record, gets the id that requests.ID returns. An effect that
// already has an id keeps it.
func (s state) requested(before state, requests *flex.Requests) state {
	s.leaver = s.leaver.WithRequest(before.leaver, requests.ID())
	for i := len(before.effects); i < len(s.effects); i++ {
		s.effects[i].request = cmp.Or(s.effects[i].request, requests.ID())
	}
	return s
}
