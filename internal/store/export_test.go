package store

import (
	"context"

	"github.com/flexscim/flexscim/internal/store/db"
)

// PersonState contains the state and the generations of a person.
type PersonState struct {
	Key      PersonKey
	UserName string
	State    State
	Reason   string
	Desired  int64
	Observed int64
}

// ListStates returns up to limit people in a state, newest first.
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

// InTurn calls Store.inTurn, and calls fn while a connection for long queries is in
// use.
func (s *Store) InTurn(ctx context.Context, c ConnectionID, fn func()) error {
	return s.inTurn(ctx, c, func(from db.Reader) error {
		return from.Snapshot(ctx, func(db.Reader) error {
			fn()
			return nil
		})
	})
}

// ListReader returns a Reader for queries that may take long.
func (s *Store) ListReader() db.Reader { return s.db.ListReader() }
