package store

import (
	"context"
	"encoding/json"
	"iter"
	"time"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/leaver"
	"github.com/flexscim/flexscim/internal/store/db"
	"github.com/flexscim/flexscim/scim"
)

// personPage is the number of people that People reads with one query.
const personPage = 200

// selectPerson returns a query for people with their link, newest leaver record,
// groups and manager, and the memory of a deleted person with the same externalId.
// The function scanPerson reads the columns of the result. For data that few people
// have, the query uses subqueries, because with joins PostgreSQL would read all
// rows of the joined tables.
func selectPerson(d db.Syntax) string {
	groups, manager := related(d, "u")
	return `select u.connection_id, u.user_id, u.document, u.version, u.created_at, u.modified_at, u.deleted_at <> 0,
		u.desired_gen, u.observed_gen, u.request, u.state, u.reason, u.state_at, u.next_at,
		coalesce(w.worker_sid, ''), coalesce(w.flex_user_sid, ''), coalesce(w.friendly_name, ''), coalesce(w.owned, ''),
		coalesce(w.adopted, false), coalesce(w.created_at, 0),
		coalesce(w.memory_attributes, ''), coalesce(w.memory_channels, ''), coalesce(w.memory_at, 0),
		coalesce((select cast(` + leaverRow(d) + ` as text)
			from leaver l where l.connection_id = u.connection_id and l.user_id = u.user_id
			order by l.requested_at desc, l.leaver_id desc limit 1), ''),
		case when u.observed_gen = 0 and u.deleted_at = 0 then coalesce((select cast(` + d.Tuple + `(f.memory_attributes, f.memory_channels, f.memory_at) as text)
			from worker f where f.connection_id = u.connection_id and f.user_id = (
				select e.user_id from scim_user e
				where e.connection_id = u.connection_id and e.external_id = u.external_id and e.external_id <> '' and e.deleted_at <> 0
				and (select x.memory_at from worker x where x.connection_id = e.connection_id and x.user_id = e.user_id) <> 0
				order by e.deleted_at desc limit 1)), '') else '' end,
		` + groups + `, ` + manager + `
	from scim_user u
	left join worker w on w.connection_id = u.connection_id and w.user_id = u.user_id
	where `
}

// Person reads everything about a person at one point in time, except indirect
// groups, which may be newer. For a person who never had a Worker, the field Memory
// is that of the last deleted person with the same externalId. It returns
// ErrNotFound if there is no such person.
func (s *Store) Person(ctx context.Context, key PersonKey) (Person, error) {
	if !key.User.Valid() {
		return Person{}, ErrNotFound
	}
	people, err := s.readPeople(ctx, `u.connection_id = $1 and u.user_id = $2`, key.Connection, key.User)
	if err := orNotFound(int64(len(people)), err); err != nil {
		return Person{}, err
	}
	return people[0], nil
}

// FindPeople finds at most 100 people of all connections by user id or userName
// (ignoring case). It returns live users before tombstones, and newer people before
// older ones.
func (s *Store) FindPeople(ctx context.Context, name string) ([]Person, error) {
	return s.readPeople(ctx, `u.user_id = $1 or u.user_name_fold = $2
		order by case when u.deleted_at = 0 then 0 else 1 end, u.created_at desc, u.user_id limit 100`,
		scim.TextKey(name), scim.TextKey(scim.Fold(name)))
}

// PersonByWorker returns the person who owns a Worker, or ErrNotFound.
func (s *Store) PersonByWorker(ctx context.Context, worker string) (k PersonKey, err error) {
	err = db.QueryOne(ctx, s.db.Reader(), `select connection_id, user_id from worker where worker_sid = $1 and worker_sid <> ''
		order by created_at desc limit 1`, []any{scim.TextKey(worker)}, &k.Connection, &k.User)
	return k, err
}

