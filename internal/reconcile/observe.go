package reconcile

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/leaver"
	"github.com/flexscim/flexscim/internal/plan"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/scim"
)

// observation is the result of observe. If a call failed, it contains what the
// earlier calls found.
type observation struct {
	have    plan.Have
	gone    bool // a fetch does not find the linked Worker, and no list shows it
	name    []event
	counted bool // live tasks were counted, and the channels were read
	live    int
}

// observe reads from Flex the person's Worker and, for a leaver, the live work. It
// also finds out who owns the Worker. If a call fails, observe returns the error and
// what it found before.
func (r *Reconciler) observe(ctx context.Context, s state) (o observation, err error) {
	if s.ask == rivalsToo {
		if err = r.rivals(ctx, s, &o); err != nil || o.have.Rival != "" {
			return o, err
		}
	}
	if err = r.find(ctx, s, &o); err != nil || o.have.Worker == nil {
		return o, err
	}
	o.have.Holder, err = r.holder(ctx, s, *o.have.Worker, o.have.Linked)
	switch {
	case err != nil:
	case s.want.Person.IsNobody():
		err = r.liveWork(ctx, s, &o)
	case len(s.want.Channels) > 0 && (o.have.Linked || flex.Owner(o.have.Worker.Attributes) == s.want.Mark):
		if o.have.Channels, err = r.flex.Channels(ctx, o.have.Worker.SID); flex.KindOf(err) == flex.Gone {
			o.have.Outdated, err = true, nil // either the fetch of the Worker or the list of channels is behind
		}
	}
	return o, err
}

// place names one way in which a run looks for the person's Worker.
type place string

const (
	bySID         place = "SID"
	byOldName     place = "old name"
	byRemovedName place = "removed name"
	byName        place = "name"
)

// places returns the ways in which a run looks for the person's Worker, in their
// order. The run stops at the first way that finds the Worker. doc.go has the
// table.
func (s state) places() []place {
	switch {
	case s.worker == linked:
		return []place{bySID, byOldName, byName}
	case s.worker == lost:
		return []place{byOldName, byName}
	case s.want.Person.IsNobody() && s.leaver.Stage() == leaver.Verified:
		return []place{byRemovedName, byName}
	case s.worker == possible, s.want.Person.IsNobody(), s.name == refused, s.name == hidden:
		return []place{byName}
	}
	return nil // no look-up is needed: the create fails if the name is taken
}

// find looks for the person's Worker. It believes a 404 only if it was able to look
// in every place, and if no list shows the Worker.
func (r *Reconciler) find(ctx context.Context, s state, o *observation) error {
	for _, p := range s.places() {
		if err := r.look(ctx, s, p, o); err != nil || o.have.Outdated {
			o.gone = false
			return err
		}
		if o.have.Worker != nil {
			break
		}
	}
	if w := o.have.Worker; w != nil && s.links(*w) { // a look-up by name found the linked Worker, so the 404 was a mistake
		o.have.Linked, o.have.Names = true, []string{s.link.FriendlyName}
	}
	return nil
}

// look looks for the person's Worker in one place.
func (r *Reconciler) look(ctx context.Context, s state, p place, o *observation) error {
	switch p {
	case bySID:
		return r.linked(ctx, s, o)
	case byOldName:
		return r.named(ctx, s, o)
	case byRemovedName:
		return r.remade(ctx, s, o)
	case byName:
		return r.listed(ctx, s, o)
	}
	return nil
}

// linked reads the Worker whose SID is in the person's link. A 404 is not an error
// here: somebody deleted the Worker, or Twilio's 404 is a mistake.
func (r *Reconciler) linked(ctx context.Context, s state, o *observation) error {
	w := s.have.Worker
	if s.ask != exceptRead {
		read, err := r.flex.Get(ctx, s.link.Worker)
		if flex.KindOf(err) == flex.Gone && s.isFresh(r.now()) {
			read, err = r.probe(ctx, s, o)
		}
		if o.gone = flex.KindOf(err) == flex.Gone; o.gone || o.have.Outdated {
			return nil
		}
		if err != nil {
			return err
		}
		w = &read
	}
	o.have = plan.Have{Linked: true, Names: []string{s.link.FriendlyName}, Worker: w}
	return nil
}

// probe checks by a write whether the linked Worker exists, after a fetch did not find
// it. A preview makes no write, so it does not know whether the Worker exists; nor does
// a run if Twilio refuses the write.
func (r *Reconciler) probe(ctx context.Context, s state, o *observation) (w flex.Worker, err error) {
	if s.finish != nil {
		w, err = r.flex.Probe(ctx, s.link.Worker)
	}
	if s.finish == nil || flex.KindOf(err) == flex.Refused {
		o.have.Outdated = true
		return w, nil
	}
	return w, err
}

// links reports whether the store links this Worker to the person.
func (s state) links(w flex.Worker) bool { return s.worker == linked && s.link.Worker == w.SID }

