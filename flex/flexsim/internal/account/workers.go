package account

import (
	"cmp"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/flexscim/flexscim/flex"
)

// Worker is a copy of the state of a Worker.
type Worker struct {
	SID, FriendlyName, Attributes   string
	Activity                        Activity
	Version                         int
	Created, Updated, StatusChanged time.Time
	Switched                        time.Time // when the Worker last went from an available to an unavailable Activity, or back
}

// WorkerChange is a change of a Worker. Fields that are nil change nothing.
type WorkerChange struct {
	FriendlyName, Attributes, ActivitySID *string
	RejectPending                         bool
}

type worker struct {
	Worker
	number       uint64 // Workers that are created later have higher numbers
	activity     *Activity
	channels     [channelCount]channelState
	reservations []*reservation
	history      []version // only used if reads lag behind writes
}

func (wk *worker) view() Worker {
	v := wk.Worker
	v.Activity = *wk.activity
	return v
}

// CreateWorker makes a Worker. If activitySID is "", the Worker gets the default
// Activity.
func (a *Account) CreateWorker(name, activitySID, attributes string) (Worker, error) {
	a.lock()
	defer a.mu.Unlock()
	activity := a.Offline()
	if activitySID != "" {
		activity = a.Activity(activitySID)
	}
	if activity == nil {
		return Worker{}, Invalid("ActivitySid %s does not exist", activitySID)
	}
	if err := checkLength(name); err != nil {
		return Worker{}, err
	}
	if attributes == "" {
		attributes = "{}"
	}
	if err := checkAttributes(attributes); err != nil {
		return Worker{}, err
	}
	wk, err := a.addWorker(name, attributes, activity)
	if err != nil {
		return Worker{}, err
	}
	return wk.view(), nil
}

func (a *Account) addWorker(name, attributes string, activity *Activity) (*worker, error) {
	if err := a.checkUnique(name, nil); err != nil {
		return nil, err
	}
	if most := a.opt.Load().MaxWorkers; len(a.workers) >= most {
		return nil, a.refuse("Workspace %s has reached its limit of %d Workers", a.WorkspaceSID, most)
	}
	now := a.time()
	wk := &worker{
		Worker: Worker{
			SID: a.ids.next("WK"), FriendlyName: name, Attributes: attributes,
			Created: now, Updated: now, StatusChanged: now,
		},
		number:   a.ids.count(),
		activity: activity,
	}
	for i := range wk.channels {
		wk.channels[i] = channelState{capacity: a.TaskChannels[i].Capacity, available: true, updated: now}
	}
	a.workers = append(a.workers, wk)
	a.bySID[wk.SID] = wk
	a.byName[fold(name)] = wk
	a.remember(wk, false)
	return wk, nil
}

// checkLength returns an error if the name is empty or too long.
func checkLength(name string) error {
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		return Invalid("FriendlyName is required")
	case n > flex.MaxFriendlyName:
		return Invalid("FriendlyName has %d characters: at most %d", n, flex.MaxFriendlyName)
	}
	return nil
}

// checkUnique returns an error if a Worker other than self has the name.
func (a *Account) checkUnique(name string, self *worker) error {
	other := a.byName[fold(name)]
	if other == nil || other == self {
		return nil
	}
	const text = "Worker named %s already exists for workspace %s in account %s"
	if a.opt.Load().DuplicateName == "409-20409" {
		return conflict(text, name, a.WorkspaceSID, a.AccountSID)
	}
	return a.refuse(text, name, a.WorkspaceSID, a.AccountSID)
}

// Worker returns the Worker with this SID.
func (a *Account) Worker(sid string) (Worker, error) {
	a.lock()
	defer a.mu.Unlock()
	wk := a.fetched(sid)
	if wk == nil {
		return Worker{}, NotFound(sid)
	}
	return *wk, nil
}

// PresentWorker returns the Worker with this SID as it is now, whatever the lag of
// fetches.
func (a *Account) PresentWorker(sid string) (Worker, error) {
	a.lock()
	defer a.mu.Unlock()
	wk := a.bySID[sid]
	if wk == nil {
		return Worker{}, NotFound(sid)
	}
	return wk.view(), nil
}

