package store

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/flexscim/flexscim/internal/store/condition"
	"github.com/flexscim/flexscim/internal/store/db"
	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
)

// groupColumns is what scanGroup reads.
const groupColumns = `group_id, document, version, created_at, modified_at`

func scanGroup(r db.Row, more ...any) (g scim.Group, err error) {
	var document string
	var created, modified int64
	if err = r.Scan(append([]any{&g.ID, &document, &g.Meta.Version, &created, &modified}, more...)...); err != nil {
		return g, err
	}
	g.Meta.Created, g.Meta.LastModified = db.FromMicros(created), db.FromMicros(modified)
	g.Doc, err = decode(document)
	return g, err
}

func scanOnlyGroup(r db.Row) (scim.Group, error) { return scanGroup(r) }

// groupValues are the columns that follow from a group, in the order in which
// InsertGroup and UpdateGroup name them.
func groupValues(c ConnectionID, g scim.Group) ([]any, error) {
	document, err := encode(g.Doc)
	return []any{
		c,
		g.ID,
		key(scim.Fold(g.Doc.DisplayName())),
		db.Text(g.Doc.DisplayName()),
		key(g.Doc.ExternalID()),
		document,
		g.Meta.Version,
		db.Micros(g.Meta.LastModified),
	}, err
}

// InsertGroup adds a group without members. *TakenError for displayName.
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
	// Somebody may have named it as a member before it was there.
	err = tx.db.ExecLater(ctx, `update membership set is_group = true where connection_id = $1 and member_id = $2`, c, g.ID)
	if err != nil {
		return err
	}
	return tx.db.ExecLater(ctx, `update scim_group set has_groups = true where connection_id = $1
		and group_id in (select group_id from membership where connection_id = $1 and member_id = $2)`, c, g.ID)
}

// LockGroup reads a group without its members, as LockUser does.
func (tx *Tx) LockGroup(ctx context.Context, c ConnectionID, id scim.ID) (scim.Group, error) {
	if !id.Valid() {
		return scim.Group{}, ErrNotFound
	}
	g, err := db.Only(ctx, tx.db, `select `+groupColumns+` from scim_group where connection_id = $1 and group_id = $2`+
		tx.db.Syntax().ForUpdate, []any{c, id}, scanOnlyGroup)
	return g, err
}

// UpdateGroup writes a locked group's document, version and lastModified.
// *TakenError as InsertGroup, perhaps with the commit.
func (tx *Tx) UpdateGroup(ctx context.Context, c ConnectionID, g scim.Group) error {
	values, err := groupValues(c, g)
	if err != nil {
		return err
	}
	return tx.db.ExecLater(ctx, `update scim_group set display_name_fold = $3, display_name = $4, external_id = $5,
			document = $6, version = $7, modified_at = $8
		where connection_id = $1 and group_id = $2`, values...)
}