// named looks for the person's Worker by the name in the link, if the person now has
// another name. It accepts only the linked Worker, and a Worker with the person's mark.
func (r *Reconciler) named(ctx context.Context, s state, o *observation) error {
	name := s.link.FriendlyName
	if name == "" || strings.EqualFold(name, s.want.Name) {
		return nil
	}
	same, err := r.list(ctx, s, name, o)
	if err != nil {
		return err
	}
	for _, w := range same {
		w, err := r.read(ctx, w.SID, o)
		if err != nil || o.have.Outdated {
			return err
		}
		if flex.Owner(w.Attributes) == s.want.Mark || s.links(w) {
			o.have = plan.Have{Worker: &w, Linked: true, Names: []string{name}}
			return nil
		}
	}
	return nil
}

// remade looks for a Worker under the name that the leaver's Worker had when we
// removed it. Under that name it accepts a Worker with our mark, and a Worker without
// a mark, which a login may have made.
func (r *Reconciler) remade(ctx context.Context, s state, o *observation) error {
	name := s.leaver.UserName
	if name == "" || strings.EqualFold(name, s.want.Name) {
		return nil
	}
	same, err := r.list(ctx, s, name, o)
	if err != nil || len(same) == 0 {
		return err
	}
	w, err := r.read(ctx, same[0].SID, o)
	if err != nil || o.have.Outdated || !s.leaver.RemovedName(w.FriendlyName) {
		return err
	}
	switch flex.Owner(w.Attributes) {
	case "":
		o.have = plan.Have{Worker: &w}
	case s.want.Mark:
		o.have = plan.Have{Worker: &w, Linked: true, Names: []string{name}}
	}
	return nil
}

// read fetches a Worker that a list shows. If the fetch does not find the Worker,
// either the list or the fetch is behind, and the method read sets Outdated.
func (r *Reconciler) read(ctx context.Context, sid flex.WorkerSID, o *observation) (flex.Worker, error) {
	w, err := r.flex.Get(ctx, sid)
	if flex.KindOf(err) == flex.Gone {
		o.have.Outdated = true
		return w, nil
	}
	return w, err
}

// listed looks for a Worker of the person's name in Twilio's list, and then reads
// that Worker by its SID: the list may lack attributes, has no ETag, and may not show
// a recent rename.
func (r *Reconciler) listed(ctx context.Context, s state, o *observation) error {
	same, err := r.list(ctx, s, s.want.Name, o)
	if err != nil {
		return err
	}
	if len(same) == 0 {
		o.name = append(o.name, unheld)
		o.have.Hidden = s.name == hidden
		return nil
	}
	w, err := r.read(ctx, same[0].SID, o)
	if err != nil || o.have.Outdated {
		return err
	}
	if !strings.EqualFold(w.FriendlyName, s.want.Name) {
		o.name = append(o.name, moved)
		return &flex.Error{Op: "find worker", Kind: flex.Conflict}
	}
	o.have = plan.Have{Worker: &w, Several: len(same) > 1}
	return nil
}

// list returns the Workers whose name equals the given name; it ignores upper and
// lower case. It omits the person's Worker if that Worker was just deleted. If it
// returns the linked Worker, that Worker is not gone.
func (r *Reconciler) list(ctx context.Context, s state, name string, o *observation) ([]flex.Worker, error) {
	found, err := r.flex.Find(ctx, name)
	found = slices.DeleteFunc(found, func(w flex.Worker) bool {
		return !strings.EqualFold(w.FriendlyName, name) || deletedLately(s.leaver, w.SID, r.now())
	})
	if slices.ContainsFunc(found, s.links) {
		o.gone = false
	}
	return found, err
}

// If routing is stopped, liveWork counts a leaver's live tasks. After the deadline,
// it also lists the Reservations to end.
func (r *Reconciler) liveWork(ctx context.Context, s state, o *observation) (err error) {
	h := &o.have
	if !s.leaver.Stops(h.Worker.SID) || h.Worker.Available {
		return nil
	}
	h.Stopped = true
	h.Overdue = s.leaver.Overdue(r.now())
	if h.Channels, h.Work, err = r.workOf(ctx, h.Worker.SID, h.Overdue); err != nil {
		return err
	}
	h.Live = max(assigned(h.Channels), len(h.Work))
	o.counted, o.live = true, h.Live
	if s.busy {
		h.Live = max(h.Live, 1) // Twilio says that the Worker is too busy to be deleted, so the count omits some work
	}
	return nil
}

// workOf returns a Worker's channels and live work. It lists the work if the work
// must end now, and also if the channels show none, because Twilio's count may omit
// paused tasks. So no Worker is deleted before its Reservations were listed.
// Source: https://www.twilio.com/docs/flex/admin-guide/setup/conversations/leave-and-pause-for-conversations
func (r *Reconciler) workOf(ctx context.Context, sid flex.WorkerSID, all bool) (channels []flex.Channel, work []flex.Reservation, err error) {
	channels, err = r.flex.Channels(ctx, sid)
	if err == nil && (all || assigned(channels) == 0) {
		work, err = r.flex.LiveReservations(ctx, sid)
	}
	return channels, work, err
}

