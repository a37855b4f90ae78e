package world

import (
	"slices"
	"time"
	"unicode/utf8"

	"github.com/flexscim/flexscim/flex"
)

// Worker is a copy of a Worker.
type Worker struct {
	SID, FriendlyName, Attributes   string
	Activity                        Activity
	Version                         int
	Created, Updated, StatusChanged time.Time
}

// WorkerChange is what to write on a Worker; nil stays as it is.
type WorkerChange struct {
	FriendlyName, Attributes, ActivitySID *string
	RejectPending                         bool
}

type worker struct {
	Worker
	number       uint64 // grows with each Worker made
	activity     *Activity
	channels     [channelCount]channelState
	reservations []*reservation
}

func (k *worker) view() Worker {
	v := k.Worker
	v.Activity = *k.activity
	return v
}

// CreateWorker makes a Worker. activitySID may be "", the default Activity.
func (w *World) CreateWorker(name, activitySID, attributes string) (Worker, error) {
	w.lock()
	defer w.mu.Unlock()
	activity := w.Offline()
	if activitySID != "" {
		activity = w.Activity(activitySID)
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
	k, err := w.addWorker(name, attributes, activity)
	if err != nil {
		return Worker{}, err
	}
	return k.view(), nil
}

func (w *World) addWorker(name, attributes string, activity *Activity) (*worker, error) {
	if err := w.checkUnique(name, nil); err != nil {
		return nil, err
	}
	if most := w.opt.Load().MaxWorkers; len(w.workers) >= most {
		return nil, Invalid("Workspace %s has reached its limit of %d Workers", w.Workspace, most)
	}
	now := w.time()
	k := &worker{
		Worker: Worker{
			SID: w.ids.Next("WK"), FriendlyName: name, Attributes: attributes,
			Created: now, Updated: now, StatusChanged: now,
		},
		number:   w.ids.Last(),
		activity: activity,
	}
	for i := range k.channels {
		k.channels[i] = channelState{capacity: w.TaskChannels[i].Capacity, available: true, updated: now}
	}
	w.workers = append(w.workers, k)
	w.bySID[k.SID] = k
	w.byName[fold(name)] = k
	return k, nil
}

// checkLength refuses a name that TaskRouter would not take.
func checkLength(name string) error {
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		return Invalid("FriendlyName is required")
	case n > flex.MaxFriendlyName:
		return Invalid("FriendlyName has %d characters: at most %d", n, flex.MaxFriendlyName)
	}
	return nil
}

// checkUnique refuses another Worker's name.
func (w *World) checkUnique(name string, self *worker) error {
	other := w.byName[fold(name)]
	if other == nil || other == self {
		return nil
	}
	const text = "Worker named %s already exists for workspace %s in account %s"
	if w.opt.Load().DuplicateName == "409-20409" {
		return conflict(text, name, w.Workspace, w.Account)
	}
	return Invalid(text, name, w.Workspace, w.Account)
}

// Worker returns the Worker with this SID.
func (w *World) Worker(sid string) (Worker, error) {
	w.lock()
	defer w.mu.Unlock()
	k := w.bySID[sid]
	if k == nil {
		return Worker{}, NotFound(sid)
	}
	return k.view(), nil
}

// UpdateWorker writes a Worker, all of change or nothing. ifMatch is the
// header, "" where there was none.
func (w *World) UpdateWorker(sid string, change WorkerChange, ifMatch string) (Worker, error) {
	w.lock()
	defer w.mu.Unlock()
	k := w.bySID[sid]
	if k == nil {
		return Worker{}, NotFound(sid)
	}
	if err := w.matchWorker(k, ifMatch); err != nil {
		return Worker{}, err
	}
	activity, err := w.checkChange(k, change)
	if err != nil {
		return Worker{}, err
	}
	if change.FriendlyName != nil {
		w.rename(k, *change.FriendlyName)
	}
	if change.Attributes != nil {
		k.Attributes = *change.Attributes
	}
	w.setActivity(k, activity)
	w.touch(k)
	if change.RejectPending {
		w.rejectPending(k)
	}
	return k.view(), nil
}

// checkChange says whether k can become what change asks for, and in which
// Activity.
func (w *World) checkChange(k *worker, change WorkerChange) (*Activity, error) {
	activity := k.activity
	if change.ActivitySID != nil {
		if activity = w.Activity(*change.ActivitySID); activity == nil {
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
	return activity, w.checkUnique(*change.FriendlyName, k)
}

func (w *World) rename(k *worker, name string) {
	delete(w.byName, fold(k.FriendlyName))
	k.FriendlyName = name
	w.byName[fold(name)] = k
}

func (w *World) setActivity(k *worker, activity *Activity) {
	if k.activity != activity {
		k.activity = activity
		k.StatusChanged = w.time()
	}
}

func (w *World) touch(k *worker) {
	k.Version++
	k.Updated = w.time()
}

// DeleteWorker removes a Worker, if the options let it go as it is.
func (w *World) DeleteWorker(sid, ifMatch string) error {
	w.lock()
	defer w.mu.Unlock()
	k := w.bySID[sid]
	if k == nil {
		return NotFound(sid)
	}
	if err := w.matchWorker(k, ifMatch); err != nil {
		return err
	}
	opt := w.opt.Load()
	if opt.DeleteBusyWorker == "refuse" && k.live() > 0 {
		return Invalid("Cannot delete worker %s because it has %d active reservations", sid, k.live())
	}
	if opt.DeleteAvailableWorker == "refuse" && k.activity.Available {
		return Invalid("Cannot delete worker %s because its activity %s is available", sid, k.activity.Name)
	}
	w.dropWorker(k)
	return nil
}

// dropWorker takes k away. Its reservations are canceled; an assigned Task
// stays so until it expires, a reserved one waits for another Worker.
func (w *World) dropWorker(k *worker) {
	for _, r := range k.reservations {
		switch r.Status {
		case Pending:
			w.reopen(r, Canceled)
		case Accepted, Wrapping:
			w.setReservation(r, Canceled)
		default: // it ended before
		}
	}
	i, _ := slices.BinarySearchFunc(w.workers, k.number, func(o *worker, n uint64) int { return compare(o.number, n) })
	w.workers = slices.Delete(w.workers, i, i+1)
	delete(w.bySID, k.SID)
	delete(w.byName, fold(k.FriendlyName))
	for _, u := range w.users {
		if u.worker == k {
			u.worker = nil
		}
	}
}
