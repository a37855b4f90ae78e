package reconcile

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/plan"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/scim"
)

// seen is what an observation found, as far as it came.
type seen struct {
	have     plan.Have
	gone     bool // the linked Worker reads back as absent
	lookedUp bool // the Workers of the person's name were listed
	name     []event
	counted  bool // live tasks were counted
	live     int
}

// observe reads what Flex has for the person: their Worker, whose it is, and a
// leaver's live work. With an error it returns what it found before.
func (r *Reconciler) observe(ctx context.Context, s state) (o seen, err error) {
	if s.ask == rivalsToo {
		if err = r.rivals(ctx, s, &o); err != nil || o.have.Rival != "" {
			return o, err
		}
	}
	if err = r.find(ctx, s, &o); err != nil || o.have.Worker == nil {
		return o, err
	}
	o.have.Holder, err = r.holder(ctx, s, *o.have.Worker, o.have.Linked)
	if err == nil && s.want.Person.IsNobody() {
		err = r.liveWork(ctx, s, &o)
	}
	return o, err
}

// place is where the person's Worker is looked for.
type place string

const (
	bySID     place = "SID"
	byOldName place = "old name"
	byName    place = "name"
)

// places lists where the person's Worker is looked for, until it is found;
// doc.go has the table.
func (s state) places() []place {
	switch {
	case s.worker == linked:
		return []place{bySID, byOldName, byName}
	case s.worker == lost:
		return []place{byOldName, byName}
	case s.worker == possible, s.want.Person.IsNobody(), s.name == refused, s.name == hidden:
		return []place{byName}
	}
	return nil // a create shows whether the name is taken
}

// find looks for the person's Worker.
func (r *Reconciler) find(ctx context.Context, s state, o *seen) (err error) {
	for _, p := range s.places() {
		switch p {
		case bySID:
			err = r.linked(ctx, s, o)
		case byOldName:
			err = r.named(ctx, s, o)
		case byName:
			err = r.listed(ctx, s, o)
		}
		if err != nil || o.have.Worker != nil {
			return err
		}
	}
	return nil
}

// linked reads the Worker that the store links. That it is gone is no error:
// somebody deleted it, or Twilio's 404 is a mistake.
func (r *Reconciler) linked(ctx context.Context, s state, o *seen) error {
	w := s.have.Worker
	if s.ask != exceptRead {
		read, err := r.flex.Get(ctx, s.link.Worker)
		if o.gone = flex.KindOf(err) == flex.Gone; o.gone {
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

// named looks for a Worker under a name that the person no longer has. Only
// our mark counts there.
func (r *Reconciler) named(ctx context.Context, s state, o *seen) error {
	name := s.link.FriendlyName
	if name == "" || strings.EqualFold(name, s.want.Name) {
		return nil
	}
	same, err := r.list(ctx, name)
	if err != nil {
		return err
	}
	for _, w := range same {
		if w, err = r.flex.Get(ctx, w.SID); err != nil {
			return err
		}
		if flex.Owner(w.Attributes) == s.want.Mark {
			o.have = plan.Have{Worker: &w, Linked: true, Names: []string{name}}
			return nil
		}
	}
	return nil
}

// listed looks for a Worker of the person's name, and reads it: the list may
// lack attributes, has no ETag, and may be older than a rename.
func (r *Reconciler) listed(ctx context.Context, s state, o *seen) error {
	same, err := r.list(ctx, s.want.Name)
	if err != nil {
		return err
	}
	if o.lookedUp = true; len(same) == 0 {
		o.name = append(o.name, unheld)
		o.have.Hidden = s.name == hidden
		return nil
	}
	w, err := r.flex.Get(ctx, same[0].SID)
	if err != nil {
		return err
	}
	if !strings.EqualFold(w.FriendlyName, s.want.Name) {
		o.name = append(o.name, moved)
		return &flex.Error{Op: "find worker", Kind: flex.Conflict}
	}
	o.have = plan.Have{Worker: &w, Several: len(same) > 1}
	return nil
}

// list returns the Workers of a name, in any case.
func (r *Reconciler) list(ctx context.Context, name string) ([]flex.Worker, error) {
	found, err := r.flex.Find(ctx, name)
	return slices.DeleteFunc(found, func(w flex.Worker) bool { return !strings.EqualFold(w.FriendlyName, name) }), err
}

// liveWork counts a leaver's live tasks once routing was stopped, and lists
// what to end at the deadline.
func (r *Reconciler) liveWork(ctx context.Context, s state, o *seen) (err error) {
	h := &o.have
	if !s.leaver.Stops(h.Worker.SID) || h.Worker.Available {
		return nil
	}
	h.Stopped = true
	h.Overdue = s.leaver.Overdue(r.now())
	if h.Live, err = r.flex.AssignedTasks(ctx, h.Worker.SID); err != nil {
		return err
	}
	o.counted, o.live = true, h.Live
	if s.busy {
		h.Live = max(h.Live, 1) // Twilio knows of work that it does not count
	}
	if h.Live > 0 && h.Overdue {
		h.Work, err = r.flex.LiveReservations(ctx, h.Worker.SID)
	}
	return err
}

// rivals looks for other Workers that have the name which a rename was refused,
// and whether they free it. Where there are none, Rival stays empty once: the
// rename is tried again.
func (r *Reconciler) rivals(ctx context.Context, s state, o *seen) error {
	others, err := r.others(ctx, s)
	if err != nil {
		return err
	}
	if len(others) == 0 {
		o.name = append(o.name, alone)
		if s.name == retried || s.name == hidden {
			o.have, o.have.Rival = s.have, plan.Stays
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

// others returns the Workers of the person's name beside their own. Each is
// read: the list may be older than a rename.
func (r *Reconciler) others(ctx context.Context, s state) (others []flex.Worker, err error) {
	found, err := r.list(ctx, s.want.Name)
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

// needed reports whether another person needs the name that this person's Worker
// has now.
func (r *Reconciler) needed(ctx context.Context, s state) (bool, error) {
	name := s.have.Worker.FriendlyName
	people, err := r.store.FindPeople(ctx, name)
	return slices.ContainsFunc(people, func(p store.Person) bool {
		return !p.Deleted && p.Key != s.person.Key && string(p.Key.User) != name
	}), err
}

// holder returns who has the Worker, if not this person: by its mark, else by
// the store's link, else, for a leaver, by who has the name now.
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
		return r.successor(ctx, s)
	}
	return "", nil
}

// holderOf reports whether a person keeps the Worker under its name.
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

// successor reports whether another person has a leaver's name now: then a
// Worker of that name is not the leaver's.
func (r *Reconciler) successor(ctx context.Context, s state) (plan.Holder, error) {
	people, err := r.store.FindPeople(ctx, s.want.Name)
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
