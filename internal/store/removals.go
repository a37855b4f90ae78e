package store

import (
	"context"
	"time"

	"github.com/flexscim/flexscim/internal/leaver"
	"github.com/flexscim/flexscim/internal/store/db"
)

// Removal is a leaver record with the present state of its person. A record
// without an id belongs to a person whose removal has not started.
type Removal struct {
	leaver.Record
	Person PersonKey
	State  State
	Reason string
	Since  time.Time // when the state was last saved
}

// Removals returns the leaver records of removals that were requested since a time,
// the newest first. Before these records come elements without an id: one for each
// person who must lose the Worker and has no open leaver record yet.
func (s *Store) Removals(ctx context.Context, since time.Time) ([]Removal, error) {
	waiting, err := s.readPeople(ctx, unfinishedPeople+` and u.state <> 'settled' and (u.deleted_at <> 0 or u.active = false) and u.modified_at >= $1 and coalesce(w.worker_sid, '') <> ''
		and not exists (select 1 from leaver l where l.connection_id = u.connection_id and l.user_id = u.user_id
			and l.verified_at = 0 and l.cancelled_at = 0)
		order by u.modified_at desc, u.user_id`, db.Micros(since))
	if err != nil {
		return nil, err
	}
	var all []Removal
	for _, p := range waiting {
		record := leaver.Record{Worker: p.Link.Worker, UserName: p.User.Doc.UserName(), Requested: p.User.Meta.LastModified}
		all = append(all, Removal{record, p.Key, p.State, p.Reason, p.Since})
	}
	recorded, err := s.removals(ctx, `l.requested_at >= $1`, db.Micros(since))
	return append(all, recorded...), err
}

// RemovalsOf returns all leaver records of a person, the newest first.
func (s *Store) RemovalsOf(ctx context.Context, key PersonKey) ([]Removal, error) {
	return s.removals(ctx, `l.connection_id = $1 and l.user_id = $2`, key.Connection, key.User)
}

func (s *Store) removals(ctx context.Context, condition string, args ...any) ([]Removal, error) {
	return db.All(ctx, s.db.Reader(), `select l.connection_id, l.user_id, coalesce(u.state, ''), coalesce(u.reason, ''), coalesce(u.state_at, 0),
			cast(`+leaverRow(s.db.Syntax())+` as text)
		from leaver l left join scim_user u on u.connection_id = l.connection_id and u.user_id = l.user_id
		where `+condition+` order by l.requested_at desc, l.leaver_id desc`, args, func(r db.Row) (Removal, error) {
		var one Removal
		var record string
		var since int64
		if err := r.Scan(&one.Person.Connection, &one.Person.User, &one.State, &one.Reason, &since, &record); err != nil {
			return one, err
		}
		one.Since = db.FromMicros(since)
		l, err := decodeLeaver(record)
		if l != nil {
			one.Record = *l
		}
		return one, err
	})
}

// leaverRow returns the SQL expression for a leaver record in the form that
// decodeLeaver reads.
func leaverRow(d db.Syntax) string {
	return d.Tuple + `(l.leaver_id, l.worker_sid, l.user_name, l.live_at_stop, l.ended, l.requested_at, l.offline_at,
				l.deadline_at, l.drained_at, l.removed_at, l.verified_at, l.cancelled_at,
				l.offline_request, l.removed_request, l.verified_request)`
}
