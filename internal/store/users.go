package store

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/flexscim/flexscim/internal/store/condition"
	"github.com/flexscim/flexscim/internal/store/db"
	"github.com/flexscim/flexscim/scim"
)

// Why says how urgent a change is and which request asked for it.
type Why struct {
	Urgency Urgency
	Request string
}

// alive is true of users who are no tombstones, where they are found by id: by
// the primary key. As long as PostgreSQL knows nothing of the sizes of tables,
// any smaller index that has the id somewhere looks as good to it.
const alive = `deleted_at + 0 = 0`

// userColumns is what scanUser reads, before whatever more is selected.
const userColumns = `user_id, document, version, created_at, modified_at`

func scanUser(r db.Row, more ...any) (u scim.User, err error) {
	var document string
	var created, modified int64
	if err = r.Scan(append([]any{&u.ID, &document, &u.Meta.Version, &created, &modified}, more...)...); err != nil {
		return u, err
	}
	u.Meta.Created, u.Meta.LastModified = db.FromMicros(created), db.FromMicros(modified)
	u.Doc, err = decode(document)
	return u, err
}

// userValues are the columns that follow from a document, in the order in
// which InsertUser and UpdateUser name them.
func userValues(u scim.User) ([]any, error) {
	document, err := encode(u.Doc)
	return []any{
		key(scim.Fold(u.Doc.UserName())),
		key(scim.Fold(u.Doc.DisplayName())),
		db.Text(display(u.Doc)),
		key(u.Doc.ExternalID()),
		key(u.Doc.Manager()),
		u.Doc.Active(),
		document,
		u.Meta.Version,
		db.Micros(u.Meta.LastModified),
	}, err
}

// display is how a group shows a person.
func display(doc scim.Document) string {
	if name := doc.DisplayName(); name != "" {
		return name
	}
	return doc.UserName()
}

// InsertUser adds a user (ID and Meta are the caller's) with generation 1 and
// touches the person. *TakenError for userName.
func (tx *Tx) InsertUser(ctx context.Context, c ConnectionID, u scim.User, why Why) error {
	values, err := userValues(u)
	if err != nil {
		return err
	}
	args := append(tx.raising(why, c, u.ID, db.Micros(u.Meta.Created)), values...)
	err = tx.db.Insert(ctx, "userName", `insert into scim_user (state_at, request, urgency, connection_id, user_id, created_at,
			user_name_fold, display_fold, display_name, external_id, manager_id, active, document, version, modified_at,
			deleted_at, desired_gen, observed_gen, state, reason, next_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 0, 1, 0, 'pending', '', 0)`, args)
	if err != nil {
		return err
	}
	tx.touched(PersonKey{Connection: c, User: u.ID}, why.Urgency)
	return tx.addEmails(ctx, c, u.ID, emailKeys(u.Doc))
}

// LockedUser is a user whom nobody else writes until the commit.
type LockedUser struct {
	scim.User

	waits Urgency // of what Flex has to catch up with already
}

// settled stands for nothing to catch up with: nothing is less urgent.
const settled Urgency = math.MaxInt32

// LockUser reads a live user, as answers show them, and keeps other writers
// away from them until the commit. ErrNotFound.
func (tx *Tx) LockUser(ctx context.Context, c ConnectionID, id scim.ID) (u LockedUser, err error) {
	if !id.Valid() {
		return u, ErrNotFound
	}
	sight := newSight(tx.db.Syntax(), true, true)
	u, err = db.Only(ctx, tx.db, `select `+sight.columns+`, case when observed_gen < desired_gen then urgency else $3 end
		from scim_user where connection_id = $1 and user_id = $2 and `+alive+tx.db.Syntax().ForUpdate,
		[]any{c, id, settled}, func(r db.Row) (u LockedUser, err error) {
			u.User, err = sight.scan(r, &u.waits)
			return u, err
		})
	if err != nil {
		return u, err
	}
	return u, sight.finish(ctx, tx.db, c, &u.User)
}