// UpdateWorker changes a Worker. If it returns an error, the Worker has not
// changed. The parameter ifMatch is the value of the header If-Match, or "" if
// there is no such header.
func (a *Account) UpdateWorker(sid string, change WorkerChange, ifMatch string) (Worker, error) {
	a.lock()
	defer a.mu.Unlock()
	wk := a.bySID[sid]
	if wk == nil {
		return Worker{}, NotFound(sid)
	}
	if err := a.matchWorker(wk, ifMatch); err != nil {
		return Worker{}, err
	}
	activity, err := a.checkChange(wk, change)
	if err != nil {
		return Worker{}, err
	}
	if change.FriendlyName != nil {
		a.rename(wk, *change.FriendlyName)
	}
	if change.Attributes != nil {
		wk.Attributes = *change.Attributes
	}
	a.setActivity(wk, activity)
	a.touch(wk)
	if change.RejectPending {
		a.rejectPending(wk)
	}
	return wk.view(), nil
}

// checkChange returns the Activity after the change, or an error if the change is
// invalid.
func (a *Account) checkChange(wk *worker, change WorkerChange) (*Activity, error) {
	activity := wk.activity
	if change.ActivitySID != nil {
		if activity = a.Activity(*change.ActivitySID); activity == nil {
			return nil, Invalid("ActivitySid %s does not exist", *change.ActivitySID)
		}
	}
	if change.RejectPending && activity.Available {
		return nil, Invalid("RejectPendingReservations is only valid if the Activity is unavailable; %s is available", activity.Name)
	}
	if change.Attributes != nil {
		if err := checkAttributes(*change.Attributes); err != nil {
			return nil, err
		}
	}
	if change.FriendlyName == nil {
		return activity, nil
	}
	if err := checkLength(*change.FriendlyName); err != nil {
		return nil, err
	}
	return activity, a.checkUnique(*change.FriendlyName, wk)
}

func (a *Account) rename(wk *worker, name string) {
	delete(a.byName, fold(wk.FriendlyName))
	wk.FriendlyName = name
	a.byName[fold(name)] = wk
}

func (a *Account) setActivity(wk *worker, activity *Activity) {
	if wk.activity.Available != activity.Available {
		wk.Switched = a.now()
	}
	if wk.activity != activity {
		wk.activity = activity
		wk.StatusChanged = a.time()
	}
}

func (a *Account) touch(wk *worker) {
	wk.Version++
	wk.Updated = a.time()
	a.remember(wk, false)
}

// DeleteWorker deletes a Worker, unless the options forbid it.
func (a *Account) DeleteWorker(sid, ifMatch string) error {
	a.lock()
	defer a.mu.Unlock()
	wk := a.bySID[sid]
	if wk == nil {
		return NotFound(sid)
	}
	if err := a.matchWorker(wk, ifMatch); err != nil {
		return err
	}
	opt := a.opt.Load()
	if opt.DeleteBusyWorker == "refuse" && wk.live() > 0 {
		return a.refuse("Cannot delete worker %s because it has %d active reservations", sid, wk.live())
	}
	if opt.DeleteAvailableWorker == "refuse" && wk.activity.Available {
		return a.refuse("Cannot delete worker %s because its activity %s is available", sid, wk.activity.Name)
	}
	a.dropWorker(wk)
	return nil
}

// dropWorker deletes a Worker and cancels its Reservations. An assigned Task stays
// assigned until it expires; a reserved Task becomes pending again.
func (a *Account) dropWorker(wk *worker) {
	for _, r := range wk.reservations {
		switch r.Status {
		case Pending:
			a.reopen(r, Canceled)
		case Accepted, Wrapping:
			a.setReservation(r, Canceled)
		default: // the Reservation has already ended
		}
	}
	i, _ := slices.BinarySearchFunc(a.workers, wk.number, func(o *worker, n uint64) int { return cmp.Compare(o.number, n) })
	a.workers = slices.Delete(a.workers, i, i+1)
	a.remember(wk, true)
	delete(a.bySID, wk.SID)
	delete(a.byName, fold(wk.FriendlyName))
	for _, u := range a.users {
		if u.worker == wk {
			u.worker = nil
		}
	}
}
