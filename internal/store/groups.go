package store

import (
	"context"
	"database/sql"

	"github.com/flexscim/flexscim/scim"
)

// groupsOf reads the groups of persons, in the order of creation.
func groupsOf(ctx context.Context, from conn, c ConnectionID, users []scim.ID) (map[scim.ID][]GroupName, error) {
	byUser := map[scim.ID][]GroupName{} // :: user → groups
	for part := range chunks(users) {
		args := []any{c}
		for _, id := range part {
			args = append(args, id)
		}
		err := from.each(ctx, `select m.member_id, g.group_id, g.display_name from membership m
			join scim_group g on g.connection_id = m.connection_id and g.group_id = m.group_id
			where m.connection_id = $1 and m.member_id in (`+places(2, len(part))+`)
			order by g.created_at, g.group_id`, args, func(rows *sql.Rows) error {
			var user scim.ID
			var g GroupName
			err := rows.Scan(&user, &g.ID, &g.Display)
			byUser[user] = append(byUser[user], g)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return byUser, nil
}

// refs are groups as a User shows them.
func refs(groups []GroupName) []scim.GroupRef {
	var out []scim.GroupRef
	for _, g := range groups {
		out = append(out, scim.GroupRef(g))
	}
	return out
}
