package store

import (
	"context"

	"github.com/flexscim/flexscim/internal/store/db"
	"github.com/flexscim/flexscim/scim"
)

// memberType describes how to read members of one type, users or groups. In its SQL
// text, m is a row of the table membership, and n is the row of the member.
type memberType struct {
	groups    bool   // the members are groups
	table, id string // of n
	alive     string // a condition of n
	only      string // a condition of m
	any       string // SQL expression: id, space and displayName of any member of the group g; '' if g has no member of the type
	order     string // order of the rows of the query that memberType.query returns
}

var (
	userMembers = memberType{
		table: "scim_user", id: "user_id", alive: " and " + db.NoIndex("n.deleted_at") + " = 0",
		any: `coalesce((select n.user_id || ' ' || n.display_name from scim_user n where n.connection_id = $1 and n.user_id = (
			select m.member_id from membership m where m.connection_id = $1 and m.group_id = g.group_id and exists (
				select 1 from scim_user u where u.connection_id = $1 and u.user_id = m.member_id and ` + db.NoIndex("u.deleted_at") + ` = 0` + db.KeepSubquery + `)
			limit 1)), '')`,
		order: " order by m.group_id, m.member_id", // the order of the index
	}
	groupMembers = memberType{
		groups: true, table: "scim_group", id: "group_id", only: " and is_group = true",
		any: `case when g.has_groups then coalesce((select n.group_id || ' ' || n.display_name from membership m` + db.InOrder + `scim_group n
			where m.connection_id = $1 and m.group_id = g.group_id and m.is_group = true
			and n.connection_id = $1 and n.group_id = m.member_id` + db.KeepSubquery + `), '') else '' end`,
		order: " order by n.group_id", // if the order included m.member_id, the planner would use an index that also contains users
	}
	memberTypes = []memberType{userMembers, groupMembers} // the order in responses
)

// query returns an SQL query that reads the group's id, the member's id and the
// member's displayName for each member of the given groups.
func (t memberType) query(groups string) string {
	return `select m.group_id, m.member_id, n.display_name from membership m` + db.InOrder + t.table + ` n
		where m.connection_id = $1` + t.only + ` and m.group_id in (` + groups + `)
		and n.connection_id = $1 and n.` + t.id + ` = m.member_id` + t.alive
}

// add reads all members of the type and adds them to their groups.
func (t memberType) add(ctx context.Context, from db.Querier, c ConnectionID, groups []scim.Group) error {
	ids, add := adder(groups, t.groups)
	return db.InChunks(ids, func(part []scim.ID) error {
		return from.Query(ctx, t.query(db.Places(2, len(part)))+t.order, db.Args(part, c), add)
	})
}

// addAmong reads the members of the type whose ids are in the slice ids, and adds
// them to their groups. The slice must be short.
func (t memberType) addAmong(ctx context.Context, from db.Querier, c ConnectionID, groups []scim.Group, ids []scim.ID) error {
	in, add := adder(groups, t.groups)
	text := t.query(db.Places(2, len(in))) + ` and m.member_id in (` + db.Places(2+len(in), len(ids)) + `)`
	return from.Query(ctx, text, db.Args(ids, db.Args(in, c)...), add)
}

// adder returns the ids of the given groups, and a scan function that adds each
// member to its group. Each row contains the group's id, the member's id and the
// member's displayName.
func adder(groups []scim.Group, areGroups bool) (ids []scim.ID, add func(db.Row) error) {
	place := make(map[scim.ID]int, len(groups)) // :: group → index
	for i, g := range groups {
		ids, place[g.ID] = append(ids, g.ID), i
	}
	return ids, func(r db.Row) error {
		var g scim.ID
		m := scim.Member{Group: areGroups}
		err := r.Scan(&g, &m.Value, &m.Display)
		groups[place[g]].Members = append(groups[place[g]].Members, m)
		return err
	}
}

// addMembersTo reads all members and adds them to their groups: first live users
// sorted by id, then groups.
func addMembersTo(ctx context.Context, from db.Querier, c ConnectionID, groups []scim.Group) error {
	for _, t := range memberTypes {
		if err := t.add(ctx, from, c, groups); err != nil {
			return err
		}
	}
	return nil
}

// Members returns the members of a group: live users sorted by id, then groups.
func (tx *Tx) Members(ctx context.Context, c ConnectionID, g scim.ID) ([]scim.Member, error) {
	groups := []scim.Group{{ID: g}}
	err := addMembersTo(ctx, tx.db, c, groups)
	return groups[0].Members, err
}

// MembersAmong returns the members of a group whose ids are in the slice ids.
func (tx *Tx) MembersAmong(ctx context.Context, c ConnectionID, g scim.ID, ids []scim.ID) ([]scim.Member, error) {
	return membersAmong(ctx, tx.db, c, g, ids)
}

// MembersAmong does the same as Tx.MembersAmong, but outside of a
// transaction.
func (s *Store) MembersAmong(ctx context.Context, c ConnectionID, g scim.ID, ids []scim.ID) ([]scim.Member, error) {
	return membersAmong(ctx, s.db.Reader(), c, g, ids)
}

func membersAmong(ctx context.Context, from db.Querier, c ConnectionID, g scim.ID, ids []scim.ID) ([]scim.Member, error) {
	groups := []scim.Group{{ID: g}}
	for _, t := range memberTypes {
		if err := t.addAmong(ctx, from, c, groups, ids); err != nil {
			return nil, err
		}
	}
	return groups[0].Members, nil
}