// People returns all people. This includes tombstones, because a login can make the
// Worker of a leaver again. It reads personPage people with one query.
func (s *Store) People(ctx context.Context) iter.Seq2[Person, error] {
	return func(yield func(Person, error) bool) {
		var last PersonKey
		for {
			page, err := s.readPeople(ctx, `(u.connection_id, u.user_id) > ($1, $2)
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

// Blocked returns the people whose runs wait for something or need an operator.
func (s *Store) Blocked(ctx context.Context) ([]Person, error) {
	return s.readPeople(ctx, unfinishedPeople+` and u.state in ('waiting', 'parked') order by u.state_at, u.user_id`)
}

func (s *Store) readPeople(ctx context.Context, condition string, args ...any) (people []Person, err error) {
	nested := map[ConnectionID][]scim.ID{} // :: connection → people in nested groups
	err = s.db.Reader().Query(ctx, selectPerson(s.db.Syntax())+condition, args, func(r db.Row) error {
		p, isNested, err := scanPerson(r)
		people = append(people, p)
		if isNested {
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
		for i, p := range people {
			if groups, ok := byUser[p.Key.User]; ok && p.Key.Connection == connection {
				people[i].Groups = groups
			}
		}
	}
	return people, nil
}

// scanPerson reads a row of selectPerson. The result nested is true if the person
// also has indirect groups, which are not in the row.
func scanPerson(r db.Row) (p Person, nested bool, err error) {
	var document, owned, channels, removal, former, groups, manager string
	var link Link
	var memory Memory
	var times [6]int64 // in the order of the columns
	err = r.Scan(&p.Key.Connection, &p.Key.User, &document, &p.User.Meta.Version, &times[0], &times[1], &p.Deleted,
		&p.Desired, &p.Observed, &p.Request, &p.State, &p.Reason, &times[4], &times[5],
		&link.Worker, &link.FlexUser, &link.FriendlyName, &owned,
		&link.Adopted, &times[2], &memory.Attributes, &channels, &times[3],
		&removal, &former, &groups, &manager)
	if err != nil {
		return p, false, err
	}
	for i, at := range []*time.Time{&p.User.Meta.Created, &p.User.Meta.LastModified, &link.Created, &memory.Seen, &p.Since, &p.Next} {
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
	if memory.Seen.IsZero() {
		p.Memory, err = decodeMemory(former)
	} else {
		p.Memory = &memory
		memory.Channels, err = decodeChannels(channels)
	}
	if err != nil {
		return p, false, err
	}
	p.Leaver, err = decodeLeaver(removal)
	return p, nested, err
}

// decodeMemory reads the memory of a deleted person; "" means none.
func decodeMemory(text string) (*Memory, error) {
	if text == "" {
		return nil, nil
	}
	var m Memory
	var channels string
	var seen int64
	err := json.Unmarshal([]byte(text), &[]any{&m.Attributes, &channels, &seen})
	if err != nil {
		return nil, err
	}
	m.Seen = db.FromMicros(seen)
	m.Channels, err = decodeChannels(channels)
	return &m, err
}

// decodeChannels reads what encodeChannels returned.
func decodeChannels(text string) (channels []flex.Channel, err error) {
	if text != "" {
		err = json.Unmarshal([]byte(text), &channels)
	}
	return channels, err
}

// decodeLeaver reads a leaver record; "" means none.
func decodeLeaver(text string) (*leaver.Record, error) {
	if text == "" {
		return nil, nil
	}
	var l leaver.Record
	var times [7]int64
	err := json.Unmarshal([]byte(text), &[]any{&l.ID, &l.Worker, &l.UserName, &l.LiveAtStop, &l.Ended,
		&times[0], &times[1], &times[2], &times[3], &times[4], &times[5], &times[6],
		&l.OfflineRequest, &l.RemovedRequest, &l.VerifiedRequest})
	for i, at := range []*time.Time{&l.Requested, &l.Offline, &l.Deadline, &l.Drained, &l.Removed, &l.Verified, &l.Cancelled} {
		*at = db.FromMicros(times[i])
	}
	return &l, err
}