// UpdateUser writes a locked user's document, version and lastModified, and
// touches the person. *TakenError as InsertUser, perhaps with the commit.
func (tx *Tx) UpdateUser(ctx context.Context, c ConnectionID, was LockedUser, u scim.User, why Why) error {
	values, err := userValues(u)
	if err != nil {
		return err
	}
	args := append(tx.raising(why, c, was.ID), values...)
	err = tx.db.ExecLater(ctx, `update scim_user set `+raise+`, user_name_fold = $6, display_fold = $7, display_name = $8,
			external_id = $9, manager_id = $10, active = $11, document = $12, version = $13, modified_at = $14
		where connection_id = $4 and user_id = $5`, args...)
	if err != nil {
		return err
	}
	tx.touched(PersonKey{Connection: c, User: was.ID}, min(was.waits, why.Urgency))
	return tx.setEmails(ctx, c, was, emailKeys(u.Doc))
}

// DeleteUser makes a tombstone of a locked user: the userName is free again,
// memberships go, the person is touched and stays for the leaver's record.
func (tx *Tx) DeleteUser(ctx context.Context, c ConnectionID, was LockedUser, why Why) error {
	err := tx.db.ExecLater(ctx, `update scim_user set `+raise+`, deleted_at = $1, modified_at = $1, version = version + 1
		where connection_id = $4 and user_id = $5`, tx.raising(why, c, was.ID)...)
	if err != nil {
		return err
	}
	tx.touched(PersonKey{Connection: c, User: was.ID}, min(was.waits, why.Urgency))
	if len(was.Groups) > 0 {
		if err := tx.RenewGroupsOf(ctx, c, was.ID); err != nil {
			return err
		}
		if err := tx.db.ExecLater(ctx, `delete from membership where connection_id = $1 and member_id = $2`, c, was.ID); err != nil {
			return err
		}
	}
	return tx.db.ExecLater(ctx, `delete from user_email where connection_id = $1 and user_id = $2`, c, was.ID)
}

// TouchReports raises the generation of those whose manager a user is: they
// are shown with the manager's name.
func (tx *Tx) TouchReports(ctx context.Context, c ConnectionID, manager scim.ID, why Why) error {
	_, err := tx.touchWhere(ctx, `manager_id = $5 and manager_id <> '' and deleted_at = 0`, tx.raising(why, c, manager))
	return err
}

// User reads a live user, as answers show them. ErrNotFound.
func (s *Store) User(ctx context.Context, c ConnectionID, id scim.ID) (u scim.User, err error) {
	if !id.Valid() {
		return u, ErrNotFound
	}
	sight := newSight(s.db.Syntax(), true, true)
	u, err = db.Only(ctx, s.db.SharedReader(), `select `+sight.columns+` from scim_user
		where connection_id = $1 and user_id = $2 and `+alive, []any{c, id}, func(r db.Row) (scim.User, error) { return sight.scan(r) })
	if err != nil {
		return u, err
	}
	return u, sight.finish(ctx, s.db.Reader(), c, &u)
}

// Users answers a query, in the order of creation where it asks for no other.
// A *scim.Error (tooMany) where that would cost too much.
func (s *Store) Users(ctx context.Context, c ConnectionID, q scim.Query) (scim.Page[scim.User], error) {
	l := userListing()
	if asksAbout(q, "groups") {
		if nested, err := s.nests(ctx, c); err != nil {
			return scim.Page[scim.User]{}, err
		} else if nested {
			l.attributes = condition.Nested(func(column, query string) string { return db.Among(s.db.Syntax(), column, query) })
		}
		l.fill = func(ctx context.Context, from db.Querier, users []scim.User) error {
			return fillGroups(ctx, from, c, pointers(users))
		}
	}
	f := l.find(c, q)
	if f.Few || f.One { // one statement for one user; for a hundred, two are cheaper
		sight := newSight(s.db.Syntax(), q.Groups, q.Managers)
		l.shown, l.show = sight.columns, func(r db.Row) (scim.User, error) { return sight.scan(r) }
		page, err := l.page(ctx, s, f)
		if err != nil {
			return page, err
		}
		return page, sight.finish(ctx, s.db.Reader(), c, pointers(page.Items)...)
	}
	page, err := l.page(ctx, s, f)
	if err == nil && q.Groups {
		err = fillGroups(ctx, s.db.Reader(), c, pointers(page.Items))
	}
	if err == nil && q.Managers {
		err = fillManagers(ctx, s.db.Reader(), c, pointers(page.Items))
	}
	return page, err
}

