package store

import (
	"context"
	"strings"
	"time"

	"github.com/flexscim/flexscim/internal/store/db"
	"github.com/flexscim/flexscim/scim"
)

// LeftOut says how many operations of a connection were left out of PATCHes that
// deactivated a user.
type LeftOut struct {
	Connection ConnectionID
	Operations int64
	Last       time.Time
	Names      string // the names from the paths of the operations that were left out last, separated by commas
}

// maxNames is the maximum length of LeftOut.Names, in bytes.
const maxNames = 200

// AddLeftOut counts operations that were left out. The slice names has one element
// for each operation: the name in its path.
func (tx *Tx) AddLeftOut(ctx context.Context, c ConnectionID, names []string) error {
	text := strings.Join(names, ", ")
	if len(text) > maxNames {
		text = strings.ToValidUTF8(text[:maxNames], "") + "…"
	}
	_, err := tx.db.Exec(ctx, `insert into left_out (connection_id, operations, last_at, names) values ($1, $2, $3, $4)
		on conflict (connection_id) do update set operations = left_out.operations + excluded.operations, last_at = excluded.last_at, names = excluded.names`,
		c, len(names), db.Micros(tx.Now()), text)
	return err
}

// LeftOut returns the connections with operations that were left out.
func (s *Store) LeftOut(ctx context.Context) ([]LeftOut, error) {
	return db.All(ctx, s.db.Reader(), `select connection_id, operations, last_at, names from left_out order by connection_id`, nil, func(r db.Row) (l LeftOut, err error) {
		var last int64
		err = r.Scan(&l.Connection, &l.Operations, &last, &l.Names)
		l.Last = db.FromMicros(last)
		return l, err
	})
}

// EachGroup calls a function with the id and the displayName of each group of each
// connection.
func (s *Store) EachGroup(ctx context.Context, each func(c ConnectionID, id scim.ID, displayName string)) error {
	return s.db.Reader().Query(ctx, `select connection_id, group_id, display_name from scim_group`, nil, func(r db.Row) error {
		var c ConnectionID
		var id scim.ID
		var name string
		err := r.Scan(&c, &id, &name)
		each(c, id, name)
		return err
	})
}
