package directory

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
)

const userResource = "User"

// CreateUser adds a user with a new id.
func (d *Directory) CreateUser(ctx context.Context, user scim.User) (scim.User, error) {
	if err := d.checkDomain(user.Doc.UserName()); err != nil {
		return user, err
	}
	user.ID = scim.NewID()
	err := d.store.Write(ctx, store.KeyOf(d.conn.ID, user.ID), func(tx *store.Tx) error {
		now := tx.Now()
		user.Meta = scim.Meta{Created: now, LastModified: now, Version: 1}
		if err := tx.InsertUser(ctx, d.conn.ID, user, why(ctx, store.Joining)); err != nil {
			return err
		}
		return tx.Audit(ctx, d.entry(ctx, audit.UserCreated, user.ID, nil))
	})
	return d.withManager(ctx, user, err)
}

// withManager completes the result of a write: it translates the error, or adds the
// manager's name to the user. If the name cannot be read, withManager returns the
// user without it and no error, because the write is already committed.
func (d *Directory) withManager(ctx context.Context, user scim.User, err error) (scim.User, error) {
	if err != nil {
		return user, asRefusal(err, userResource, user.ID)
	}
	if user.Manager == nil || string(user.Manager.ID) != user.Doc.Manager() {
		user.Manager, _ = d.store.Manager(ctx, d.conn.ID, user)
	}
	return user, nil
}

// User reads a user with their groups.
func (d *Directory) User(ctx context.Context, id scim.ID) (scim.User, error) {
	user, err := d.store.User(ctx, d.conn.ID, id)
	return user, asRefusal(err, userResource, id)
}

// Users returns the page of users that the query q selects.
func (d *Directory) Users(ctx context.Context, q scim.Query) (scim.Page[scim.User], error) {
	page, err := d.store.Users(ctx, d.conn.ID, q)
	return page, asListRefusal(err)
}

// ReplaceUser implements PUT. If the document omits the attribute active, the old
// value stays, because the omission may be accidental
// (docs/reference/identity-providers.md, row 34).
func (d *Directory) ReplaceUser(ctx context.Context, id scim.ID, user scim.User, c scim.Condition) (scim.User, error) {
	return d.changeUser(ctx, id, c, func(_ *scim.Work, old scim.Document) (scim.Document, error) {
		doc, err := scim.ReplaceDocument(scim.UserType(), old, user.Doc)
		if err == nil {
			err = d.checkRename(old, doc)
		}
		return doc, err
	})
}

// PatchUser applies all operations, or none if one fails.
func (d *Directory) PatchUser(ctx context.Context, id scim.ID, ops []scim.Op, c scim.Condition) (scim.User, error) {
	return d.changeUser(ctx, id, c, func(w *scim.Work, old scim.Document) (scim.Document, error) {
		doc, err := w.Apply(scim.UserType().Within(d.MaxValues, d.MaxBytes), old, ops)
		if err == nil {
			err = d.checkRename(old, doc)
		}
		return doc, err
	})
}

// DeleteUser deletes a user. A tombstone of the person stays in the store, because
// the person's Worker must still be removed.
func (d *Directory) DeleteUser(ctx context.Context, id scim.ID, c scim.Condition) error {
	err := d.store.Write(ctx, store.KeyOf(d.conn.ID, id), func(tx *store.Tx) error {
		user, err := tx.LockUser(ctx, d.conn.ID, id)
		if err != nil {
			return err
		}
		if !c.Accepts(user.Meta.Version) {
			return refusal.VersionChanged.New()
		}
		if err := tx.TouchReports(ctx, d.conn.ID, id, why(ctx, store.Changing)); err != nil {
			return err
		}
		if err := tx.DeleteUser(ctx, d.conn.ID, user, why(ctx, store.Leaving)); err != nil {
			return err
		}
		return tx.Audit(ctx, d.entry(ctx, audit.UserDeleted, id, nil))
	})
	return asRefusal(err, userResource, id)
}

// classify returns the audit action and the urgency of a change. A change of an
// inactive user has the highest urgency, store.Leaving.
func classify(before, after scim.Document) (audit.Action, store.Urgency) {
	switch was, is := before.Active(), after.Active(); {
	case was && !is:
		return audit.UserDeactivated, store.Leaving
	case !was && is:
		return audit.UserReactivated, store.Changing
	case !is:
		return audit.UserChanged, store.Leaving
	}
	return audit.UserChanged, store.Changing
}

// changedAttributes returns the detail of an audit entry: the names of the changed
// attributes, without their values, because the values are personal data.
func changedAttributes(before, after scim.Document) map[string]string {
	names := map[string]bool{} // :: attribute name → whether its value differs
	for _, doc := range []scim.Document{before, after} {
		for name := range doc {
			one := scim.Document{name: before[name]}
			other := scim.Document{name: after[name]}
			names[name] = !scim.Equal(one, other)
		}
	}
	maps.DeleteFunc(names, func(_ string, differs bool) bool { return !differs })
	return map[string]string{"attributes": strings.Join(slices.Sorted(maps.Keys(names)), " ")}
}
