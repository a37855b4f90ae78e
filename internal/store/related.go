package store

import (
	"context"
	"slices"

	"github.com/flexscim/flexscim/internal/store/db"
	"github.com/flexscim/flexscim/internal/store/list"
	"github.com/flexscim/flexscim/scim"
)

// This file limits the members of the groups on one page, and the groups of the
// users on one page. A page has fewer resources than requested if these are too many.

// memberships describes how to count the memberships of resources.
type memberships struct {
	table, id string // of the resources
	column    string // of the table membership: the resource's id
}

var (
	membersOfGroup = memberships{table: "scim_group", id: "group_id", column: "group_id"}
	groupsOfUser   = memberships{table: "scim_user", id: "user_id", column: "member_id"}
)

// fitting returns how many of the resources have together at most `most`
// memberships, counted from the first one, and at least 1.
func (m memberships) fitting(ctx context.Context, from db.Querier, c ConnectionID, ids []scim.ID, most int) (int, error) {
	const part = 100 // the most resources whose memberships one statement counts
	fits, total := 0, 0
	for some := range slices.Chunk(ids, part) {
		counts := map[scim.ID]int{} // :: resource → memberships
		text := `select r.` + m.id + `, (select count(*) from (select 1 from membership m
				where m.connection_id = $1 and m.` + m.column + ` = r.` + m.id + ` limit $2) as counted)
			from ` + m.table + ` r where r.connection_id = $1 and r.` + m.id + ` in (` + db.Places(3, len(some)) + `)`
		err := from.Query(ctx, text, db.Args(some, c, most+1), func(r db.Row) error {
			var id scim.ID
			var n int
			err := r.Scan(&id, &n)
			counts[id] = n
			return err
		})
		if err != nil {
			return 0, err
		}
		for _, id := range some {
			if total += counts[id]; total > most && fits > 0 {
				return fits, nil
			}
			fits++
		}
	}
	return fits, nil
}

// inTurn calls fn with a Reader for queries that may take long, when it is the
// connection's turn (turns.Keep makes the turn longer). The wait ends with ctx.
func (s *Store) inTurn(ctx context.Context, c ConnectionID, fn func(from db.Reader) error) error {
	leave, err := s.lists.EnterKept(ctx, string(c))
	if err != nil {
		return &UnavailableError{Err: err}
	}
	defer leave()
	return fn(s.db.ListReader())
}

// limits returns the limits of one page.
func (s *Store) limits() list.Limits { return list.Limits{Scan: s.maxScan, Bytes: s.maxPageBytes} }

// addMembers reads the members of the groups on a page. It returns how many groups
// the page can have.
func (s *Store) addMembers(ctx context.Context, from db.Querier, c ConnectionID, groups []scim.Group) (kept int, err error) {
	ids := make([]scim.ID, len(groups))
	for i, g := range groups {
		ids[i] = g.ID
	}
	if kept, err = membersOfGroup.fitting(ctx, from, c, ids, s.maxPageMembers); err != nil {
		return len(groups), err
	}
	return kept, addMembersTo(ctx, from, c, groups[:kept])
}

// showGroups adds the groups of the users on a page.
func (s *Store) showGroups(ctx context.Context, from db.Querier, c ConnectionID, q scim.Query, page *scim.Page[scim.User]) error {
	return list.Shorten(page, q, func(users []scim.User) (int, error) { return s.addGroups(ctx, from, c, users) })
}

// addGroups reads the groups of the users on a page. It returns how many users the
// page can have.
func (s *Store) addGroups(ctx context.Context, from db.Querier, c ConnectionID, users []scim.User) (kept int, err error) {
	ids := make([]scim.ID, len(users))
	for i, u := range users {
		ids[i] = u.ID
	}
	if kept, err = groupsOfUser.fitting(ctx, from, c, ids, s.maxPageMembers); err != nil {
		return len(users), err
	}
	if err = fillGroups(ctx, from, c, pointers(users[:kept])); err != nil {
		return len(users), err
	}
	total := 0 // with indirect groups
	for i, u := range users[:kept] {
		if total += len(u.Groups); total > s.maxPageMembers && i > 0 {
			return i, nil
		}
	}
	return kept, nil
}
