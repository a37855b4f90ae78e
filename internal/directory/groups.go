package directory

import (
	"context"
	"errors"
	"strconv"

	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
)

const groupResource = "Group"

// CreateGroup adds a group and its members.
func (d *Directory) CreateGroup(ctx context.Context, group scim.Group) (scim.Group, error) {
	if err := d.note(ctx, scim.MemberWrites{Listed: len(group.Members) > 0}); err != nil {
		return scim.Group{}, err
	}
	group.ID = scim.NewID()
	var members []scim.Member // for the response; Write may call its function twice, so the function assigns members again each time
	err := d.store.Write(ctx, store.KeyOf(d.conn.ID, ""), func(tx *store.Tx) error {
		now := tx.Now()
		group.Meta = scim.Meta{Created: now, LastModified: now, Version: 1}
		if err := tx.InsertGroup(ctx, d.conn.ID, group); err != nil {
			return err
		}
		if err := tx.Audit(ctx, d.entry(ctx, audit.GroupCreated, group.ID, nil)); err != nil {
			return err
		}
		var err error
		members, err = d.addFirstMembers(ctx, tx, group)
		return err
	})
	group.Members = members
	return group, asRefusal(err, groupResource, group.ID)
}

// addFirstMembers adds the members of a new group, and returns the members that are
// not pending.
func (d *Directory) addFirstMembers(ctx context.Context, tx *store.Tx, group scim.Group) ([]scim.Member, error) {
	var change scim.MemberChange
	for _, m := range group.Members {
		change.Add = append(change.Add, m.Value)
	}
	membersChanged, err := d.changeMembers(ctx, tx, group.ID, change)
	if err != nil || !membersChanged {
		return nil, err
	}
	return tx.Members(ctx, d.conn.ID, group.ID)
}

// Group reads a group.
func (d *Directory) Group(ctx context.Context, id scim.ID, members bool) (scim.Group, error) {
	group, err := d.store.Group(ctx, d.conn.ID, id, members)
	return group, asRefusal(err, groupResource, id)
}

// Groups returns the page of groups that the query q selects.
func (d *Directory) Groups(ctx context.Context, q scim.Query) (scim.Page[scim.Group], error) {
	page, err := d.store.Groups(ctx, d.conn.ID, q)
	return page, asListRefusal(err)
}

// ReplaceGroup implements PUT. If the argument members is nil, the setting group_put
// of the connection decides whether the group keeps its members
// (docs/reference/identity-providers.md, row 34).
func (d *Directory) ReplaceGroup(ctx context.Context, id scim.ID, group scim.Group, members *scim.MemberChange, c scim.Condition) (scim.Group, error) {
	change, err := d.membersOfPut(ctx, members)
	if err != nil {
		return scim.Group{}, err
	}
	return d.changeGroup(ctx, id, c, func(_ *scim.Work, old scim.Document, _ scim.MemberReader) (groupEdit, error) {
		doc, err := scim.ReplaceDocument(scim.GroupType(), old, group.Doc)
		return groupEdit{doc, change}, err
	})
}

// PatchGroup applies all operations, or none if one fails. It reads the group's
// members only if a filter compares a sub-attribute other than `value`.
func (d *Directory) PatchGroup(ctx context.Context, id scim.ID, ops []scim.Op, c scim.Condition) (scim.Group, error) {
	if scim.NeedsMembers(ops) {
		if err := d.note(ctx, scim.MemberWrites{Patched: true}); err != nil {
			return scim.Group{}, err
		}
		return d.changeGroup(ctx, id, c, func(w *scim.Work, old scim.Document, look scim.MemberReader) (groupEdit, error) {
			rest, members, err := scim.ApplyMembers(ops, look)
			if err != nil {
				return groupEdit{}, err
			}
			doc, err := w.Apply(scim.GroupType(), old, rest)
			return groupEdit{doc, members}, err
		})
	}
	rest, members, err := scim.ApplyMembers(ops, nil)
	if err == nil {
		err = d.note(ctx, members.Way(true))
	}
	if err != nil {
		return scim.Group{}, err
	}
	change := func(w *scim.Work, old scim.Document, _ scim.MemberReader) (groupEdit, error) {
		doc, err := w.Apply(scim.GroupType(), old, rest)
		return groupEdit{doc, members}, err
	}
	if len(rest) == 0 { // the document stays the same, so a read before the transaction has no use
		group, err := d.changeLockedGroup(ctx, id, c, change)
		return group, asRefusal(err, groupResource, id)
	}
	return d.changeGroup(ctx, id, c, change)
}

// DeleteGroup removes a group and touches its members.
func (d *Directory) DeleteGroup(ctx context.Context, id scim.ID, c scim.Condition) error {
	err := d.store.Write(ctx, store.KeyOf(d.conn.ID, ""), func(tx *store.Tx) error {
		group, err := tx.LockGroup(ctx, d.conn.ID, id)
		if err != nil {
			return err
		}
		if !c.Accepts(group.Meta.Version) {
			return refusal.VersionChanged.New()
		}
		if err := tx.DeleteGroup(ctx, d.conn.ID, id, why(ctx, store.Changing)); err != nil {
			return err
		}
		return tx.Audit(ctx, d.entry(ctx, audit.GroupDeleted, id, nil))
	})
	return asRefusal(err, groupResource, id)
}

// groupEdit is the new document of a group and the change of its members.
type groupEdit struct {
	doc     scim.Document
	members scim.MemberChange
}

// groupChange returns the edit of a group; the argument old is the present
// document. The function can read the members with look, and adds its cost to w.
type groupChange func(w *scim.Work, old scim.Document, look scim.MemberReader) (groupEdit, error)

