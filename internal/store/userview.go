package store

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/flexscim/flexscim/internal/store/db"
	"github.com/flexscim/flexscim/scim"
)

// related returns two SQL columns with data that responses show in addition to the
// document: the user's direct groups as JSON, and the manager's name ("" if the
// manager is not a live user). With them, one statement reads a user, groups and
// manager at one point in time. The argument outer is the name of the user's table.
func related(s db.Syntax, outer string) (groups, manager string) {
	in := strings.NewReplacer("{outer}", outer, "{list}", s.ListOf, "{tuple}", s.Tuple, "{collate}", s.DefaultCollation,
		"{alive}", db.NoIndex("manager.deleted_at")+" = 0")
	return in.Replace(`coalesce((select cast({list}({tuple}(g.group_id, g.display_name, case when g.is_member then 1 else 0 end)
				order by g.created_at, g.group_id) as text)
			from membership m join scim_group g on g.connection_id = m.connection_id and g.group_id = m.group_id
			where m.connection_id = {outer}.connection_id and m.member_id = {outer}.user_id), '')`),
		in.Replace(`coalesce((select manager.display_name from scim_user manager where {outer}.manager_id <> ''
			and manager.connection_id = {outer}.connection_id and manager.user_id = {outer}.manager_id{collate} and {alive}), '')`)
}

// decodeGroups decodes the first column of the function related, a user's direct
// groups. The result nested is true if the user also has indirect groups, which are
// not in the column.
func decodeGroups(text string) (groups []GroupName, nested bool, err error) {
	if text == "" || text == "[]" {
		return nil, false, nil
	}
	var rows []relatedGroup
	err = json.Unmarshal([]byte(text), &rows)
	for _, g := range rows {
		groups = append(groups, g.GroupName)
		nested = nested || g.isMember != 0
	}
	return groups, nested, err
}

// relatedGroup is one direct group in the first column of the function related.
type relatedGroup struct {
	GroupName

	isMember int // 1: the group is a member of another group
}

// UnmarshalJSON reads a JSON list with three elements: ID, Display and isMember.
func (g *relatedGroup) UnmarshalJSON(text []byte) error {
	return json.Unmarshal(text, &[]any{&g.ID, &g.Display, &g.isMember})
}

// userView reads users as responses show them.
type userView struct {
	columns string    // what scan reads
	nested  []scim.ID // users with indirect groups
}

// newUserView returns a view. The arguments groups and managers say whether the
// view reads the groups and the managers of users.
func newUserView(s db.Syntax, groups, managers bool) *userView {
	own, manager := related(s, "scim_user")
	if !groups {
		own = "''"
	}
	if !managers {
		manager = "''"
	}
	return &userView{columns: userColumns + ", " + own + ", " + manager}
}

// read reads a user for a list.
func (v *userView) read(r db.Row) (scim.User, int, error) {
	u, text, err := v.scanText(r)
	const group = 64 // approximate size of the reference to one group, in bytes
	return u, len(text) + group*len(u.Groups), err
}

// scanText reads a user and the text of the user's document.
func (v *userView) scanText(r db.Row) (u scim.User, text string, err error) {
	var groups, manager string
	if u, text, err = scanUserText(r, &groups, &manager); err != nil {
		return u, text, err
	}
	if u.Doc, err = decode(text); err != nil {
		return u, text, err
	}
	own, nested, err := decodeGroups(groups)
	u.Groups = refs(own)
	if nested {
		v.nested = append(v.nested, u.ID)
	}
	setManager(&u, manager)
	return u, text, err
}

// fillGroups reads all groups of users.
func fillGroups(ctx context.Context, from db.Querier, c ConnectionID, users []*scim.User) error {
	ids := make([]scim.ID, len(users))
	for i, u := range users {
		ids[i] = u.ID
	}
	byUser, err := groupsOf(ctx, from, c, ids)
	for _, u := range users {
		u.Groups = refs(byUser[u.ID])
	}
	return err
}

func pointers[T any](items []T) []*T {
	all := make([]*T, len(items))
	for i := range items {
		all[i] = &items[i]
	}
	return all
}

// refs converts groups to the type of a User's groups.
func refs(groups []GroupName) []scim.GroupRef {
	var out []scim.GroupRef
	for _, g := range groups {
		out = append(out, scim.GroupRef(g))
	}
	return out
}
