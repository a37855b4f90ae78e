package store

import (
	"context"
	"errors"
	"math"
	"sync"

	"github.com/flexscim/flexscim/internal/store/db"
	"github.com/flexscim/flexscim/internal/store/list"
	"github.com/flexscim/flexscim/scim"
)

// Why says how urgent a change is and which request caused it.
type Why struct {
	Urgency Urgency
	Request string
}

// alive is the condition that a user is not a tombstone, for lookups by the primary
// key.
var alive = db.NoIndex("deleted_at") + ` = 0`

// userColumns are the first columns that scanUserText reads.
const userColumns = `user_id, document, version, created_at, modified_at`

// scanUserText reads a user and the text of the document, which it does not decode.
func scanUserText(r db.Row, more ...any) (u scim.User, text string, err error) {
	var created, modified int64
	err = r.Scan(append([]any{&u.ID, &text, &u.Meta.Version, &created, &modified}, more...)...)
	u.Meta.Created, u.Meta.LastModified = db.FromMicros(created), db.FromMicros(modified)
	return u, text, err
}

// EncodedUser contains a user and the data that the store derives from the user's
// document. Encoding needs no transaction, so callers do it before they begin one.
type EncodedUser struct {
	scim.User

	text   string // the document as it is stored
	emails []email
}

// EncodeUser encodes a user.
func EncodeUser(u scim.User) (e EncodedUser, err error) {
	text, err := encode(u.Doc)
	return EncodedUser{User: u, text: text, emails: emailKeys(u.Doc)}, err
}

// userValues returns the values of the columns that depend on the document, in the
// order in which InsertUser and UpdateUser list them.
func userValues(u EncodedUser) []any {
	return []any{
		scim.TextKey(scim.Fold(u.Doc.UserName())),
		scim.TextKey(scim.Fold(u.Doc.DisplayName())),
		db.Text(u.Doc.ShownName()),
		scim.TextKey(u.Doc.ExternalID()),
		scim.TextKey(u.Doc.Manager()),
		u.Doc.Active(),
		u.text,
		u.Meta.Version,
		db.Micros(u.Meta.LastModified),
	}
}

// InsertUser adds a user with generation 1 and touches the person. The caller has
// set ID and Meta. It returns a *TakenError if the userName is taken.
func (tx *Tx) InsertUser(ctx context.Context, c ConnectionID, u scim.User, why Why) error {
	encoded, err := EncodeUser(u)
	if err != nil {
		return err
	}
	args := append(tx.raising(why, c, u.ID, db.Micros(u.Meta.Created)), userValues(encoded)...)
	err = tx.db.Insert(ctx, "userName", `insert into scim_user (state_at, request, urgency, connection_id, user_id, created_at,
			user_name_fold, display_fold, display_name, external_id, manager_id, active, document, version, modified_at,
			deleted_at, desired_gen, observed_gen, state, reason, next_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 0, 1, 0, 'pending', '', 0)`, args)
	if err != nil {
		return err
	}
	tx.touched(PersonKey{Connection: c, User: u.ID}, why.Urgency)
	return tx.addEmails(ctx, c, u.ID, encoded.emails)
}

// LockedUser is a user that no other transaction can write until the commit. Its
// Groups and Manager are not read.
type LockedUser struct {
	EncodedUser

	InGroups bool // the user is a direct member of a group

	waits Urgency // urgency of the change that Flex does not have yet, or the constant settled
}

// settled means that Flex has every change. This value is less urgent than any
// change.
const settled Urgency = math.MaxInt32

// ErrChanged means that the document of a user or group has changed since it was
// read.
var ErrChanged = errors.New("the document has changed")

// LockUser reads a live user, and locks it until the commit. It returns ErrNotFound
// if there is no such user.
func (tx *Tx) LockUser(ctx context.Context, c ConnectionID, id scim.ID) (u LockedUser, err error) {
	if u, err = tx.lockUser(ctx, c, id); err != nil {
		return u, err
	}
	if u.Doc, err = decode(u.text); err != nil {
		return u, err
	}
	u.emails = emailKeys(u.Doc)
	return u, nil
}

