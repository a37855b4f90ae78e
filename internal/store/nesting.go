package store

import (
	"context"
	"slices"

	"github.com/flexscim/flexscim/internal/store/db"
	"github.com/flexscim/flexscim/scim"
)

// This file reads nested groups: groups that are members of groups. In the table
// scim_group, the column is_member marks groups that are members of other groups,
// and the column has_groups marks groups that have groups as members. Only marked
// groups need additional queries, so a connection without nested groups needs
// almost none.

// hasNesting reports whether a group of the connection is a member of another
// group.
func (s *Store) hasNesting(ctx context.Context, c ConnectionID) (nested bool, err error) {
	err = db.QueryOne(ctx, s.db.Reader(), `select exists (select 1 from membership where connection_id = $1 and is_group = true)`, []any{c}, &nested)
	return nested, err
}

// groupsOf returns the groups of each person: first the direct groups in the order
// of creation, then the indirect groups.
func groupsOf(ctx context.Context, from db.Querier, c ConnectionID, users []scim.ID) (map[scim.ID][]GroupName, error) {
	byUser := map[scim.ID][]GroupName{} // :: user → groups
	inner, err := addParents(ctx, from, c, users, byUser)
	if err != nil || len(inner) == 0 {
		return byUser, err
	}
	above := map[scim.ID][]GroupName{} // :: group → the groups that it is a member of
	seen := map[scim.ID]bool{}
	for depth := 0; depth < scim.MaxNesting && len(inner) > 0; depth++ {
		if inner, err = addParents(ctx, from, c, addNew(seen, inner), above); err != nil {
			return nil, err
		}
	}
	for user, own := range byUser {
		byUser[user] = append(own, climb(own, above)...)
	}
	return byUser, nil
}

// addParents adds to the map `to`, for each given member, the groups that directly
// contain the member, in the order of creation. The result inner contains those of
// the added groups that are themselves members of groups.
func addParents(ctx context.Context, from db.Querier, c ConnectionID, members []scim.ID, to map[scim.ID][]GroupName) (inner []scim.ID, err error) {
	err = db.InChunks(members, func(part []scim.ID) error {
		return from.Query(ctx, `select m.member_id, g.group_id, g.display_name, g.is_member from membership m
			join scim_group g on g.connection_id = m.connection_id and g.group_id = m.group_id
			where m.connection_id = $1 and m.member_id in (`+db.Places(2, len(part))+`)
			order by g.created_at, g.group_id`, db.Args(part, c), func(r db.Row) error {
			var member scim.ID
			var g GroupName
			var isMember bool
			err := r.Scan(&member, &g.ID, &g.Display, &isMember)
			to[member] = append(to[member], g)
			if isMember {
				inner = append(inner, g.ID)
			}
			return err
		})
	})
	return inner, err
}

// climb returns a person's indirect groups, the nearest first and without
// duplicates. The argument own contains the direct groups. Cycles of groups are
// allowed.
func climb(own []GroupName, above map[scim.ID][]GroupName) []GroupName {
	known := map[scim.ID]bool{}
	for _, g := range own {
		known[g.ID] = true
	}
	var all []GroupName
	level := own
	for depth := 0; depth < scim.MaxNesting && len(level) > 0; depth++ {
		var next []GroupName
		for _, g := range level {
			for _, parent := range above[g.ID] {
				if !known[parent.ID] {
					known[parent.ID] = true
					parent.Indirect = true
					next = append(next, parent)
				}
			}
		}
		all = append(all, next...)
		level = next
	}
	return all
}

// addNew adds ids to the set seen, and returns the ids that were not in the set
// before, without duplicates.
func addNew(seen map[scim.ID]bool, ids []scim.ID) []scim.ID {
	var rest []scim.ID
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			rest = append(rest, id)
		}
	}
	return rest
}

