package account

import (
	"slices"
	"sync"
	"time"
)

// Account is one simulated account. It is safe for concurrent use.
type Account struct {
	Configuration // immutable

	mu           sync.Mutex
	now          func() time.Time
	opt          *OptionTable
	ids          sidSource
	workers      []*worker          // in the order in which they were created
	graves       []*worker          // deleted recently; only used if reads lag behind writes
	bySID        map[string]*worker // :: SID → Worker
	byName       map[string]*worker // :: folded FriendlyName → Worker
	tasks        map[string]*task   // :: SID → Task
	interactions map[string]*interaction
	users        []*user
	due          time.Time // time of the next call of expire; zero: none is due
}

// New returns an account without Workers and users. The parameter seed determines
// its SIDs.
func New(seed uint64, clock func() time.Time, options *OptionTable) *Account {
	a := &Account{
		now:          clock,
		opt:          options,
		ids:          sidSource{seed: seed},
		bySID:        map[string]*worker{},
		byName:       map[string]*worker{},
		tasks:        map[string]*task{},
		interactions: map[string]*interaction{},
	}
	a.Configuration = newConfiguration(&a.ids, a.time())
	return a
}

// time returns the current time in UTC, in whole seconds, as in Twilio's responses.
func (a *Account) time() time.Time { return a.now().UTC().Truncate(time.Second) }

// lock locks the account. If the time in the field due has passed, lock also calls
// expire. The caller unlocks.
func (a *Account) lock() {
	a.mu.Lock()
	if !a.due.IsZero() && !a.now().Before(a.due) {
		a.expire()
	}
}

// expireAt schedules a call of expire at the time t.
func (a *Account) expireAt(t time.Time) {
	if a.due.IsZero() || t.Before(a.due) {
		a.due = t
	}
}

// expire deletes the Tasks whose time to live is over, together with their
// Reservations. It also ends Reservations that were pending, or whose Task was paused,
// for too long.
func (a *Account) expire() {
	now := a.time()
	a.due = time.Time{}
	for sid, t := range a.tasks {
		life, mortal := t.life()
		switch {
		case t.isPaused() && !now.Before(t.entered.Add(life)):
			a.reopen(t.reservation, Rescinded)
		case mortal && !now.Before(t.entered.Add(life)):
			a.dropTask(t)
			delete(a.tasks, sid)
		case mortal:
			a.expireAt(t.entered.Add(life))
		case t.Status == TaskReserved && t.reservation != nil:
			a.expireReservation(t.reservation, now)
		}
	}
}

func (a *Account) dropTask(t *task) {
	for _, r := range t.past {
		r.worker.reservations = slices.DeleteFunc(r.worker.reservations, func(o *reservation) bool { return o == r })
	}
}
