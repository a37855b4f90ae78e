package world

import (
	"slices"
	"time"

	"github.com/flexscim/flexscim/flex/flexsim/internal/page"
)

// ReservationStatus is the state of a Reservation.
//
//	pending → accepted → wrapping → completed
//	pending → rejected | timeout | canceled | rescinded
type ReservationStatus string

// The states.
const (
	Pending   ReservationStatus = "pending"
	Accepted  ReservationStatus = "accepted"
	Rejected  ReservationStatus = "rejected"
	TimedOut  ReservationStatus = "timeout"
	Canceled  ReservationStatus = "canceled"
	Rescinded ReservationStatus = "rescinded"
	Wrapping  ReservationStatus = "wrapping"
	Completed ReservationStatus = "completed"
)

// Live says that the Worker is bound.
func (s ReservationStatus) Live() bool { return s == Pending || s == Accepted || s == Wrapping }

// ReservationTimeout is how long a Reservation stays pending: the Workflow's.
const ReservationTimeout = 120 * time.Second

// Reservation is a copy of a Reservation.
type Reservation struct {
	SID, TaskSID, WorkerSID, WorkerName string
	Status                              ReservationStatus
	Created, Updated                    time.Time
}

type reservation struct {
	Reservation
	number uint64
	task   *task
	worker *worker
}

func (r *reservation) view() Reservation { return r.Reservation }

// reserve binds k to t, and bumps k's version as TaskRouter does.
func (w *World) reserve(t *task, k *worker, status ReservationStatus) *reservation {
	now := w.time()
	r := &reservation{
		Reservation: Reservation{
			SID: w.ids.Next("WR"), TaskSID: t.SID, WorkerSID: k.SID, WorkerName: k.FriendlyName,
			Status: status, Created: now, Updated: now,
		},
		number: w.ids.Last(), task: t, worker: k,
	}
	t.reservation = r
	t.past = append(t.past, r)
	k.reservations = append(k.reservations, r)
	k.Version++
	if status == Pending {
		w.at(now.Add(ReservationTimeout))
	}
	return r
}

func (w *World) setReservation(r *reservation, status ReservationStatus) {
	r.Status = status
	r.Updated = w.time()
}

// reopen ends a pending Reservation and lets its Task wait again.
func (w *World) reopen(r *reservation, status ReservationStatus) {
	w.setReservation(r, status)
	r.task.reservation = nil
	w.setTask(r.task, TaskPending)
}

func (w *World) rejectPending(k *worker) {
	for _, r := range k.reservations {
		if r.Status == Pending {
			w.reopen(r, Rejected)
		}
	}
}

// Reservations lists a Worker's Reservations; status "" means all.
func (w *World) Reservations(workerSID string, status ReservationStatus, req page.Request) (page.Slice[Reservation], error) {
	w.lock()
	defer w.mu.Unlock()
	k := w.bySID[workerSID]
	if k == nil {
		return page.Slice[Reservation]{}, NotFound(workerSID)
	}
	var found []*reservation
	for _, r := range k.reservations {
		if status == "" || r.Status == status {
			found = append(found, r)
		}
	}
	s, err := page.Cut(found, func(r *reservation) uint64 { return r.number }, req, w.opt.Load().PageStability)
	if err != nil {
		return page.Slice[Reservation]{}, Invalid("%v", err)
	}
	return page.Convert(s, (*reservation).view), nil
}

// Reservation returns one of a Worker's Reservations.
func (w *World) Reservation(workerSID, sid string) (Reservation, error) {
	w.lock()
	defer w.mu.Unlock()
	r, err := w.findReservation(workerSID, sid)
	if err != nil {
		return Reservation{}, err
	}
	return r.view(), nil
}

func (w *World) findReservation(workerSID, sid string) (*reservation, error) {
	k := w.bySID[workerSID]
	if k == nil {
		return nil, NotFound(workerSID)
	}
	i := slices.IndexFunc(k.reservations, func(r *reservation) bool { return r.SID == sid })
	if i < 0 {
		return nil, NotFound(sid)
	}
	return k.reservations[i], nil
}

// UpdateReservation moves a Reservation to a state, and its Task with it.
// activitySID, where it is not "", becomes the Worker's Activity.
func (w *World) UpdateReservation(workerSID, sid string, status ReservationStatus, activitySID string) (Reservation, error) {
	w.lock()
	defer w.mu.Unlock()
	r, err := w.findReservation(workerSID, sid)
	if err != nil {
		return Reservation{}, err
	}
	activity := r.worker.activity
	if activitySID != "" {
		if activity = w.Activity(activitySID); activity == nil {
			return Reservation{}, Invalid("WorkerActivitySid %s does not exist", activitySID)
		}
	}
	if err := w.moveReservation(r, status); err != nil {
		return Reservation{}, err
	}
	if activity != r.worker.activity {
		w.setActivity(r.worker, activity)
		w.touch(r.worker)
	}
	return r.view(), nil
}

func (w *World) moveReservation(r *reservation, status ReservationStatus) error {
	switch {
	case status == Rejected && r.Status == Pending:
		w.reopen(r, Rejected)
	case status == Accepted && r.Status == Pending:
		w.setReservation(r, Accepted)
		w.setTask(r.task, TaskAssigned)
	case status == Wrapping && r.Status == Accepted:
		w.wrap(r.task)
	case status == Completed && (r.Status == Accepted || r.Status == Wrapping):
		w.finish(r.task)
	default:
		return Invalid("Cannot move reservation %s from %s to %s", r.SID, r.Status, status)
	}
	return nil
}

func (w *World) expireReservation(r *reservation, now time.Time) {
	if end := r.Created.Add(ReservationTimeout); now.Before(end) {
		w.at(end)
		return
	}
	w.reopen(r, TimedOut)
	w.setActivity(r.worker, w.Offline())
	w.touch(r.worker)
}

// Known says that the state is one of the eight.
func (s ReservationStatus) Known() bool {
	switch s {
	case Pending, Accepted, Rejected, TimedOut, Canceled, Rescinded, Wrapping, Completed:
		return true
	}
	return false
}