// LockSeen locks a user whose document was read before. It returns ErrChanged if the
// document has changed, and ErrNotFound if there is no such user.
func (tx *Tx) LockSeen(ctx context.Context, c ConnectionID, seen EncodedUser) (u LockedUser, err error) {
	u, err = tx.lockUser(ctx, c, seen.ID)
	if err == nil && u.text != seen.text {
		err = ErrChanged
	}
	u.Doc, u.emails = seen.Doc, seen.emails
	return u, err
}

// lockUser locks a user without decoding the document.
func (tx *Tx) lockUser(ctx context.Context, c ConnectionID, id scim.ID) (u LockedUser, err error) {
	if !id.Valid() {
		return u, ErrNotFound
	}
	return db.Only(ctx, tx.db, `select `+userColumns+`, exists (select 1 from membership m where m.connection_id = $1 and m.member_id = $2),
		case when observed_gen < desired_gen then urgency else $3 end
		from scim_user where connection_id = $1 and user_id = $2 and `+alive+tx.db.Syntax().ForUpdate,
		[]any{c, id, settled}, func(r db.Row) (u LockedUser, err error) {
			u.User, u.text, err = scanUserText(r, &u.InGroups, &u.waits)
			return u, err
		})
}

// UpdateUser writes a locked user's document, version and lastModified, and touches
// the person. If the userName is taken, UpdateUser or Write returns a *TakenError.
func (tx *Tx) UpdateUser(ctx context.Context, c ConnectionID, was LockedUser, u EncodedUser, why Why) error {
	args := append(tx.raising(why, c, was.ID), userValues(u)...)
	err := tx.db.ExecLater(ctx, `update scim_user set `+raise+`, user_name_fold = $6, display_fold = $7, display_name = $8,
			external_id = $9, manager_id = $10, active = $11, document = $12, version = $13, modified_at = $14
		where connection_id = $4 and user_id = $5`, args...)
	if err != nil {
		return err
	}
	tx.touched(PersonKey{Connection: c, User: was.ID}, min(was.waits, why.Urgency))
	return tx.setEmails(ctx, c, was, u.emails)
}

// DeleteUser turns a locked user into a tombstone and touches the person. It
// removes the user from all groups. Afterwards a new user can have the same
// userName.
func (tx *Tx) DeleteUser(ctx context.Context, c ConnectionID, was LockedUser, why Why) error {
	err := tx.db.ExecLater(ctx, `update scim_user set `+raise+`, deleted_at = $1, modified_at = $1, version = version + 1
		where connection_id = $4 and user_id = $5`, tx.raising(why, c, was.ID)...)
	if err != nil {
		return err
	}
	tx.touched(PersonKey{Connection: c, User: was.ID}, min(was.waits, why.Urgency))
	if was.InGroups {
		if err := tx.RenewGroupsOf(ctx, c, was.ID); err != nil {
			return err
		}
		if err := tx.db.ExecLater(ctx, `delete from membership where connection_id = $1 and member_id = $2`, c, was.ID); err != nil {
			return err
		}
	}
	return tx.db.ExecLater(ctx, `delete from user_email where connection_id = $1 and user_id = $2`, c, was.ID)
}

// User reads a live user as responses show it. It returns ErrNotFound if there is
// no such user.
func (s *Store) User(ctx context.Context, c ConnectionID, id scim.ID) (scim.User, error) {
	u, err := s.user(ctx, c, id)
	return u.User, err
}

// UserForChange reads a user, as User does, for a change that begins with LockSeen
// or LockUser.
func (s *Store) UserForChange(ctx context.Context, c ConnectionID, id scim.ID) (EncodedUser, error) {
	u, err := s.user(ctx, c, id)
	if err == nil {
		u.emails = emailKeys(u.Doc)
	}
	return u, err
}

