package account

import (
	"cmp"
	"slices"
	"time"
)

// keepHistory is how long a replaced version of a Worker is kept. No lag is longer.
const keepHistory = 5 * time.Minute

// version is a state of a Worker, with the time at which the state began.
type version struct {
	from time.Time
	Worker
	gone bool // it was deleted then
}

// remember records a Worker's current state, if reads or lists lag behind writes.
func (a *Account) remember(wk *worker, gone bool) {
	if opt := a.opt.Load(); opt.FetchLag == 0 && opt.ListLag == 0 {
		return
	}
	now := a.now()
	old := 0 // number of versions that are older than any lag
	for old+1 < len(wk.history) && now.Sub(wk.history[old+1].from) > keepHistory {
		old++
	}
	wk.history = append(wk.history[old:], version{now, wk.view(), gone})
	if gone {
		a.graves = slices.DeleteFunc(a.graves, func(o *worker) bool {
			return now.Sub(o.history[len(o.history)-1].from) > keepHistory
		})
		a.graves = append(a.graves, wk)
	}
}

// before returns the state of a Worker at an earlier time; the argument lag is the
// number of seconds since that time. ok is false if the Worker did not exist then.
func (a *Account) before(wk *worker, lag int) (w Worker, ok bool) {
	if lag == 0 || len(wk.history) == 0 {
		return wk.view(), true
	}
	at := a.now().Add(-time.Duration(lag) * time.Second)
	for _, v := range slices.Backward(wk.history) {
		if !v.from.After(at) {
			return v.Worker, !v.gone
		}
	}
	return Worker{}, false
}

// fetched returns the Worker that a fetch finds, or nil if it finds none.
func (a *Account) fetched(sid string) *Worker {
	lag := a.opt.Load().FetchLag
	wk := a.bySID[sid]
	if i := slices.IndexFunc(a.graves, func(o *worker) bool { return o.SID == sid }); wk == nil && lag > 0 && i >= 0 {
		wk = a.graves[i]
	}
	if wk == nil {
		return nil
	}
	if w, ok := a.before(wk, lag); ok {
		return &w
	}
	return nil
}

// listed returns the Workers that a list can show, in the order of their creation.
func (a *Account) listed() []*worker {
	lag := a.opt.Load().ListLag
	if lag == 0 {
		return a.workers
	}
	var all []*worker
	for _, wk := range slices.Concat(a.workers, a.graves) {
		if w, ok := a.before(wk, lag); ok {
			all = append(all, &worker{Worker: w, number: wk.number, activity: &w.Activity})
		}
	}
	slices.SortFunc(all, func(x, y *worker) int { return cmp.Compare(x.number, y.number) })
	return all
}
