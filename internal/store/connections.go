package store

import (
	"context"
	"crypto/rand"
	"encoding/hex"

	"github.com/flexscim/flexscim/internal/store/db"
)

// InsertConnection adds a connection. It returns a *TakenError if the name is
// taken.
func (tx *Tx) InsertConnection(ctx context.Context, c Connection) error {
	_, err := tx.db.Exec(ctx, `insert into connection (connection_id, name, kind, created_at, entitlements) values ($1, $2, $3, $4, $5)`,
		c.ID, c.Name, c.Kind, db.Micros(c.Created), c.Entitlements)
	return err
}

// SetEntitlements sets whether the connection's IdP may read /Roles and
// /Entitlements. It returns ErrNotFound if there is no such connection.
func (tx *Tx) SetEntitlements(ctx context.Context, c ConnectionID, entitlements bool) error {
	return orNotFound(tx.db.Exec(ctx, `update connection set entitlements = $2 where connection_id = $1`, c, entitlements))
}

const connectionColumns = `c.connection_id, c.name, c.kind, c.created_at, c.entitlements`

func scanConnection(r db.Row) (c Connection, err error) {
	var created int64
	err = r.Scan(&c.ID, &c.Name, &c.Kind, &created, &c.Entitlements)
	c.Created = db.FromMicros(created)
	return c, err
}

// Connections returns all connections, sorted by time of creation.
func (s *Store) Connections(ctx context.Context) ([]Connection, error) {
	return db.All(ctx, s.db.Reader(), `select `+connectionColumns+` from connection c order by c.created_at, c.connection_id`, nil, scanConnection)
}

// ConnectionByName returns the connection with this name, or ErrNotFound.
func (s *Store) ConnectionByName(ctx context.Context, name string) (Connection, error) {
	if !db.IsText(name) {
		return Connection{}, ErrNotFound
	}
	return db.Only(ctx, s.db.Reader(), `select `+connectionColumns+` from connection c where c.name = $1`, []any{name}, scanConnection)
}

// LockConnection locks a connection until the commit, so that transactions that
// create tokens for the connection run one after the other. It returns ErrNotFound
// if there is no such connection.
func (tx *Tx) LockConnection(ctx context.Context, c ConnectionID) error {
	var one int
	return db.QueryOne(ctx, tx.db, `select 1 from connection where connection_id = $1`+tx.db.Syntax().ForUpdate, []any{c}, &one)
}

// CursorKey returns the 32-byte key that encrypts a connection's cursors. The first
// call creates the key. It returns ErrNotFound if there is no such connection.
func (s *Store) CursorKey(ctx context.Context, c ConnectionID) ([]byte, error) {
	read := func() (text string, err error) {
		err = db.QueryOne(ctx, s.db.Reader(), `select cursor_key from connection where connection_id = $1`, []any{c}, &text)
		return text, err
	}
	text, err := read()
	if err == nil && text == "" {
		fresh := make([]byte, 32)
		_, _ = rand.Read(fresh) // it never fails
		err = s.Write(ctx, KeyOf(c, ""), func(tx *Tx) error {
			_, err := tx.db.Exec(ctx, `update connection set cursor_key = $2 where connection_id = $1 and cursor_key = ''`, c, hex.EncodeToString(fresh))
			return err
		})
		if err == nil {
			text, err = read()
		}
	}
	if err != nil {
		return nil, err
	}
	return hex.DecodeString(text)
}