// DeleteGroup removes the group and its memberships and touches everybody in
// it. ErrNotFound.
func (tx *Tx) DeleteGroup(ctx context.Context, c ConnectionID, id scim.ID, why Why) error {
	n, err := tx.db.Exec(ctx, `delete from scim_group where connection_id = $1 and group_id = $2`, c, id)
	if err != nil || n == 0 {
		return orNotFound(err)
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

// Group reads a group; members too if asked for. ErrNotFound.
func (s *Store) Group(ctx context.Context, c ConnectionID, id scim.ID, members bool) (scim.Group, error) {
	if !id.Valid() {
		return scim.Group{}, ErrNotFound
	}
	if !members {
		return db.Only(ctx, s.db.SharedReader(), `select `+groupColumns+` from scim_group where connection_id = $1 and group_id = $2`, []any{c, id}, scanOnlyGroup)
	}
	groups := make([]scim.Group, 1)
	err := s.db.Reader().Snapshot(ctx, func(from db.Reader) (err error) {
		var nests bool
		groups[0], err = db.Only(ctx, from, `select `+groupColumns+`, has_groups from scim_group where connection_id = $1 and group_id = $2`,
			[]any{c, id}, func(r db.Row) (scim.Group, error) { return scanGroup(r, &nests) })
		if err == nil {
			err = usersIn.add(ctx, from, c, groups)
		}
		if err != nil || !nests {
			return err
		}
		return groupsIn.add(ctx, from, c, groups)
	})
	return groups[0], err
}

// Groups answers a query, as Users does.
func (s *Store) Groups(ctx context.Context, c ConnectionID, q scim.Query) (scim.Page[scim.Group], error) {
	l := groupListing()
	if asksAbout(q, "members") {
		l.fill = (&inquiry{connection: c, asked: condition.AskedMembers(q.Filter), most: s.maxScan}).fill
	}
	if q.Members {
		l.complete = func(ctx context.Context, from db.Querier, groups []scim.Group) error {
			if err := usersIn.add(ctx, from, c, groups); err != nil {
				return err
			}
			return groupsIn.add(ctx, from, c, groups)
		}
	}
	page, err := l.page(ctx, s, l.find(c, q))
	for i := range page.Items {
		if !q.Members {
			page.Items[i].Members = nil // what the filter asked about
		}
	}
	return page, err
}

var groupListing = sync.OnceValue(func() listing[scim.Group] {
	return listing[scim.Group]{
		plural: "groups", columns: groupColumns, shown: groupColumns, table: "scim_group", id: "group_id",
		attributes: condition.Groups(),
		indexed:    "id, displayName, externalId, members.value, meta.created, meta.lastModified",
		scan:       scanOnlyGroup, show: scanOnlyGroup, matches: scim.Group.Matches, place: scim.Group.Place,
		at: func(g scim.Group) (scim.ID, scim.Meta) { return g.ID, g.Meta },
	}
})

// inquiry reads as much of groups' members as a filter asks about.
type inquiry struct {
	connection ConnectionID
	asked      condition.Members
	most, seen int // members who may be looked at one by one, and who were
}

// fill gives groups the members by whom a filter decides about them.
func (i *inquiry) fill(ctx context.Context, from db.Querier, groups []scim.Group) error {
	ids := slices.DeleteFunc(slices.Clone(i.asked.IDs), func(id scim.ID) bool { return !id.Valid() })
	for part := range db.Chunks(groups) {
		for _, kind := range []shownMembers{usersIn, groupsIn} {
			var err error
			if kind.groups && i.asked.Groups || !kind.groups && i.asked.Users {
				err = i.all(ctx, from, kind, part)
			} else {
				err = i.some(ctx, from, kind, part, ids)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// some reads a member of each group, and those who were asked for.
func (i *inquiry) some(ctx context.Context, from db.Querier, kind shownMembers, groups []scim.Group, asked []scim.ID) error {
	ids, _ := adder(groups, kind.groups)
	text := `select g.group_id, ` + kind.any + ` from scim_group g where g.connection_id = $1 and g.group_id in (` + db.Places(2, len(ids)) + `)`
	err := from.Query(ctx, text, db.Args(ids, i.connection), func(r db.Row) error {
		var id scim.ID
		var member string
		err := r.Scan(&id, &member)
		if value, display, found := strings.Cut(member, " "); found {
			g := &groups[slices.Index(ids, id)]
			g.Members = append(g.Members, scim.Member{Value: scim.ID(value), Display: display, Group: kind.groups})
		}
		return err
	})
	if err != nil || len(asked) == 0 {
		return err
	}
	return kind.among(ctx, from, i.connection, groups, asked)
}

// among reads those of ids, a few, into groups.
func (m shownMembers) among(ctx context.Context, from db.Querier, c ConnectionID, groups []scim.Group, ids []scim.ID) error {
	in, add := adder(groups, m.groups)
	text := m.query(db.Places(2, len(in))) + ` and m.member_id in (` + db.Places(2+len(in), len(ids)) + `)`
	return from.Query(ctx, text, db.Args(ids, db.Args(in, c)...), add)
}

// all looks at every member, and keeps few.
func (i *inquiry) all(ctx context.Context, from db.Querier, kind shownMembers, groups []scim.Group) error {
	witnesses := map[scim.ID]*condition.Witnesses{}
	ids := make([]scim.ID, len(groups))
	for n, g := range groups {
		ids[n], witnesses[g.ID] = g.ID, &condition.Witnesses{}
	}
	text := `select m.group_id, coalesce(n.` + kind.id + `, ''), coalesce(n.display_name, '') from (
			select connection_id, group_id, member_id from membership where connection_id = $1` + kind.only + `
			and group_id in (` + db.Places(3, len(ids)) + `) limit $2) m
		left join ` + kind.table + ` n on n.connection_id = m.connection_id and n.` + kind.id + ` = m.member_id` + kind.alive
	err := from.Query(ctx, text, db.Args(ids, i.connection, i.most-i.seen+1), func(r db.Row) error {
		var g scim.ID
		m := scim.Member{Group: kind.groups}
		err := r.Scan(&g, &m.Value, &m.Display)
		i.seen++
		if err == nil && m.Value != "" { // else somebody pending, or of another kind
			i.asked.Look(witnesses[g], m)
		}
		return err
	})
	if err != nil {
		return err
	}
	if i.seen > i.most {
		return refusal.TooManyMembersToScan.New(i.most, groupListing().indexed)
	}
	for n := range groups {
		g := &groups[n]
		g.Members = append(g.Members, witnesses[g.ID].Members...)
	}
	return nil
}

// Members lists the live users of a group, by id, and then its groups.
func (tx *Tx) Members(ctx context.Context, c ConnectionID, g scim.ID) (members []scim.Member, err error) {
	groups := []scim.Group{{ID: g}}
	if err = usersIn.add(ctx, tx.db, c, groups); err == nil {
		err = groupsIn.add(ctx, tx.db, c, groups)
	}
	return groups[0].Members, err
}

// MembersAmong is Members of those ids alone, which a filter names.
func (tx *Tx) MembersAmong(ctx context.Context, c ConnectionID, g scim.ID, ids []scim.ID) ([]scim.Member, error) {
	groups := []scim.Group{{ID: g}}
	err := usersIn.among(ctx, tx.db, c, groups, ids)
	if err == nil {
		err = groupsIn.among(ctx, tx.db, c, groups, ids)
	}
	return groups[0].Members, err
}

// ---- memberships

// MembersChanged is what ChangeMembers did.
type MembersChanged struct {
	Added   []scim.ID
	Removed []scim.ID
	Unknown []scim.ID // of the added: no such user or group (yet)
	Shown   bool      // whether answers show the difference: pending members are in none
}

// ChangeMembers applies the change with one statement for up to 200 members
// named in it (Replace reads the list and writes only the difference), touches
// each person whose membership really changed, be it through a group that is a
// member, and says who they are and which
// values name nobody. Those are kept as pending, except values that no id of
// ours could ever be, such as 300 characters.
func (tx *Tx) ChangeMembers(ctx context.Context, c ConnectionID, g scim.ID, change scim.MemberChange, why Why) (m MembersChanged, err error) {
	add, odd := members(change.Add)
	remove, _ := members(change.Remove)
	if change.Replace {
		if remove, err = tx.memberIDs(ctx, c, g); err != nil {
			return m, err
		}
		add, remove = without(add, remove), without(remove, add)
	} else {
		remove = without(remove, add)
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

// maxMember is the longest value that is kept as a pending member, in bytes.
const maxMember = 64

// members sorts ids, each once: transactions that lock in one order do not
// deadlock. odd are those that cannot be kept.
func members(ids []scim.ID) (tidy, odd []scim.ID) {
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

// without is what all has and gone has not; both are sorted.
func without(all, gone []scim.ID) []scim.ID {
	var rest []scim.ID
	for _, id := range all {
		if _, found := slices.BinarySearch(gone, id); !found {
			rest = append(rest, id)
		}
	}
	return rest
}

// memberIDs lists the members of a group, pending ones too, sorted.
func (tx *Tx) memberIDs(ctx context.Context, c ConnectionID, g scim.ID) (ids []scim.ID, err error) {
	err = tx.db.Query(ctx, `select member_id from membership where connection_id = $1 and group_id = $2`, []any{c, g}, db.Collect(&ids))
	slices.Sort(ids) // as Go sorts, whatever the database's collation
	return ids, err
}

// memberships are the keys of n members, $3 and further, of the group $2 of the
// connection $1.
func memberships(n int) string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = "($1, $2, " + db.Places(3+i, 1) + ")"
	}
	return strings.Join(keys, ", ")
}

// sameMembers is the condition that names the members that memberships does.
func sameMembers(d db.Syntax, n int) string {
	if db.AsTuples(d, n) {
		return `(connection_id, group_id, member_id) in (values ` + memberships(n) + `)`
	}
	return `connection_id = $1 and group_id = $2 and member_id in (` + db.Places(3, n) + `)`
}

// addMembers says which of ids were no members before.
func (tx *Tx) addMembers(ctx context.Context, c ConnectionID, g scim.ID, ids []scim.ID) (added []scim.ID, err error) {
	for part := range db.Chunks(ids) {
		err = tx.db.ExecReturning(ctx, `insert into membership (connection_id, group_id, member_id) values `+memberships(len(part))+`
			on conflict do nothing returning member_id`, db.Args(part, c, g), db.Collect(&added))
		if err != nil {
			return nil, err
		}
	}
	tx.db.Changed(len(added))
	return added, nil
}

// removeMembers says which of ids were members before.
func (tx *Tx) removeMembers(ctx context.Context, c ConnectionID, g scim.ID, ids []scim.ID) (removed []scim.ID, err error) {
	for part := range db.Chunks(ids) {
		err = tx.db.ExecReturning(ctx, `delete from membership where `+sameMembers(tx.db.Syntax(), len(part))+` returning member_id`, db.Args(part, c, g), db.Collect(&removed))
		if err != nil {
			return nil, err
		}
	}
	return removed, nil
}

// TouchMembers raises the generation of everybody in the group, and in the
// groups in it: the group was renamed. The caller has locked the group.
func (tx *Tx) TouchMembers(ctx context.Context, c ConnectionID, g scim.ID, why Why) error {
	return tx.touchBelow(ctx, c, []scim.ID{g}, why)
}