// changeGroup changes a group, as changeUser changes a user.
func (d *Directory) changeGroup(ctx context.Context, id scim.ID, c scim.Condition, change groupChange) (scim.Group, error) {
	for try := 1; ; try++ {
		group, err := d.changeSeenGroup(ctx, id, c, change)
		if errors.Is(err, store.ErrChanged) && try >= maxTries {
			group, err = d.changeLockedGroup(ctx, id, c, change)
		}
		if !errors.Is(err, store.ErrChanged) {
			return group, asRefusal(err, groupResource, id)
		}
	}
}

// changeSeenGroup applies a change outside of a transaction. It returns
// store.ErrChanged if another request has changed the document in the meantime. If
// the change depends on the members, it also returns store.ErrChanged if another
// request has changed the members.
func (d *Directory) changeSeenGroup(ctx context.Context, id scim.ID, c scim.Condition, change groupChange) (scim.Group, error) {
	group, err := d.store.Group(ctx, d.conn.ID, id, false)
	if err != nil {
		return group, err
	}
	if !c.Accepts(group.Meta.Version) {
		return group, refusal.VersionChanged.New()
	}
	seen, looked := group, false
	edit, err := change(scim.WorkOf(ctx), seen.Doc, func(ids []scim.ID) ([]scim.Member, error) {
		looked = true
		return d.store.MembersAmong(ctx, d.conn.ID, id, ids)
	})
	if err != nil || edit.members.IsNone() && scim.Equal(seen.Doc, edit.doc) {
		return group, err
	}
	err = d.store.Write(ctx, store.KeyOf(d.conn.ID, ""), func(tx *store.Tx) error {
		if group, err = tx.LockGroup(ctx, d.conn.ID, id); err != nil {
			return err
		}
		if !scim.Equal(group.Doc, seen.Doc) || looked && group.Meta.Version != seen.Meta.Version {
			return store.ErrChanged
		}
		return d.saveEdit(ctx, tx, &group, c, edit)
	})
	return group, err
}

// changeLockedGroup applies a change inside of the transaction. If the change needs
// more work than maxLocked, changeLockedGroup returns store.ErrChanged.
func (d *Directory) changeLockedGroup(ctx context.Context, id scim.ID, c scim.Condition, change groupChange) (scim.Group, error) {
	var group scim.Group
	err := d.store.Write(ctx, store.KeyOf(d.conn.ID, ""), func(tx *store.Tx) (err error) {
		if group, err = tx.LockGroup(ctx, d.conn.ID, id); err != nil {
			return err
		}
		w := &scim.Work{Most: maxLocked}
		edit, err := change(w, group.Doc, func(ids []scim.ID) ([]scim.Member, error) {
			return tx.MembersAmong(ctx, d.conn.ID, id, ids)
		})
		if w.Exceeded() {
			return store.ErrChanged
		}
		if err != nil {
			return err
		}
		return d.saveEdit(ctx, tx, &group, c, edit)
	})
	return group, err
}

// saveEdit changes the members of a locked group and writes its document.
func (d *Directory) saveEdit(ctx context.Context, tx *store.Tx, group *scim.Group, c scim.Condition, edit groupEdit) error {
	if !c.Accepts(group.Meta.Version) {
		return refusal.VersionChanged.New()
	}
	moved, err := d.changeMembers(ctx, tx, group.ID, edit.members)
	if err != nil {
		return err
	}
	return d.saveGroup(ctx, tx, group, edit.doc, moved)
}

// saveGroup writes a new version of the group if its document differs from doc, or
// if membersChanged is true. If the displayName changed, saveGroup touches every
// member, because rules use the displayName.
func (d *Directory) saveGroup(ctx context.Context, tx *store.Tx, group *scim.Group, doc scim.Document, membersChanged bool) error {
	same := scim.Equal(group.Doc, doc)
	if same && !membersChanged {
		return nil
	}
	renamed := group.Doc.DisplayName() != doc.DisplayName()
	before := group.Doc
	group.Doc = doc
	group.Meta.Version++
	group.Meta.LastModified = tx.Now()
	if err := tx.UpdateGroup(ctx, d.conn.ID, *group); err != nil {
		return err
	}
	if renamed {
		if err := tx.TouchMembers(ctx, d.conn.ID, group.ID, why(ctx, store.Changing)); err != nil {
			return err
		}
		if err := tx.RenewGroupsOf(ctx, d.conn.ID, group.ID); err != nil {
			return err
		}
	}
	if same {
		return nil
	}
	return tx.Audit(ctx, d.entry(ctx, audit.GroupChanged, group.ID, changedAttributes(before, doc)))
}

// changeMembers changes the group's members. It returns true if it added or removed
// a member that is not pending; the group then needs a new version.
func (d *Directory) changeMembers(ctx context.Context, tx *store.Tx, id scim.ID, change scim.MemberChange) (bool, error) {
	if change.IsNone() {
		return false, nil
	}
	moved, err := tx.ChangeMembers(ctx, d.conn.ID, id, change, why(ctx, store.Changing))
	if err != nil || len(moved.Added)+len(moved.Removed) == 0 {
		return false, err
	}
	return moved.Shown, tx.Audit(ctx, d.entry(ctx, audit.MembersChanged, id, map[string]string{
		"added":   strconv.Itoa(len(moved.Added)),
		"removed": strconv.Itoa(len(moved.Removed)),
		"unknown": strconv.Itoa(len(moved.Unknown)),
	}))
}
