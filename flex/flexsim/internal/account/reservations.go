package account

import (
	"slices"
	"time"
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

// Live reports whether the Reservation occupies the Worker's capacity.
func (s ReservationStatus) Live() bool { return s == Pending || s == Accepted || s == Wrapping }

// ReservationTimeout is the time for which a Reservation can be pending. In Twilio,
// the Workflow sets it.
const ReservationTimeout = 120 * time.Second

// Reservation is a copy of the state of a Reservation.
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

// reserve makes a Reservation of a Task for a Worker. As in TaskRouter, the
// Reservation also changes the version of the Worker.
func (a *Account) reserve(t *task, wk *worker, status ReservationStatus) *reservation {
	now := a.time()
	r := &reservation{
		Reservation: Reservation{
			SID: a.ids.next("WR"), TaskSID: t.SID, WorkerSID: wk.SID, WorkerName: wk.FriendlyName,
			Status: status, Created: now, Updated: now,
		},
		number: a.ids.count(), task: t, worker: wk,
	}
	t.reservation = r
	t.past = append(t.past, r)
	wk.reservations = append(wk.reservations, r)
	wk.Version++
	a.remember(wk, false)
	if status == Pending {
		a.expireAt(now.Add(ReservationTimeout))
	}
	return r
}

func (a *Account) setReservation(r *reservation, status ReservationStatus) {
	r.Status = status
	r.Updated = a.time()
}

// reopen ends a pending Reservation and makes its Task pending again.
func (a *Account) reopen(r *reservation, status ReservationStatus) {
	a.setReservation(r, status)
	r.task.reservation = nil
	a.setTask(r.task, TaskPending)
}

func (a *Account) rejectPending(wk *worker) {
	for _, r := range wk.reservations {
		if r.Status == Pending {
			a.reopen(r, Rejected)
		}
	}
}

// Reservations returns a page of a Worker's Reservations that have this status. The
// status "" means all Reservations.
func (a *Account) Reservations(workerSID string, status ReservationStatus, req PageRequest) (Page[Reservation], error) {
	a.lock()
	defer a.mu.Unlock()
	wk := a.bySID[workerSID]
	if wk == nil {
		return Page[Reservation]{}, NotFound(workerSID)
	}
	var found []*reservation
	for _, r := range wk.reservations {
		if status == "" || r.Status == status {
			found = append(found, r)
		}
	}
	number := func(i int) uint64 { return found[i].number }
	return cutPage(found, number, req, a.opt.Load().PageStability, (*reservation).view)
}

// Reservation returns the Worker's Reservation with the SID sid.
func (a *Account) Reservation(workerSID, sid string) (Reservation, error) {
	a.lock()
	defer a.mu.Unlock()
	r, err := a.findReservation(workerSID, sid)
	if err != nil {
		return Reservation{}, err
	}
	return r.view(), nil
}

func (a *Account) findReservation(workerSID, sid string) (*reservation, error) {
	wk := a.bySID[workerSID]
	if wk == nil {
		return nil, NotFound(workerSID)
	}
	i := slices.IndexFunc(wk.reservations, func(r *reservation) bool { return r.SID == sid })
	if i < 0 {
		return nil, NotFound(sid)
	}
	return wk.reservations[i], nil
}

// UpdateReservation sets the state of a Reservation, and the corresponding state of
// its Task. If activitySID is not "", it also sets the Worker's Activity.
func (a *Account) UpdateReservation(workerSID, sid string, status ReservationStatus, activitySID string) (Reservation, error) {
	a.lock()
	defer a.mu.Unlock()
	r, err := a.findReservation(workerSID, sid)
	if err != nil {
		return Reservation{}, err
	}
	activity := r.worker.activity
	if activitySID != "" {
		if activity = a.Activity(activitySID); activity == nil {
			return Reservation{}, Invalid("WorkerActivitySid %s does not exist", activitySID)
		}
	}
	if err := a.moveReservation(r, status); err != nil {
		return Reservation{}, err
	}
	if activity != r.worker.activity {
		a.setActivity(r.worker, activity)
		a.touch(r.worker)
	}
	return r.view(), nil
}

func (a *Account) moveReservation(r *reservation, status ReservationStatus) error {
	switch {
	case status == Rejected && r.Status == Pending:
		a.reopen(r, Rejected)
	case status == Accepted && r.Status == Pending:
		a.setReservation(r, Accepted)
		a.setTask(r.task, TaskAssigned)
	case status == Wrapping && r.Status == Accepted:
		a.wrap(r.task)
	case status == Completed && (r.Status == Accepted || r.Status == Wrapping):
		a.finish(r.task)
	default:
		return Invalid("Cannot move reservation %s from %s to %s", r.SID, r.Status, status)
	}
	return nil
}

func (a *Account) expireReservation(r *reservation, now time.Time) {
	if end := r.Created.Add(ReservationTimeout); now.Before(end) {
		a.expireAt(end)
		return
	}
	a.reopen(r, TimedOut)
	a.setActivity(r.worker, a.Offline())
	a.touch(r.worker)
}

// Known reports whether s is a state that Reservations can have.
func (s ReservationStatus) Known() bool {
	return slices.Contains([]ReservationStatus{Pending, Accepted, Rejected, TimedOut, Canceled, Rescinded, Wrapping, Completed}, s)
}