// user reads a live user with the text of the document.
func (s *Store) user(ctx context.Context, c ConnectionID, id scim.ID) (u EncodedUser, err error) {
	if !id.Valid() {
		return u, ErrNotFound
	}
	view := newUserView(s.db.Syntax(), true, true)
	u, err = db.Only(ctx, s.db.SharedReader(), `select `+view.columns+` from scim_user
		where connection_id = $1 and user_id = $2 and `+alive, []any{c, id}, func(r db.Row) (u EncodedUser, err error) {
		u.User, u.text, err = view.scanText(r)
		return u, err
	})
	if err != nil || len(view.nested) == 0 {
		return u, err
	}
	return u, s.inTurn(ctx, c, func(from db.Reader) error { return fillGroups(ctx, from, c, []*scim.User{&u.User}) })
}

// Users returns the page of a query; by default, users are sorted by the time of
// their creation. It returns a *list.TooManyError if the query would compare too
// many users one by one, a *list.TooMuchError if these are too large, and a
// *list.TooLongError if the filter has too many comparisons.
func (s *Store) Users(ctx context.Context, c ConnectionID, q scim.Query) (page scim.Page[scim.User], err error) {
	l := userResource()
	if list.Uses(q, "groups") {
		if nested, err := s.hasNesting(ctx, c); err != nil {
			return scim.Page[scim.User]{}, err
		} else if nested {
			l.Attributes = list.UsersOfNestedGroups(s.db.Syntax())
		}
		l.Fill = func(ctx context.Context, from db.Querier, users []scim.User) error {
			return fillGroups(ctx, from, c, pointers(users))
		}
	}
	selection := l.Select(string(c), q)
	if selection.ByList || selection.Single {
		return s.usersAtOnce(ctx, c, l, selection, q)
	}
	err = s.inTurn(ctx, c, func(from db.Reader) (err error) {
		page, err = l.Page(ctx, from, selection, s.limits())
		if err == nil && q.Groups {
			err = s.showGroups(ctx, from, c, q, &page)
		}
		if err == nil && q.Managers {
			err = fillManagers(ctx, from, c, pointers(page.Items))
		}
		return err
	})
	return page, err
}

// usersAtOnce reads users, their groups and managers with one statement. For many
// users, separate statements are cheaper.
func (s *Store) usersAtOnce(ctx context.Context, c ConnectionID, l list.Resource[scim.User], selection list.Selection, q scim.Query) (page scim.Page[scim.User], err error) {
	view := newUserView(s.db.Syntax(), q.Groups, q.Managers)
	l.Shown, l.Show = view.columns, view.read
	page, err = readPage(ctx, s, c, l, selection)
	if err != nil || len(view.nested) == 0 {
		return page, err
	}
	return page, s.inTurn(ctx, c, func(from db.Reader) error { return s.showGroups(ctx, from, c, q, &page) })
}

var userResource = sync.OnceValue(func() list.Resource[scim.User] {
	scan := func(r db.Row) (scim.User, int, error) {
		u, text, err := scanUserText(r)
		if err == nil {
			u.Doc, err = decode(text)
		}
		return u, len(text), err
	}
	return list.Resource[scim.User]{
		Plural: "users", Table: "scim_user", ID: "user_id", Columns: userColumns, Shown: userColumns, Alive: "deleted_at",
		Tally:      `select cast(sum(users) as bigint) from tally where connection_id = $1 having count(*) > 0`,
		Attributes: list.Users(),
		Indexed:    "id, userName, externalId, displayName, emails.value, groups.value, manager.value, active, meta.created, meta.lastModified",
		Scan:       scan, Show: scan, Matches: scim.User.Matches, Place: scim.User.Place,
		Meta: func(u scim.User) (scim.ID, scim.Meta) { return u.ID, u.Meta },
	}
})
