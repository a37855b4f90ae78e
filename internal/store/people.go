package store

import (
	"context"
	"encoding/json"
	"iter"
	"time"

	"github.com/flexscim/flexscim/internal/leaver"
	"github.com/flexscim/flexscim/internal/store/db"
	"github.com/flexscim/flexscim/scim"
)

// personPage is how many persons a walk reads at once.
const personPage = 200

// selectPerson reads a person with what we own in Flex, the newest leaver's
// record, the memory of a former person of the name, groups and manager;
// scanPerson knows its columns. Whatever few have is read by a query within,
// for the one: PostgreSQL would rather read all there are and join them.
func selectPerson(d db.Syntax) string {
	groups, manager := related(d, "u")
	return `select u.connection_id, u.user_id, u.document, u.version, u.created_at, u.modified_at, u.deleted_at <> 0,
		u.desired_gen, u.observed_gen, u.request, u.state, u.reason,
		coalesce(w.worker_sid, ''), coalesce(w.flex_user_sid, ''), coalesce(w.friendly_name, ''), coalesce(w.owned, ''),
		coalesce(w.adopted, false), coalesce(w.created_at, 0), coalesce(w.memory_attributes, ''), coalesce(w.memory_at, 0),
		coalesce((select cast(` + d.Tuple + `(l.leaver_id, l.worker_sid, l.user_name, l.live_at_stop, l.ended, l.requested_at, l.offline_at,
				l.deadline_at, l.drained_at, l.removed_at, l.verified_at, l.cancelled_at) as text)
			from leaver l where l.connection_id = u.connection_id and l.user_id = u.user_id
			order by l.requested_at desc, l.leaver_id desc limit 1), ''),
		case when u.observed_gen = 0 and u.deleted_at = 0 then coalesce((select cast(` + d.Tuple + `(f.memory_attributes, f.memory_at) as text)
			from worker f where f.connection_id = u.connection_id and f.user_id = (
				select e.user_id from scim_user e
				where e.connection_id = u.connection_id and e.user_name_fold = u.user_name_fold and e.deleted_at <> 0
				and (select x.memory_attributes from worker x where x.connection_id = e.connection_id and x.user_id = e.user_id) <> ''
				order by e.deleted_at desc limit 1)), '') else '' end,
		` + groups + `, ` + manager + `
	from scim_user u
	left join worker w on w.connection_id = u.connection_id and w.user_id = u.user_id
	where `
}

// Person reads everything about a person, as of one moment; groups above their
// own may be newer. ErrNotFound. Whoever was never in Flex under this id has the
// memory of the last one who was deleted under the same userName.
func (s *Store) Person(ctx context.Context, key PersonKey) (Person, error) {
	if !key.User.Valid() {
		return Person{}, ErrNotFound
	}
	persons, err := s.readPeople(ctx, `u.connection_id = $1 and u.user_id = $2`, key.Connection, key.User)
	if err != nil || len(persons) == 0 {
		return Person{}, orNotFound(err)
	}
	return persons[0], nil
}

// orNotFound is the error of a search that found nothing.
func orNotFound(err error) error {
	if err == nil {
		return ErrNotFound
	}
	return err
}

// FindPeople finds persons by user id or userName (any case), in every
// connection; live ones before tombstones, newer before older.
func (s *Store) FindPeople(ctx context.Context, name string) ([]Person, error) {
	return s.readPeople(ctx, `u.user_id = $1 or u.user_name_fold = $2
		order by case when u.deleted_at = 0 then 0 else 1 end, u.created_at desc, u.user_id limit 100`,
		key(name), key(scim.Fold(name)))
}

// PersonByWorker is the person who owns a Worker; ErrNotFound.
func (s *Store) PersonByWorker(ctx context.Context, worker string) (k PersonKey, err error) {
	err = s.db.Reader().QueryOne(ctx, `select connection_id, user_id from worker where worker_sid = $1 and worker_sid <> ''
		order by created_at desc limit 1`, []any{key(worker)}, &k.Connection, &k.User)
	return k, err
}

// People walks all persons that have or should have a Worker, in pages, at
// constant memory: live users, and tombstones that still have one or are not
// finished.
func (s *Store) People(ctx context.Context) iter.Seq2[Person, error] {
	return func(yield func(Person, error) bool) {
		var last PersonKey
		for {
			page, err := s.readPeople(ctx, `(u.connection_id, u.user_id) > ($1, $2)
				and (u.deleted_at = 0 or u.state <> 'settled' or coalesce(w.worker_sid, '') <> '')
				order by u.connection_id, u.user_id limit $3`, last.Connection, last.User, personPage)
			if err != nil {
				yield(Person{}, err)
				return
			}
			for _, p := range page {
				if !yield(p, nil) {
					return
				}
				last = p.Key
			}
			if len(page) < personPage {
				return
			}
		}
	}
}