// fillManagers says who the managers of users are, where they are live users
// of the connection. It asks nothing where nobody has one.
func fillManagers(ctx context.Context, from db.Querier, c ConnectionID, users []*scim.User) error {
	var ids []scim.ID
	for _, u := range users {
		if id := scim.ID(u.Doc.Manager()); id.Valid() {
			ids = append(ids, id)
		}
	}
	known := map[scim.ID]*scim.UserRef{}
	for part := range db.Chunks(fresh(map[scim.ID]bool{}, ids)) {
		err := from.Query(ctx, `select user_id, display_name from scim_user
			where connection_id = $1 and `+alive+` and user_id in (`+db.Places(2, len(part))+`)`, db.Args(part, c), func(r db.Row) error {
			var ref scim.UserRef
			err := r.Scan(&ref.ID, &ref.Display)
			known[ref.ID] = &ref
			return err
		})
		if err != nil {
			return err
		}
	}
	for _, u := range users {
		u.Manager = known[scim.ID(u.Doc.Manager())]
	}
	return nil
}

// Manager is how answers show a person's manager; nil where that is no user
// of the connection.
func (s *Store) Manager(ctx context.Context, c ConnectionID, report scim.User) (*scim.UserRef, error) {
	err := fillManagers(ctx, s.db.Reader(), c, []*scim.User{&report})
	return report.Manager, err
}

var userListing = sync.OnceValue(func() listing[scim.User] {
	return listing[scim.User]{
		plural: "users", columns: userColumns, shown: userColumns, table: "scim_user", id: "user_id", alive: "deleted_at",
		tally:      `select cast(sum(users) as bigint) from tally where connection_id = $1 having count(*) > 0`,
		attributes: condition.Users(),
		indexed:    "id, userName, externalId, displayName, emails.value, groups.value, manager.value, active, meta.created, meta.lastModified",
		scan:       func(r db.Row) (scim.User, error) { return scanUser(r) }, show: func(r db.Row) (scim.User, error) { return scanUser(r) }, matches: scim.User.Matches, place: scim.User.Place,
		at: func(u scim.User) (scim.ID, scim.Meta) { return u.ID, u.Meta },
	}
})

// ---- e-mail addresses, for filters

// email is an address as filters see it: keys of its value and its type.
type email struct{ address, kind string }

// emailKeys are the different addresses of a document, sorted.
func emailKeys(doc scim.Document) []email {
	var keys []email
	elements, _ := doc["emails"].([]any)
	for _, e := range elements {
		object, _ := e.(map[string]any)
		value, _ := object["value"].(string)
		kind, _ := object["type"].(string)
		if value != "" {
			keys = append(keys, email{key(scim.Fold(value)), key(scim.Fold(kind))})
		}
	}
	slices.SortFunc(keys, compareEmails)
	return slices.Compact(keys)
}

func compareEmails(a, b email) int {
	return cmp.Or(strings.Compare(a.address, b.address), strings.Compare(a.kind, b.kind))
}

// setEmails writes a locked user's addresses where they change.
func (tx *Tx) setEmails(ctx context.Context, c ConnectionID, was LockedUser, want []email) error {
	if slices.Equal(emailKeys(was.Doc), want) {
		return nil
	}
	if err := tx.db.ExecLater(ctx, `delete from user_email where connection_id = $1 and user_id = $2`, c, was.ID); err != nil {
		return err
	}
	return tx.addEmails(ctx, c, was.ID, want)
}

func (tx *Tx) addEmails(ctx context.Context, c ConnectionID, id scim.ID, emails []email) error {
	for _, e := range emails {
		err := tx.db.ExecLater(ctx, `insert into user_email (connection_id, user_id, email_fold, type_fold) values ($1, $2, $3, $4)`,
			c, id, e.address, e.kind)
		if err != nil {
			return err
		}
	}
	return nil
}
