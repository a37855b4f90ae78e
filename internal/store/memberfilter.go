package store

import (
	"context"
	"slices"
	"strings"

	"github.com/flexscim/flexscim/internal/store/db"
	"github.com/flexscim/flexscim/internal/store/list"
	"github.com/flexscim/flexscim/scim"
)

// memberFilter reads those members of groups that are needed to evaluate a filter.
type memberFilter struct {
	connection ConnectionID
	needs      list.MemberNeeds
	most, seen int // maximum number of members to compare one by one, and the number compared so far
}

// fill reads the members that decide whether the filter selects a group, and adds
// them to their groups.
func (f *memberFilter) fill(ctx context.Context, from db.Querier, groups []scim.Group) error {
	ids := slices.DeleteFunc(slices.Clone(f.needs.IDs), func(id scim.ID) bool { return !id.Valid() })
	return db.InChunks(groups, func(part []scim.Group) error {
		for _, t := range memberTypes {
			var err error
			if t.groups && f.needs.Groups || !t.groups && f.needs.Users {
				err = f.addMatched(ctx, from, t, part)
			} else {
				err = f.addSome(ctx, from, t, part, ids)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// addSome adds to each group one of its members of type t, and those members whose
// ids are in the slice ids.
func (f *memberFilter) addSome(ctx context.Context, from db.Querier, t memberType, groups []scim.Group, ids []scim.ID) error {
	in, _ := adder(groups, t.groups)
	text := `select g.group_id, ` + t.any + ` from scim_group g where g.connection_id = $1 and g.group_id in (` + db.Places(2, len(in)) + `)`
	err := from.Query(ctx, text, db.Args(in, f.connection), func(r db.Row) error {
		var id scim.ID
		var member string
		err := r.Scan(&id, &member)
		if value, display, found := strings.Cut(member, " "); found {
			g := &groups[slices.Index(in, id)]
			g.Members = append(g.Members, scim.Member{Value: scim.ID(value), Display: display, Group: t.groups})
		}
		return err
	})
	if err != nil || len(ids) == 0 {
		return err
	}
	return t.addAmong(ctx, from, f.connection, groups, ids)
}

// addMatched reads every member of type t, but adds to a group only the few members
// that decide whether the filter selects the group.
func (f *memberFilter) addMatched(ctx context.Context, from db.Querier, t memberType, groups []scim.Group) error {
	matched := map[scim.ID]*list.MatchedMembers{}
	ids := make([]scim.ID, len(groups))
	for n, g := range groups {
		ids[n], matched[g.ID] = g.ID, &list.MatchedMembers{}
	}
	text := `select m.group_id, coalesce(n.` + t.id + `, ''), coalesce(n.display_name, '') from (
			select connection_id, group_id, member_id from membership where connection_id = $1` + t.only + `
			and group_id in (` + db.Places(3, len(ids)) + `) limit $2) m
		left join ` + t.table + ` n on n.connection_id = m.connection_id and n.` + t.id + ` = m.member_id` + t.alive
	err := from.Query(ctx, text, db.Args(ids, f.connection, f.most-f.seen+1), func(r db.Row) error {
		var g scim.ID
		m := scim.Member{Group: t.groups}
		err := r.Scan(&g, &m.Value, &m.Display)
		f.seen++
		if err == nil && m.Value != "" { // the member is not pending, and has this type
			f.needs.Look(matched[g], m)
		}
		return err
	})
	if err != nil {
		return err
	}
	if f.seen > f.most {
		return &list.TooManyError{Limit: f.most, Members: true, Indexed: groupResource().Indexed}
	}
	for n := range groups {
		g := &groups[n]
		g.Members = append(g.Members, matched[g.ID].Members...)
	}
	return nil
}
