package store

import (
	"context"
	"slices"
	"strings"

	"github.com/flexscim/flexscim/internal/store/db"
	"github.com/flexscim/flexscim/scim"
)

// MembersChanged is the result of ChangeMembers.
type MembersChanged struct {
	Added   []scim.ID
	Removed []scim.ID
	Unknown []scim.ID // the pending members in Added, and values that cannot be stored
	Shown   bool      // responses show the change: at least one added or removed member is not pending
}

// ChangeMembers changes the members of a group. One SQL statement adds or removes
// up to 200 members. To replace all members, it reads the current members and
// writes only the difference. It touches each person whose groups changed, directly
// or through a nested group. A value that is not the id of a user or group becomes
// a pending member. A value that is empty, too long or not valid text is not
// stored.
func (tx *Tx) ChangeMembers(ctx context.Context, c ConnectionID, g scim.ID, change scim.MemberChange, why Why) (m MembersChanged, err error) {
	add, odd := tidyMembers(change.Add)
	remove, _ := tidyMembers(change.Remove)
	if change.Replace {
		if remove, err = tx.memberIDs(ctx, c, g); err != nil {
			return m, err
		}
		add, remove = difference(add, remove), difference(remove, add)
	} else {
		remove = difference(remove, add)
	}
	if m.Removed, err = tx.removeMembers(ctx, c, g, remove); err != nil {
		return m, err
	}
	if m.Added, err = tx.addMembers(ctx, c, g, add); err != nil {
		return m, err
	}
	changed := append(slices.Clone(m.Added), m.Removed...)
	slices.Sort(changed)
	known, err := tx.touchUsers(ctx, c, changed, why)
	if err != nil {
		return m, err
	}
	m.Unknown = odd
	m.Shown = len(known) > 0
	others := slices.DeleteFunc(changed, func(id scim.ID) bool { return known[id] })
	if len(others) == 0 {
		return m, nil
	}
	groups, err := tx.nest(ctx, c, g, others, why)
	m.Shown = m.Shown || len(groups) > 0
	for _, id := range m.Added {
		if !known[id] && !groups[id] {
			m.Unknown = append(m.Unknown, id)
		}
	}
	return m, err
}

// maxMember is the maximum length, in bytes, of a value that is stored as a pending
// member.
const maxMember = 64

// tidyMembers returns the ids without duplicates. They are sorted, so that
// transactions lock rows in the same order and do not deadlock. The result odd
// contains the values that cannot be stored.
func tidyMembers(ids []scim.ID) (tidy, odd []scim.ID) {
	all := slices.Compact(slices.Sorted(slices.Values(ids)))
	for _, id := range all {
		if id == "" || len(id) > maxMember || !db.IsText(string(id)) {
			odd = append(odd, id)
		} else {
			tidy = append(tidy, id)
		}
	}
	return tidy, odd
}

// difference returns the ids of the first slice that are not in the second slice.
// Both slices must be sorted.
func difference(all, gone []scim.ID) []scim.ID {
	var rest []scim.ID
	for _, id := range all {
		if _, found := slices.BinarySearch(gone, id); !found {
			rest = append(rest, id)
		}
	}
	return rest
}

// memberIDs returns the sorted ids of a group's members, including pending ones.
func (tx *Tx) memberIDs(ctx context.Context, c ConnectionID, g scim.ID) (ids []scim.ID, err error) {
	err = tx.db.Query(ctx, `select member_id from membership where connection_id = $1 and group_id = $2`, []any{c, g}, db.Collect(&ids))
	slices.Sort(ids) // in Go's order, whatever the database's collation
	return ids, err
}

// memberTuples returns a list of n SQL tuples, each the key of one membership. In
// their parameters, $1 is the connection, $2 is the group, and $3 is the first
// member.
func memberTuples(n int) string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = "($1, $2, " + db.Places(3+i, 1) + ")"
	}
	return strings.Join(keys, ", ")
}

// memberCondition returns the SQL condition that selects the n memberships with the
// keys that memberTuples lists. The parameters of the condition are those of
// memberTuples.
func memberCondition(d db.Syntax, n int) string {
	if db.AsTuples(d, n) {
		return `(connection_id, group_id, member_id) in (values ` + memberTuples(n) + `)`
	}
	return `connection_id = $1 and group_id = $2 and member_id in (` + db.Places(3, n) + `)`
}

// addMembers adds members to a group, and returns the ids that were not in the
// group before.
func (tx *Tx) addMembers(ctx context.Context, c ConnectionID, g scim.ID, ids []scim.ID) (added []scim.ID, err error) {
	err = db.InChunks(ids, func(part []scim.ID) error {
		return tx.db.ExecReturning(ctx, `insert into membership (connection_id, group_id, member_id) values `+memberTuples(len(part))+`
			on conflict do nothing returning member_id`, db.Args(part, c, g), db.Collect(&added))
	})
	tx.db.Changed(len(added))
	return added, err
}

// removeMembers removes members from a group, and returns the ids that were in the
// group before.
func (tx *Tx) removeMembers(ctx context.Context, c ConnectionID, g scim.ID, ids []scim.ID) (removed []scim.ID, err error) {
	err = db.InChunks(ids, func(part []scim.ID) error {
		return tx.db.ExecReturning(ctx, `delete from membership where `+memberCondition(tx.db.Syntax(), len(part))+` returning member_id`, db.Args(part, c, g), db.Collect(&removed))
	})
	return removed, err
}

// TouchMembers touches everybody who is in the group directly or through other
// groups. The caller must have locked the group.
func (tx *Tx) TouchMembers(ctx context.Context, c ConnectionID, g scim.ID, why Why) error {
	return tx.touchBelow(ctx, c, []scim.ID{g}, why)
}