// readPeople reads the persons that a condition names.
func (s *Store) readPeople(ctx context.Context, condition string, args ...any) (persons []Person, err error) {
	nested := map[ConnectionID][]scim.ID{} // :: connection → persons in groups that are members of others
	err = s.db.Reader().Query(ctx, selectPerson(s.db.Syntax())+condition, args, func(r db.Row) error {
		p, inside, err := scanPerson(r)
		persons = append(persons, p)
		if inside {
			nested[p.Key.Connection] = append(nested[p.Key.Connection], p.Key.User)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	for connection, ids := range nested {
		byUser, err := groupsOf(ctx, s.db.Reader(), connection, ids)
		if err != nil {
			return nil, err
		}
		for i, p := range persons {
			if groups, ok := byUser[p.Key.User]; ok && p.Key.Connection == connection {
				persons[i].Groups = groups
			}
		}
	}
	return persons, nil
}

// scanPerson reads a row of selectPerson. nested says that the groups above
// the person's own are not there yet.
func scanPerson(r db.Row) (p Person, nested bool, err error) {
	var document, owned, removal, former, groups, manager string
	var link Link
	var memory Memory
	var times [4]int64 // in the order of the columns
	err = r.Scan(&p.Key.Connection, &p.Key.User, &document, &p.User.Meta.Version, &times[0], &times[1], &p.Deleted,
		&p.Desired, &p.Observed, &p.Request, &p.State, &p.Reason,
		&link.Worker, &link.FlexUser, &link.FriendlyName, &owned,
		&link.Adopted, &times[2], &memory.Attributes, &times[3],
		&removal, &former, &groups, &manager)
	if err != nil {
		return p, false, err
	}
	for i, at := range []*time.Time{&p.User.Meta.Created, &p.User.Meta.LastModified, &link.Created, &memory.Seen} {
		*at = db.FromMicros(times[i])
	}
	p.User.ID = p.Key.User
	if p.User.Doc, err = decode(document); err != nil {
		return p, false, err
	}
	setManager(&p.User, manager)
	if p.Groups, nested, err = decodeGroups(groups); err != nil {
		return p, false, err
	}
	if link.Worker != "" {
		p.Link = &link
		if err = json.Unmarshal([]byte(owned), &link.Owned); err != nil {
			return p, false, err
		}
	}
	if memory.Attributes != "" {
		p.Memory = &memory
	} else if p.Memory, err = decodeMemory(former); err != nil {
		return p, false, err
	}
	p.Leaver, err = decodeLeaver(removal)
	return p, nested, err
}

// decodeMemory reads the memory of a former person; "" is none.
func decodeMemory(text string) (*Memory, error) {
	if text == "" {
		return nil, nil
	}
	var m Memory
	var seen int64
	err := json.Unmarshal([]byte(text), &[]any{&m.Attributes, &seen})
	m.Seen = db.FromMicros(seen)
	return &m, err
}

// decodeLeaver reads the record of a leaver; "" is none.
func decodeLeaver(text string) (*leaver.Record, error) {
	if text == "" {
		return nil, nil
	}
	var l leaver.Record
	var times [7]int64
	err := json.Unmarshal([]byte(text), &[]any{&l.ID, &l.Worker, &l.UserName, &l.LiveAtStop, &l.Ended,
		&times[0], &times[1], &times[2], &times[3], &times[4], &times[5], &times[6]})
	for i, at := range []*time.Time{&l.Requested, &l.Offline, &l.Deadline, &l.Drained, &l.Removed, &l.Verified, &l.Cancelled} {
		*at = db.FromMicros(times[i])
	}
	return &l, err
}

// Behind lists persons whose observed generation is behind, the most urgent
// first, at most limit; not those who wait for a time that is yet to come.
func (s *Store) Behind(ctx context.Context, limit int) ([]Touch, error) {
	var behind []Touch
	err := s.db.Reader().Query(ctx, `select connection_id, user_id, urgency from scim_user
		where observed_gen < desired_gen and next_at <= $1
		order by urgency, next_at limit $2`, []any{db.Micros(s.clock()), limit}, func(r db.Row) error {
		var t Touch
		err := r.Scan(&t.Key.Connection, &t.Key.User, &t.Urgency)
		behind = append(behind, t)
		return err
	})
	return behind, err
}

// CountBehind counts the persons whose observed generation is behind, by
// urgency, those too who wait for a time that is yet to come.
func (s *Store) CountBehind(ctx context.Context) (map[Urgency]int64, error) {
	n := map[Urgency]int64{Leaving: 0, Changing: 0, Joining: 0, Sweeping: 0}
	err := s.db.Reader().Query(ctx, `select urgency, count(*) from scim_user where observed_gen < desired_gen group by urgency`, nil,
		func(r db.Row) error { return count(r, n) })
	return n, err
}

// unfinished is the condition of the persons that count: users, and
// tombstones that are not done with (an index has it word for word).
const unfinished = `(deleted_at = 0 or state <> 'settled')`

// PersonStates counts people by state and removals by stage, for metrics.
func (s *Store) PersonStates(ctx context.Context) (persons map[State]int64, leavers map[leaver.Stage]int64, err error) {
	persons = map[State]int64{}
	err = s.db.Reader().Query(ctx, `select state, count(*) from scim_user where `+unfinished+` group by state`, nil,
		func(r db.Row) error { return count(r, persons) })
	if err != nil {
		return nil, nil, err
	}
	leavers, err = s.leaverStages(ctx)
	return persons, leavers, err
}

// leaverStages counts removals by stage. Records with the same times set are in
// the same stage: one of each group, made of its latest times, stands for all.
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

// ListStates lists persons in a state, newest first, at most limit.
func (s *Store) ListStates(ctx context.Context, state State, limit int) ([]PersonState, error) {
	var list []PersonState
	err := s.db.Reader().Query(ctx, `select connection_id, user_id, document, state, reason, desired_gen, observed_gen
		from scim_user where `+unfinished+` and state = $1
		order by state_at desc, user_id limit $2`, []any{state, limit}, func(r db.Row) error {
		var p PersonState
		var document string
		err := r.Scan(&p.Key.Connection, &p.Key.User, &document, &p.State, &p.Reason, &p.Desired, &p.Observed)
		if err != nil {
			return err
		}
		doc, err := decode(document)
		p.UserName = doc.UserName()
		list = append(list, p)
		return err
	})
	return list, err
}
