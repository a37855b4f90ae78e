package store

import (
	"context"
	"sync"

	"github.com/flexscim/flexscim/internal/store/db"
	"github.com/flexscim/flexscim/internal/store/list"
	"github.com/flexscim/flexscim/scim"
)

// groupColumns are the columns that scanGroup reads.
const groupColumns = `group_id, document, version, created_at, modified_at`

func scanGroup(r db.Row, more ...any) (scim.Group, error) {
	g, _, err := scanGroupText(r, more...)
	return g, err
}

// scanGroupText does the same as scanGroup, and also returns the text of the
// document.
func scanGroupText(r db.Row, more ...any) (g scim.Group, document string, err error) {
	var created, modified int64
	if err = r.Scan(append([]any{&g.ID, &document, &g.Meta.Version, &created, &modified}, more...)...); err != nil {
		return g, document, err
	}
	g.Meta.Created, g.Meta.LastModified = db.FromMicros(created), db.FromMicros(modified)
	g.Doc, err = decode(document)
	return g, document, err
}

// readGroup reads a group for a list.
func readGroup(r db.Row) (scim.Group, int, error) {
	g, text, err := scanGroupText(r)
	return g, len(text), err
}

func scanOnlyGroup(r db.Row) (scim.Group, error) { return scanGroup(r) }

// groupValues returns the column values of a group, in the order that InsertGroup
// and UpdateGroup use.
func groupValues(c ConnectionID, g scim.Group) ([]any, error) {
	document, err := encode(g.Doc)
	return []any{
		c,
		g.ID,
		scim.TextKey(scim.Fold(g.Doc.DisplayName())),
		db.Text(g.Doc.DisplayName()),
		scim.TextKey(g.Doc.ExternalID()),
		document,
		g.Meta.Version,
		db.Micros(g.Meta.LastModified),
	}, err
}

// InsertGroup adds a group without members. It returns a *TakenError if the
// displayName is taken.
func (tx *Tx) InsertGroup(ctx context.Context, c ConnectionID, g scim.Group) error {
	values, err := groupValues(c, g)
	if err != nil {
		return err
	}
	err = tx.db.Insert(ctx, "displayName", `insert into scim_group (connection_id, group_id, display_name_fold, display_name, external_id,
			document, version, modified_at, created_at, is_member)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, exists (select 1 from membership where connection_id = $1 and member_id = $2))`,
		append(values, db.Micros(g.Meta.Created)))
	if err != nil {
		return err
	}
	// The group may already be a pending member of other groups.
	err = tx.db.ExecLater(ctx, `update membership set is_group = true where connection_id = $1 and member_id = $2`, c, g.ID)
	if err != nil {
		return err
	}
	return tx.db.ExecLater(ctx, `update scim_group set has_groups = true where connection_id = $1
		and group_id in (select group_id from membership where connection_id = $1 and member_id = $2)`, c, g.ID)
}

// LockGroup reads a group without its members, and locks it as LockUser does.
func (tx *Tx) LockGroup(ctx context.Context, c ConnectionID, id scim.ID) (scim.Group, error) {
	if !id.Valid() {
		return scim.Group{}, ErrNotFound
	}
	return db.Only(ctx, tx.db, `select `+groupColumns+` from scim_group where connection_id = $1 and group_id = $2`+
		tx.db.Syntax().ForUpdate, []any{c, id}, scanOnlyGroup)
}

// UpdateGroup writes a locked group's document, version and lastModified. If the
// displayName is taken, UpdateGroup or Write returns a *TakenError.
func (tx *Tx) UpdateGroup(ctx context.Context, c ConnectionID, g scim.Group) error {
	values, err := groupValues(c, g)
	if err != nil {
		return err
	}
	return tx.db.ExecLater(ctx, `update scim_group set display_name_fold = $3, display_name = $4, external_id = $5,
			document = $6, version = $7, modified_at = $8
		where connection_id = $1 and group_id = $2`, values...)
}

// DeleteGroup deletes a group with its memberships and touches all people in the
// group. It returns ErrNotFound if there is no such group.
func (tx *Tx) DeleteGroup(ctx context.Context, c ConnectionID, id scim.ID, why Why) error {
	if err := orNotFound(tx.db.Exec(ctx, `delete from scim_group where connection_id = $1 and group_id = $2`, c, id)); err != nil {
		return err
	}
	if err := tx.TouchMembers(ctx, c, id, why); err != nil {
		return err
	}
	if err := tx.db.ExecLater(ctx, `delete from membership where connection_id = $1 and group_id = $2`, c, id); err != nil {
		return err
	}
	if err := tx.RenewGroupsOf(ctx, c, id); err != nil {
		return err
	}
	return tx.db.ExecLater(ctx, `delete from membership where connection_id = $1 and member_id = $2`, c, id)
}

// Group reads a group. If the argument members is true, it also reads the group's
// members. It returns ErrNotFound if there is no such group.
func (s *Store) Group(ctx context.Context, c ConnectionID, id scim.ID, members bool) (scim.Group, error) {
	if !id.Valid() {
		return scim.Group{}, ErrNotFound
	}
	if !members {
		return db.Only(ctx, s.db.SharedReader(), `select `+groupColumns+` from scim_group where connection_id = $1 and group_id = $2`, []any{c, id}, scanOnlyGroup)
	}
	var group scim.Group
	err := s.inTurn(ctx, c, func(from db.Reader) error {
		return from.Snapshot(ctx, func(from db.Reader) (err error) {
			group, err = groupWithMembers(ctx, from, c, id)
			return err
		})
	})
	return group, err
}

// groupWithMembers reads a group and its members.
func groupWithMembers(ctx context.Context, from db.Querier, c ConnectionID, id scim.ID) (scim.Group, error) {
	var nests bool
	g, err := db.Only(ctx, from, `select `+groupColumns+`, has_groups from scim_group where connection_id = $1 and group_id = $2`,
		[]any{c, id}, func(r db.Row) (scim.Group, error) { return scanGroup(r, &nests) })
	if err != nil {
		return g, err
	}
	groups := []scim.Group{g}
	if err = userMembers.add(ctx, from, c, groups); err == nil && nests {
		err = groupMembers.add(ctx, from, c, groups)
	}
	return groups[0], err
}

// Groups returns the page of groups that a query asks for. It returns the same errors
// as Users.
func (s *Store) Groups(ctx context.Context, c ConnectionID, q scim.Query) (scim.Page[scim.Group], error) {
	l := groupResource()
	if list.Uses(q, "members") {
		l.Fill = (&memberFilter{connection: c, needs: list.MembersFor(q.Filter), most: s.maxScan}).fill
	}
	if q.Members {
		l.Complete = func(ctx context.Context, from db.Querier, groups []scim.Group) (int, error) {
			return s.addMembers(ctx, from, c, groups)
		}
	}
	page, err := readPage(ctx, s, c, l, l.Select(string(c), q))
	for i := range page.Items {
		if !q.Members {
			page.Items[i].Members = nil // the members were read only for the filter
		}
	}
	return page, err
}

var groupResource = sync.OnceValue(func() list.Resource[scim.Group] {
	return list.Resource[scim.Group]{
		Plural: "groups", Table: "scim_group", ID: "group_id", Columns: groupColumns, Shown: groupColumns,
		Attributes: list.Groups(),
		Indexed:    "id, displayName, externalId, members.value, meta.created, meta.lastModified",
		Scan:       readGroup, Show: readGroup, Matches: scim.Group.Matches, Place: scim.Group.Place,
		Meta: func(g scim.Group) (scim.ID, scim.Meta) { return g.ID, g.Meta },
	}
})
