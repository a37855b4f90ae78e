package store

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/flexscim/flexscim/internal/store/db"
	"github.com/flexscim/flexscim/scim"
)

// Groups within groups: scim_group.is_member and has_groups say where to
// look, so that a connection without them pays nothing.

// nests says whether a group of the connection is a member of another.
func (s *Store) nests(ctx context.Context, c ConnectionID) (nested bool, err error) {
	err = s.db.Reader().QueryOne(ctx, `select exists (select 1 from membership where connection_id = $1 and is_group = true)`, []any{c}, &nested)
	return nested, err
}

// groupsOf reads the groups of persons: their own in the order of creation,
// then those that they are in through another one.
func groupsOf(ctx context.Context, from db.Querier, c ConnectionID, users []scim.ID) (map[scim.ID][]GroupName, error) {
	byUser := map[scim.ID][]GroupName{} // :: user → groups
	var inner []scim.ID                 // groups that are in others
	for part := range db.Chunks(users) {
		err := from.Query(ctx, `select m.member_id, g.group_id, g.display_name, g.is_member from membership m
			join scim_group g on g.connection_id = m.connection_id and g.group_id = m.group_id
			where m.connection_id = $1 and m.member_id in (`+db.Places(2, len(part))+`)
			order by g.created_at, g.group_id`, db.Args(part, c), func(r db.Row) error {
			var user scim.ID
			var g GroupName
			var inside bool
			err := r.Scan(&user, &g.ID, &g.Display, &inside)
			byUser[user] = append(byUser[user], g)
			if inside {
				inner = append(inner, g.ID)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	if len(inner) == 0 {
		return byUser, nil
	}
	return byUser, addAbove(ctx, from, c, byUser, inner)
}

// kin are two columns for what a person is shown with beside the document:
// their own groups as JSON, and how their manager is shown, ” where that is
// no user. outer is the person's table. One statement is one round trip, and
// shows one moment.
func kin(d db.Syntax, outer string) (groups, boss string) {
	in := strings.NewReplacer("{outer}", outer, "{list}", d.ListOf, "{tuple}", d.Tuple, "{asID}", d.DefaultCollation)
	return in.Replace(`coalesce((select cast({list}({tuple}(g.group_id, g.display_name, case when g.is_member then 1 else 0 end)
				order by g.created_at, g.group_id) as text)
			from membership m join scim_group g on g.connection_id = m.connection_id and g.group_id = m.group_id
			where m.connection_id = {outer}.connection_id and m.member_id = {outer}.user_id), '')`),
		in.Replace(`coalesce((select boss.display_name from scim_user boss where {outer}.manager_id <> ''
			and boss.connection_id = {outer}.connection_id and boss.user_id = {outer}.manager_id{asID} and boss.deleted_at + 0 = 0), '')`)
}

// decodeGroups reads kin's groups; nested says that one of them is a member of
// others, which kin does not have.
func decodeGroups(text string) (groups []GroupName, nested bool, err error) {
	if text == "" || text == "[]" {
		return nil, false, nil
	}
	var rows []kinGroup
	err = json.Unmarshal([]byte(text), &rows)
	for _, g := range rows {
		groups = append(groups, g.GroupName)
		nested = nested || g.inside != 0
	}
	return groups, nested, err
}

// kinGroup is an element of kin's groups.
type kinGroup struct {
	GroupName

	inside int // 1: it is a member of another group
}

// UnmarshalJSON reads a list: id, name, and whether it is a member.
func (g *kinGroup) UnmarshalJSON(text []byte) error {
	return json.Unmarshal(text, &[]any{&g.ID, &g.Display, &g.inside})
}

// sight reads users as answers show them.
type sight struct {
	columns string    // what scan reads
	nested  []scim.ID // users in groups that are members of others
}

// newSight shows users with what is asked for beside their documents.
func newSight(d db.Syntax, groups, managers bool) *sight {
	own, boss := kin(d, "scim_user")
	if !groups {
		own = "''"
	}
	if !managers {
		boss = "''"
	}
	return &sight{columns: userColumns + ", " + own + ", " + boss}
}

func (s *sight) scan(r db.Row, more ...any) (scim.User, error) {
	var groups, boss string
	u, err := scanUser(r, append([]any{&groups, &boss}, more...)...)
	if err != nil {
		return u, err
	}
	own, nested, err := decodeGroups(groups)
	u.Groups = refs(own)
	if nested {
		s.nested = append(s.nested, u.ID)
	}
	showManager(&u, boss)
	return u, err
}

// showManager puts kin's second column into a user.
func showManager(u *scim.User, boss string) {
	if boss != "" {
		u.Manager = &scim.UserRef{ID: scim.ID(u.Doc.Manager()), Display: boss}
	}
}

// finish adds the groups above those of users who were scanned.
func (s *sight) finish(ctx context.Context, from db.Querier, c ConnectionID, users ...*scim.User) error {
	if len(s.nested) == 0 {
		return nil
	}
	return fillGroups(ctx, from, c, slices.DeleteFunc(users, func(u *scim.User) bool { return !slices.Contains(s.nested, u.ID) }))
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

// refs are groups as a User shows them.
func refs(groups []GroupName) []scim.GroupRef {
	var out []scim.GroupRef
	for _, g := range groups {
		out = append(out, scim.GroupRef(g))
	}
	return out
}

// addAbove adds the groups that the users' own groups are in, and those above
// them. inner are those of their own groups that are in others.
func addAbove(ctx context.Context, from db.Querier, c ConnectionID, byUser map[scim.ID][]GroupName, inner []scim.ID) error {
	above := map[scim.ID][]GroupName{} // :: group → the groups that it is a member of
	seen := map[scim.ID]bool{}
	level := fresh(seen, inner)
	for depth := 0; depth < scim.MaxNesting && len(level) > 0; depth++ {
		var next []scim.ID
		for part := range db.Chunks(level) {
			args := db.Args(part, c)
			err := from.Query(ctx, `select m.member_id, g.group_id, g.display_name, g.is_member from membership m
				join scim_group g on g.connection_id = m.connection_id and g.group_id = m.group_id
				where m.connection_id = $1 and m.member_id in (`+db.Places(2, len(part))+`)
				order by g.created_at, g.group_id`, args, func(r db.Row) error {
				var child scim.ID
				var inside bool
				g := GroupName{Indirect: true}
				err := r.Scan(&child, &g.ID, &g.Display, &inside)
				above[child] = append(above[child], g)
				if inside {
					next = append(next, g.ID)
				}
				return err
			})
			if err != nil {
				return err
			}
		}
		level = fresh(seen, next)
	}
	for user, direct := range byUser {
		byUser[user] = append(direct, climb(direct, above)...)
	}
	return nil
}

// climb lists the groups above some groups, each once and the nearest first;
// a circle of groups has no beginning, but an end.
func climb(direct []GroupName, above map[scim.ID][]GroupName) []GroupName {
	known := map[scim.ID]bool{}
	for _, g := range direct {
		known[g.ID] = true
	}
	var all []GroupName
	level := direct
	for depth := 0; depth < scim.MaxNesting && len(level) > 0; depth++ {
		var next []GroupName
		for _, g := range level {
			for _, parent := range above[g.ID] {
				if !known[parent.ID] {
					known[parent.ID] = true
					next = append(next, parent)
				}
			}
		}
		all = append(all, next...)
		level = next
	}
	return all
}

// fresh are those of ids that were not seen before, each once.
func fresh(seen map[scim.ID]bool, ids []scim.ID) []scim.ID {
	var rest []scim.ID
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			rest = append(rest, id)
		}
	}
	return rest
}

// shownMembers are the members of one type that groups show.
type shownMembers struct {
	groups    bool   // the members are groups
	table, id string // where they are, as n
	alive     string // of those who are there at all
	only      string // what their memberships have
	any       string // one member n of a group g, and a name behind a blank; '' for none
	order     string // of the rows of query: by member
}

// query is of group, member and name, of the members of groups.
func (m shownMembers) query(groups string) string {
	return `select m.group_id, m.member_id, n.display_name from membership m cross join ` + m.table + ` n
		where m.connection_id = $1` + m.only + ` and m.group_id in (` + groups + `)
		and n.connection_id = $1 and n.` + m.id + ` = m.member_id` + m.alive
}

// The bounds of any keep PostgreSQL from gathering all members of all groups,
// as it likes to as long as it knows nothing of the sizes of tables.
var (
	usersIn = shownMembers{
		table: "scim_user", id: "user_id", alive: " and n.deleted_at + 0 = 0",
		any: `coalesce((select n.user_id || ' ' || n.display_name from scim_user n where n.connection_id = $1 and n.user_id = (
			select m.member_id from membership m where m.connection_id = $1 and m.group_id = g.group_id and exists (
				select 1 from scim_user u where u.connection_id = $1 and u.user_id = m.member_id and u.deleted_at + 0 = 0 limit 1 offset 0)
			limit 1)), '')`,
		order: " order by m.group_id, m.member_id", // as the index has them
	}
	groupsIn = shownMembers{
		groups: true, table: "scim_group", id: "group_id", only: " and is_group = true",
		any: `case when g.has_groups then coalesce((select n.group_id || ' ' || n.display_name from membership m cross join scim_group n
			where m.connection_id = $1 and m.group_id = g.group_id and m.is_group = true
			and n.connection_id = $1 and n.group_id = m.member_id limit 1 offset 0), '') else '' end`,
		order: " order by n.group_id", // by another key than the index that leads past users
	}
)

// add reads them into groups.
func (m shownMembers) add(ctx context.Context, from db.Querier, c ConnectionID, groups []scim.Group) error {
	ids, add := adder(groups, m.groups)
	for part := range db.Chunks(ids) {
		if err := from.Query(ctx, m.query(db.Places(2, len(part)))+m.order, db.Args(part, c), add); err != nil {
			return err
		}
	}
	return nil
}

// adder puts rows of group, member and name into groups.
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

// nest follows up a change of members among whom there were others than live
// users: it says which of them are groups, remembers that they are nested, and
// touches everybody below them.
func (tx *Tx) nest(ctx context.Context, c ConnectionID, g scim.ID, others []scim.ID, why Why) (groups map[scim.ID]bool, err error) {
	inner, err := tx.lockGroups(ctx, c, others)
	if err != nil || len(inner) == 0 {
		return nil, err
	}
	for part := range db.Chunks(inner) {
		err = tx.db.ExecLater(ctx, `update scim_group set is_member = true
			where connection_id = $1 and is_member = false and group_id in (`+db.Places(2, len(part))+`)`, db.Args(part, c)...)
		if err != nil {
			return nil, err
		}
	}
	err = tx.db.ExecLater(ctx, `update scim_group set has_groups = true where connection_id = $1 and group_id = $2 and has_groups = false`, c, g)
	if err != nil {
		return nil, err
	}
	for part := range db.Chunks(inner) {
		err = tx.db.ExecLater(ctx, `update membership set is_group = true
			where connection_id = $1 and group_id = $2 and member_id in (`+db.Places(3, len(part))+`)`, db.Args(part, c, g)...)
		if err != nil {
			return nil, err
		}
	}
	groups = map[scim.ID]bool{}
	for _, id := range inner {
		groups[id] = true
	}
	return groups, tx.touchBelow(ctx, c, inner, why)
}

// lockGroups says which of ids are groups, and keeps other writers away from
// them: whoever joins one of them either is seen here, or sees what is done
// here.
func (tx *Tx) lockGroups(ctx context.Context, c ConnectionID, ids []scim.ID) (groups []scim.ID, err error) {
	ids = slices.DeleteFunc(slices.Clone(ids), func(id scim.ID) bool { return !id.Valid() })
	slices.Sort(ids)
	for part := range db.Chunks(ids) {
		err = tx.db.Query(ctx, `select group_id from scim_group where connection_id = $1 and group_id in (`+db.Places(2, len(part))+`)
			order by group_id`+tx.db.Syntax().ForUpdate, db.Args(part, c), db.Collect(&groups))
		if err != nil {
			return nil, err
		}
	}
	return groups, nil
}

// touchBelow touches everybody in groups and in the groups below them, to the
// depth at which groups count. The caller has locked groups.
func (tx *Tx) touchBelow(ctx context.Context, c ConnectionID, groups []scim.ID, why Why) error {
	seen := map[scim.ID]bool{}
	level := fresh(seen, groups)
	all := slices.Clone(level)
	for depth := 0; depth < scim.MaxNesting && len(level) > 0; depth++ {
		var next []scim.ID
		for part := range db.Chunks(level) {
			err := tx.db.Query(ctx, `select member_id from membership
				where connection_id = $1 and is_group = true and group_id in (`+db.Places(2, len(part))+`)`,
				db.Args(part, c), db.Collect(&next))
			if err != nil {
				return err
			}
		}
		var err error
		if level, err = tx.lockGroups(ctx, c, fresh(seen, next)); err != nil {
			return err
		}
		all = append(all, level...)
	}
	for part := range db.Chunks(all) {
		members := `select member_id from membership where connection_id = $4 and group_id in (` + db.Places(5, len(part)) + `)`
		_, err := tx.touchWhere(ctx, db.Among(tx.db.Syntax(), "user_id", members), db.Args(part, tx.raising(why, c)...))
		if err != nil {
			return err
		}
	}
	return nil
}

// RenewGroupsOf gives the groups that have a user or a group as a member a new
// version: they show it with another name, or no more.
func (tx *Tx) RenewGroupsOf(ctx context.Context, c ConnectionID, member scim.ID) error {
	return tx.db.ExecLater(ctx, `update scim_group set version = version + 1, modified_at = $3 where connection_id = $1
		and group_id in (select group_id from membership where connection_id = $1 and member_id = $2)`, c, member, db.Micros(tx.db.Now()))
}