// assigned sums Twilio's counts of assigned tasks.
func assigned(channels []flex.Channel) (n int) {
	for _, c := range channels {
		n += c.Assigned
	}
	return n
}

// After Twilio refused a rename, the method rivals looks for the other Workers that
// have the wanted name. It sets have.Rival, which says whether these Workers will
// give up the name. If there are no such Workers, the method leaves have.Rival
// empty the first time, so that the run tries the rename again.
func (r *Reconciler) rivals(ctx context.Context, s state, o *observation) error {
	others, err := r.namesakes(ctx, s, o)
	if err != nil {
		return err
	}
	if len(others) == 0 {
		o.name = append(o.name, alone)
		if s.name == retried || s.name == hidden {
			o.have, o.have.Rival, o.have.Alone = s.have, plan.Stays, true
		}
		return nil
	}
	rival := plan.Leaves
	for _, w := range others {
		holder, err := r.holder(ctx, s, w, false)
		if err != nil {
			return err
		}
		if holder != plan.Leaves {
			rival = plan.Stays
			break
		}
	}
	o.have, o.have.Rival = s.have, rival
	if rival == plan.Leaves {
		o.have.Needed, err = r.needed(ctx, s)
	}
	return err
}

// namesakes returns the Workers that have the person's name, other than the
// person's own Worker. It reads each of them by SID, because the list may not show
// a recent rename.
func (r *Reconciler) namesakes(ctx context.Context, s state, o *observation) (others []flex.Worker, err error) {
	found, err := r.list(ctx, s, s.want.Name, o)
	if err != nil {
		return nil, err
	}
	for _, w := range found {
		if w.SID == s.have.Worker.SID {
			continue
		}
		w, err := r.flex.Get(ctx, w.SID)
		switch {
		case flex.KindOf(err) == flex.Gone:
		case err != nil:
			return nil, err
		case strings.EqualFold(w.FriendlyName, s.want.Name):
			others = append(others, w)
		}
	}
	return others, nil
}

// needed reports whether another person should get the name that this person's Worker
// has now.
func (r *Reconciler) needed(ctx context.Context, s state) (bool, error) {
	name := s.have.Worker.FriendlyName
	people, err := r.store.FindPeople(ctx, name)
	return slices.ContainsFunc(people, func(p store.Person) bool {
		return !p.Deleted && p.Key != s.person.Key && string(p.Key.User) != name
	}), err
}

// If the Worker belongs to another person, the method holder describes that person
// by a plan.Holder; if not, it returns "". The Worker's mark decides who owns it.
// If it has no mark, the stored links decide. If there is neither a mark nor a
// link, and this person is a leaver, the Worker belongs to the active person who
// now has the leaver's name.
func (r *Reconciler) holder(ctx context.Context, s state, w flex.Worker, linked bool) (plan.Holder, error) {
	mark := flex.Owner(w.Attributes)
	switch {
	case mark == s.want.Mark:
		return "", nil
	case mark != "":
		key, ok := parseMark(mark)
		if !ok {
			return plan.Unknown, nil
		}
		return r.holderOf(ctx, key, w)
	case linked:
		return "", nil
	}
	key, err := r.store.PersonByWorker(ctx, string(w.SID))
	if err == nil && key != s.person.Key {
		return r.holderOf(ctx, key, w)
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return "", err
	}
	if s.want.Person.IsNobody() {
		return r.successor(ctx, s, w.FriendlyName)
	}
	return "", nil
}

// holderOf returns plan.Stays if a person keeps the Worker and its present name,
// plan.Leaves if not, and plan.Unknown if the store does not have the person.
func (r *Reconciler) holderOf(ctx context.Context, key store.PersonKey, w flex.Worker) (plan.Holder, error) {
	p, err := r.store.Person(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		return plan.Unknown, nil
	}
	if err != nil {
		return "", err
	}
	want, _ := r.translate(p, r.policy(key.Connection))
	if want.Person.IsNobody() || !strings.EqualFold(want.Name, w.FriendlyName) {
		return plan.Leaves, nil
	}
	return plan.Stays, nil
}

// successor returns plan.Stays if another active person has the name of the leaver's
// Worker now: then the Worker does not belong to the leaver.
func (r *Reconciler) successor(ctx context.Context, s state, name string) (plan.Holder, error) {
	people, err := r.store.FindPeople(ctx, name)
	if slices.ContainsFunc(people, func(p store.Person) bool {
		return p.Key != s.person.Key && !p.Deleted && p.User.Doc.Active()
	}) {
		return plan.Stays, err
	}
	return "", err
}

// parseMark reads a mark: "<connection>/<user>".
func parseMark(mark string) (store.PersonKey, bool) {
	connection, user, ok := strings.Cut(mark, "/")
	key := store.PersonKey{Connection: store.ConnectionID(connection), User: scim.ID(user)}
	return key, ok && scim.ID(connection).Valid() && key.User.Valid()
}
