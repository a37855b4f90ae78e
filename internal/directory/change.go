package directory

import (
	"context"
	"errors"

	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
)

// Applying a PUT or PATCH to a large document takes up to 0.2 s. While a
// transaction runs, other writes wait, so a change is applied before its
// transaction begins. The transaction writes the result only if the document has
// not changed in the meantime.

const (
	// maxTries is the number of attempts outside of a transaction. After maxTries
	// attempts, the change is applied inside of the transaction. So the change ends
	// even if other requests change the document all the time.
	maxTries = 3
	// maxLocked limits the work inside of a transaction, in units of scim.Work. This
	// much work takes a few milliseconds.
	maxLocked = scim.MaxWork / 50
)

// userChange returns the new document of a user; the argument old is the present
// document. The function adds its cost to w.
type userChange func(w *scim.Work, old scim.Document) (scim.Document, error)

// changeUser changes a user. If the new document equals the present document,
// changeUser writes nothing and the version stays.
func (d *Directory) changeUser(ctx context.Context, id scim.ID, c scim.Condition, change userChange) (scim.User, error) {
	for try := 1; ; try++ {
		user, err := d.changeSeen(ctx, id, c, change)
		if errors.Is(err, store.ErrChanged) && try >= maxTries {
			user, err = d.changeLocked(ctx, id, c, change)
		}
		if !errors.Is(err, store.ErrChanged) {
			user.ID = id
			return d.withManager(ctx, user, err)
		}
	}
}

// changeSeen applies a change outside of a transaction. It returns store.ErrChanged
// if another change was committed in the meantime.
func (d *Directory) changeSeen(ctx context.Context, id scim.ID, c scim.Condition, change userChange) (scim.User, error) {
	seen, err := d.store.UserForChange(ctx, d.conn.ID, id)
	if err != nil {
		return seen.User, err
	}
	if !c.Accepts(seen.Meta.Version) {
		return seen.User, refusal.VersionChanged.New()
	}
	var e userEdit
	err = d.apply(ctx, func() (err error) {
		e, err = newUserEdit(scim.WorkOf(ctx), seen, change)
		return err
	})
	if err != nil || e.same {
		return seen.User, err
	}
	var version int64 // before the change
	err = d.store.Write(ctx, store.KeyOf(d.conn.ID, id), func(tx *store.Tx) error {
		was, err := tx.LockSeen(ctx, d.conn.ID, seen)
		if err != nil {
			return err
		}
		version = was.Meta.Version
		return d.saveUser(ctx, tx, was, &e, c)
	})
	if err == nil && version != seen.Meta.Version { // another request has changed the user, and perhaps the groups of the user
		return d.reread(ctx, e.after.User), nil
	}
	return e.after.User, err
}

// changeLocked applies a change inside of the transaction. If the change needs more
// work than maxLocked, changeLocked returns store.ErrChanged.
func (d *Directory) changeLocked(ctx context.Context, id scim.ID, c scim.Condition, change userChange) (scim.User, error) {
	var user scim.User
	err := d.store.Write(ctx, store.KeyOf(d.conn.ID, id), func(tx *store.Tx) error {
		was, err := tx.LockUser(ctx, d.conn.ID, id)
		if err != nil {
			return err
		}
		w := &scim.Work{Most: maxLocked}
		e, err := newUserEdit(w, was.EncodedUser, change)
		if w.Exceeded() {
			return store.ErrChanged
		}
		if err == nil {
			err = d.saveUser(ctx, tx, was, &e, c)
		}
		user = e.after.User
		return err
	})
	if err != nil {
		return user, err
	}
	return d.reread(ctx, user), nil
}

// apply waits for the connection's turn, and then calls fn.
func (d *Directory) apply(ctx context.Context, fn func() error) error {
	if d.Applying == nil {
		return fn()
	}
	leave, err := d.Applying.Enter(ctx, string(d.conn.ID))
	if err != nil {
		return &store.UnavailableError{Err: err}
	}
	defer leave()
	return fn()
}

// reread reads a user after a committed change. If the read fails, it returns the
// argument written.
func (d *Directory) reread(ctx context.Context, written scim.User) scim.User {
	user, err := d.store.User(ctx, d.conn.ID, written.ID)
	if err != nil {
		return written
	}
	return user
}

// userEdit is a change of a user's document.
type userEdit struct {
	after   store.EncodedUser
	same    bool // the new document equals the present document
	renamed bool // the name that other resources show for the user changes
	action  audit.Action
	urgency store.Urgency
	detail  map[string]string // of the audit entry
}

// newUserEdit applies a change to a user's document.
func newUserEdit(w *scim.Work, before store.EncodedUser, change userChange) (e userEdit, err error) {
	doc, err := change(w, before.Doc)
	if err != nil {
		return e, err
	}
	e.after.User = before.User
	if e.same = scim.Equal(before.Doc, doc); e.same {
		return e, nil
	}
	e.after.Doc = doc
	if e.after, err = store.EncodeUser(e.after.User); err != nil {
		return e, err
	}
	e.renamed = before.Doc.ShownName() != doc.ShownName()
	e.action, e.urgency = classify(before.Doc, doc)
	e.detail = changedAttributes(before.Doc, doc)
	return e, nil
}

// saveUser writes an edit of a locked user, and sets the new meta attributes.
func (d *Directory) saveUser(ctx context.Context, tx *store.Tx, was store.LockedUser, e *userEdit, c scim.Condition) error {
	if !c.Accepts(was.Meta.Version) {
		return refusal.VersionChanged.New()
	}
	if e.after.Meta = was.Meta; e.same {
		return nil
	}
	e.after.Meta.Version++
	e.after.Meta.LastModified = tx.Now()
	if err := tx.UpdateUser(ctx, d.conn.ID, was, e.after, why(ctx, e.urgency)); err != nil {
		return err
	}
	if e.renamed {
		if err := rename(ctx, tx, d.conn.ID, was, why(ctx, store.Changing)); err != nil {
			return err
		}
	}
	return tx.Audit(ctx, d.entry(ctx, e.action, was.ID, e.detail))
}

// rename updates the resources that show a user's name: it gives the user's groups
// a new version, and touches the people who report to the user.
func rename(ctx context.Context, tx *store.Tx, c store.ConnectionID, who store.LockedUser, why store.Why) error {
	if who.InGroups {
		if err := tx.RenewGroupsOf(ctx, c, who.ID); err != nil {
			return err
		}
	}
	return tx.TouchReports(ctx, c, who.ID, why)
}
