package store

import (
	"context"

	"github.com/flexscim/flexscim/internal/store/db"
	"github.com/flexscim/flexscim/scim"
)

// raise is the part of an SQL UPDATE of scim_user that raises the desired
// generation. $1 is the time, $2 the request, $3 the urgency. If an earlier pending
// change of the person is more urgent, the urgency does not change.
const raise = `desired_gen = desired_gen + 1, state = 'pending', state_at = $1, reason = '', next_at = 0, request = $2,
	urgency = case when observed_gen < desired_gen and urgency < $3 then urgency else $3 end`

// raising returns the SQL arguments for the constant raise, followed by the
// caller's further arguments.
func (tx *Tx) raising(why Why, more ...any) []any {
	return append([]any{db.Micros(tx.db.Now()), db.Text(why.Request), why.Urgency}, more...)
}

// Touch raises a person's desired generation when an operator requests a sync of
// the person. It returns ErrNotFound if there is no such person.
func (tx *Tx) Touch(ctx context.Context, key PersonKey, why Why) error {
	var urgency Urgency
	err := tx.db.ExecReturningOne(ctx, `update scim_user set `+raise+` where connection_id = $4 and user_id = $5 returning urgency`,
		tx.raising(why, key.Connection, key.User), &urgency)
	if err == nil {
		tx.touched(key, urgency)
	}
	return err
}

func scanTouch(r db.Row) (t Touch, err error) {
	err = r.Scan(&t.Key.Connection, &t.Key.User, &t.Urgency)
	return t, err
}

// TouchAll touches all people that the method People returns, and returns their
// number.
func (tx *Tx) TouchAll(ctx context.Context, why Why) (n int64, err error) {
	err = tx.db.ExecReturning(ctx, `update scim_user set `+raise+`
		returning connection_id, user_id, urgency`, tx.raising(why), func(r db.Row) error {
		t, err := scanTouch(r)
		tx.touched(t.Key, t.Urgency)
		n++
		return err
	})
	return n, err
}

// touchUsers touches the live users whose ids are in the slice ids, and returns
// their ids as a set.
func (tx *Tx) touchUsers(ctx context.Context, c ConnectionID, ids []scim.ID, why Why) (map[scim.ID]bool, error) {
	known := map[scim.ID]bool{} // :: user → touched
	return known, db.InChunks(ids, func(part []scim.ID) error {
		touched, err := tx.touchWhere(ctx, `user_id in (`+db.Places(5, len(part))+`)`, db.Args(part, tx.raising(why, c)...))
		for _, id := range touched {
			known[id] = true
		}
		return err
	})
}

// touchWhere touches the users that an SQL condition selects in the connection $4.
// It also gives these users a new version, because responses show their groups and
// manager. Their meta.lastModified does not change, because no request wrote to them
// (docs/reference/identity-providers.md, row 52). It locks the users in the order of
// their ids, so that two transactions that touch the same people do not deadlock.
func (tx *Tx) touchWhere(ctx context.Context, condition string, args []any) (ids []scim.ID, err error) {
	locked := `select user_id from scim_user where connection_id = $4 and ` + condition + ` and ` + alive + `
			order by user_id` + tx.db.Syntax().ForUpdate
	err = tx.db.ExecReturning(ctx, `update scim_user set `+raise+`, version = version + 1
		where connection_id = $4 and `+db.Among(tx.db.Syntax(), "user_id", locked)+`
		returning connection_id, user_id, urgency`, args, func(r db.Row) error {
		t, err := scanTouch(r)
		tx.touched(t.Key, t.Urgency)
		ids = append(ids, t.Key.User)
		return err
	})
	return ids, err
}
