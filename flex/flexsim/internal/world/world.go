package world

import (
	"slices"
	"sync"
	"time"

	"github.com/flexscim/flexscim/flex/flexsim/internal/option"
	"github.com/flexscim/flexscim/flex/flexsim/internal/sid"
)

// Config is what a World needs.
type Config struct {
	Seed    uint64           // SIDs follow from it
	Clock   func() time.Time // required
	Options *option.Table    // required
}

// World is one simulated account. It is safe for concurrent use.
type World struct {
	Places // never changes

	mu           sync.Mutex
	now          func() time.Time
	opt          *option.Table
	ids          sid.Source
	workers      []*worker          // in the order of their creation
	bySID        map[string]*worker // :: SID → Worker
	byName       map[string]*worker // :: folded FriendlyName → Worker
	tasks        map[string]*task   // :: SID → Task
	interactions map[string]*interaction
	users        []*user
	due          time.Time // when expire has something to do; zero means never
}

// New returns an account with a workspace and nobody in it.
func New(cfg Config) *World {
	w := &World{
		now:          cfg.Clock,
		opt:          cfg.Options,
		ids:          sid.New(cfg.Seed),
		bySID:        map[string]*worker{},
		byName:       map[string]*worker{},
		tasks:        map[string]*task{},
		interactions: map[string]*interaction{},
	}
	w.Places = newPlaces(&w.ids, w.time())
	return w
}

// time is the clock in whole seconds of UTC, as Twilio writes it.
func (w *World) time() time.Time { return w.now().UTC().Truncate(time.Second) }

// lock takes the lock and lets time do its work. The caller unlocks.
func (w *World) lock() {
	w.mu.Lock()
	if !w.due.IsZero() && !w.now().Before(w.due) {
		w.expire()
	}
}

// at asks for expire at t.
func (w *World) at(t time.Time) {
	if w.due.IsZero() || t.Before(w.due) {
		w.due = t
	}
}

// expire deletes the Tasks whose time has come, with their Reservations, and
// times out the Reservations that nobody answered.
func (w *World) expire() {
	now := w.time()
	w.due = time.Time{}
	for sid, t := range w.tasks {
		life, mortal := t.Status.life()
		switch {
		case mortal && !now.Before(t.entered.Add(life)):
			w.dropTask(t)
			delete(w.tasks, sid)
		case mortal:
			w.at(t.entered.Add(life))
		case t.Status == TaskReserved && t.reservation != nil:
			w.expireReservation(t.reservation, now)
		}
	}
}

func (w *World) dropTask(t *task) {
	for _, r := range t.past {
		r.worker.reservations = slices.DeleteFunc(r.worker.reservations, func(o *reservation) bool { return o == r })
	}
}
