package store

import (
	"context"

	"github.com/flexscim/flexscim/internal/leaver"
	"github.com/flexscim/flexscim/internal/store/db"
)

// Behind returns at most `limit` people whose observed generation is lower than
// their desired generation, the most urgent first. It omits people whose next
// attempt is in the future.
func (s *Store) Behind(ctx context.Context, limit int) ([]Touch, error) {
	return db.All(ctx, s.db.Reader(), `select connection_id, user_id, urgency from scim_user
		where observed_gen < desired_gen and next_at <= $1
		order by urgency, next_at limit $2`, []any{db.Micros(s.clock()), limit}, scanTouch)
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

// leaverStages counts removals by stage. The stage of a leaver record depends only
// on which of its times are set. Therefore the query forms one group of all records
// with the same times set, and the stage of the group follows from the group's
// latest times.
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