// nest handles those changed members of the group g that are not live users. It
// marks the groups among them as nested, touches everybody in these groups, and
// returns them.
func (tx *Tx) nest(ctx context.Context, c ConnectionID, g scim.ID, others []scim.ID, why Why) (groups map[scim.ID]bool, err error) {
	inner, err := tx.lockGroups(ctx, c, others)
	if err != nil || len(inner) == 0 {
		return nil, err
	}
	err = tx.db.ExecLater(ctx, `update scim_group set has_groups = true where connection_id = $1 and group_id = $2 and has_groups = false`, c, g)
	if err != nil {
		return nil, err
	}
	err = db.InChunks(inner, func(part []scim.ID) error {
		err := tx.db.ExecLater(ctx, `update scim_group set is_member = true
			where connection_id = $1 and is_member = false and group_id in (`+db.Places(2, len(part))+`)`, db.Args(part, c)...)
		if err != nil {
			return err
		}
		return tx.db.ExecLater(ctx, `update membership set is_group = true
			where connection_id = $1 and group_id = $2 and member_id in (`+db.Places(3, len(part))+`)`, db.Args(part, c, g)...)
	})
	if err != nil {
		return nil, err
	}
	groups = map[scim.ID]bool{}
	for _, id := range inner {
		groups[id] = true
	}
	return groups, tx.touchBelow(ctx, c, inner, why)
}

// lockGroups locks, until the commit, the groups whose ids are in the slice ids. It
// returns the ids of these groups. Therefore another transaction that changes their
// members either commits before the lock is taken, or waits until this transaction
// commits.
func (tx *Tx) lockGroups(ctx context.Context, c ConnectionID, ids []scim.ID) (groups []scim.ID, err error) {
	ids = slices.DeleteFunc(slices.Clone(ids), func(id scim.ID) bool { return !id.Valid() })
	slices.Sort(ids)
	err = db.InChunks(ids, func(part []scim.ID) error {
		return tx.db.Query(ctx, `select group_id from scim_group where connection_id = $1 and group_id in (`+db.Places(2, len(part))+`)
			order by group_id`+tx.db.Syntax().ForUpdate, db.Args(part, c), db.Collect(&groups))
	})
	return groups, err
}

// touchBelow touches everybody who is in the given groups, directly or through
// other groups, down to scim.MaxNesting levels. The caller must have locked the
// groups.
func (tx *Tx) touchBelow(ctx context.Context, c ConnectionID, groups []scim.ID, why Why) error {
	seen := map[scim.ID]bool{}
	level := addNew(seen, groups)
	all := slices.Clone(level)
	for depth := 0; depth < scim.MaxNesting && len(level) > 0; depth++ {
		var next []scim.ID
		err := db.InChunks(level, func(part []scim.ID) error {
			return tx.db.Query(ctx, `select member_id from membership
				where connection_id = $1 and is_group = true and group_id in (`+db.Places(2, len(part))+`)`,
				db.Args(part, c), db.Collect(&next))
		})
		if err != nil {
			return err
		}
		if level, err = tx.lockGroups(ctx, c, addNew(seen, next)); err != nil {
			return err
		}
		all = append(all, level...)
	}
	return db.InChunks(all, func(part []scim.ID) error {
		members := `select member_id from membership where connection_id = $4 and group_id in (` + db.Places(5, len(part)) + `)`
		_, err := tx.touchWhere(ctx, db.Among(tx.db.Syntax(), "user_id", members), db.Args(part, tx.raising(why, c)...))
		return err
	})
}

// RenewGroupsOf gives a new version to the groups that contain this member. Callers
// use it when the member gets a new name or is removed from its groups. The
// meta.lastModified of these groups does not change.
func (tx *Tx) RenewGroupsOf(ctx context.Context, c ConnectionID, member scim.ID) error {
	return tx.db.ExecLater(ctx, `update scim_group set version = version + 1 where connection_id = $1
		and group_id in (select group_id from membership where connection_id = $1 and member_id = $2)`, c, member)
}
