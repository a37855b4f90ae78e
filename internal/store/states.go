package store

import (
	"context"

	"github.com/flexscim/flexscim/internal/leaver"
	"github.com/flexscim/flexscim/internal/store/db"
)

// Behind returns people whose observed generation is lower than their desired
// generation, the most urgent first. Within an urgency, connections take turns, so
// that thousands of people of one connection do not hide the people of another.
// Every connection has an equal share of the limit. The result more is true if a
// connection may have more people than its share. Behind omits people whose next
// attempt is in the future.
func (s *Store) Behind(ctx context.Context, limit int) (people []Touch, more bool, err error) {
	r := s.db.Reader()
	connections, err := db.All(ctx, r, `with recursive behind (connection_id) as (
			select min(connection_id) from scim_user where observed_gen < desired_gen
			union all
			select (select min(u.connection_id) from scim_user u where u.observed_gen < u.desired_gen and u.connection_id > behind.connection_id)
			from behind where behind.connection_id is not null)
		select connection_id from behind where connection_id is not null`, nil, scanConnectionID)
	if err != nil || len(connections) == 0 {
		return nil, false, err
	}
	share := max(limit/len(connections), 1)
	var lists [][]Touch
	for _, c := range connections {
		list, err := db.All(ctx, r, `select connection_id, user_id, urgency from scim_user
			where connection_id = $1 and observed_gen < desired_gen and next_at <= $2
			order by urgency, next_at limit $3`, []any{c, db.Micros(s.clock()), share}, scanTouch)
		if err != nil {
			return nil, false, err
		}
		lists, more = append(lists, list), more || len(list) == share
	}
	return inTurns(lists), more, nil
}

func scanConnectionID(r db.Row) (c ConnectionID, err error) {
	err = r.Scan(&c)
	return c, err
}

// inTurns merges the lists of several connections. Each list begins with its most
// urgent people, and so does the result.
func inTurns(lists [][]Touch) (people []Touch) {
	for u := Leaving; u <= Sweeping; u++ {
		for left := true; left; {
			left = false
			for i, list := range lists {
				if len(list) > 0 && list[0].Urgency == u {
					people, lists[i], left = append(people, list[0]), list[1:], true
				}
			}
		}
	}
	return people
}

// CountBehind returns, for each urgency, the number of people whose observed
// generation is lower than their desired generation.
func (s *Store) CountBehind(ctx context.Context) (map[Urgency]int64, error) {
	n := map[Urgency]int64{Leaving: 0, Changing: 0, Joining: 0, Sweeping: 0}
	err := s.db.Reader().Query(ctx, `select urgency, count(*) from scim_user where observed_gen < desired_gen group by urgency`, nil,
		func(r db.Row) error { return count(r, n) })
	return n, err
}

// unfinished is the SQL condition that selects live users, and tombstones that are
// not settled. The definition of an index contains the same condition. Both must
// have the same text, or the database does not use the index.
const unfinished = `(deleted_at = 0 or state <> 'settled')`

// PersonStates counts people by state and removals by stage, for metrics.
func (s *Store) PersonStates(ctx context.Context) (people map[State]int64, leavers map[leaver.Stage]int64, err error) {
	people = map[State]int64{}
	err = s.db.Reader().Query(ctx, `select state, count(*) from scim_user where `+unfinished+` group by state`, nil,
		func(r db.Row) error { return count(r, people) })
	if err != nil {
		return nil, nil, err
	}
	leavers, err = s.leaverStages(ctx)
	return people, leavers, err
}

// unfinishedPeople is the condition `unfinished` in the query of selectPerson.
const unfinishedPeople = `(u.deleted_at = 0 or u.state <> 'settled')`

// CountPeople counts all people by state. The map `staying` counts those whom the
// IdP has neither deactivated nor deleted, and the map `left` counts the others.
func (s *Store) CountPeople(ctx context.Context) (staying, left map[State]int64, err error) {
	staying, left = map[State]int64{}, map[State]int64{}
	err = s.db.Reader().Query(ctx, `select state, count(*) - sum(gone), sum(gone) from (
			select state, case when deleted_at <> 0 or active = false then 1 else 0 end as gone from scim_user) as people
		group by state`, nil, func(r db.Row) error {
		var state State
		var stay, gone int64
		err := r.Scan(&state, &stay, &gone)
		staying[state], left[state] = stay, gone
		return err
	})
	return staying, left, err
}

// Attempts counts the people whose last run failed and will be repeated.
type Attempts struct {
	N      int64
	Reason string // why the run of one of these people failed
}

// Retrying counts the people whose last run failed and will be repeated.
func (s *Store) Retrying(ctx context.Context) (a Attempts, err error) {
	return a, db.QueryOne(ctx, s.db.Reader(), `select count(*), coalesce(max(reason), '') from scim_user
		where `+unfinished+` and state = 'retrying'`, nil, &a.N, &a.Reason)
}

// leaverStages counts removals by stage. The stage of a leaver record depends only
// on which of its times are set. Therefore the query forms one group of all records
// in which the same times are set, and the stage of the group follows from the
// group's latest times.
func (s *Store) leaverStages(ctx context.Context) (map[leaver.Stage]int64, error) {
	stages := map[leaver.Stage]int64{}
	err := s.db.Reader().Query(ctx, `select max(requested_at), max(offline_at), max(drained_at), max(removed_at), max(verified_at),
			max(cancelled_at), count(*)
		from leaver
		group by offline_at <> 0, drained_at <> 0, removed_at <> 0, verified_at <> 0, cancelled_at <> 0`, nil,
		func(r db.Row) error {
			var times [6]int64 // in the order of the columns
			var n int64
			err := r.Scan(&times[0], &times[1], &times[2], &times[3], &times[4], &times[5], &n)
			l := leaver.Record{
				Requested: db.FromMicros(times[0]), Offline: db.FromMicros(times[1]), Drained: db.FromMicros(times[2]),
				Removed: db.FromMicros(times[3]), Verified: db.FromMicros(times[4]), Cancelled: db.FromMicros(times[5]),
			}
			stages[l.Stage()] += n
			return err
		})
	return stages, err
}

func count[K ~string | ~int](r db.Row, into map[K]int64) error {
	var name K
	var n int64
	err := r.Scan(&name, &n)
	into[name] = n
	return err
}
