package store

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"

	"github.com/flexscim/flexscim/internal/store/db"
	"github.com/flexscim/flexscim/scim"
)

// InsertConnection adds a connection. It returns a *TakenError if the name is
// taken.
func (tx *Tx) InsertConnection(ctx context.Context, c Connection) error {
	_, err := tx.db.Exec(ctx, `insert into connection (connection_id, name, created_at, kind, entitlements, group_put, hides_pagination, allowed_domains)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		c.ID, c.Name, db.Micros(c.Created), c.Kind, c.Entitlements, c.GroupPut, c.HidesPagination, c.AllowedDomains)
	return err
}

// UpdateSettings replaces the settings of a connection. It returns ErrNotFound if
// there is no such connection.
func (tx *Tx) UpdateSettings(ctx context.Context, c ConnectionID, s Settings) error {
	return orNotFound(tx.db.Exec(ctx, `update connection set kind = $2, entitlements = $3, group_put = $4, hides_pagination = $5, allowed_domains = $6
		where connection_id = $1`, c, s.Kind, s.Entitlements, s.GroupPut, s.HidesPagination, s.AllowedDomains))
}

// connectionColumns are the columns that connectionRow reads.
const connectionColumns = `c.connection_id, c.name, c.created_at, c.kind, c.entitlements, c.group_put, c.hides_pagination, c.allowed_domains,
	coalesce((select string_agg(o.allowed_domains, ' ' order by o.connection_id) from connection o
		where o.connection_id <> c.connection_id and o.allowed_domains <> ''), '')`

// connectionRow is a row of a query for connectionColumns.
type connectionRow struct {
	c       Connection
	created int64
}

// connectionRow.into returns the pointers with which Scan reads connectionColumns.
func (r *connectionRow) into() []any {
	c := &r.c
	return []any{&c.ID, &c.Name, &r.created, &c.Kind, &c.Entitlements, &c.GroupPut, &c.HidesPagination, &c.AllowedDomains, &c.Reserved}
}

func (r *connectionRow) connection() Connection {
	r.c.Created = db.FromMicros(r.created)
	return r.c
}

func scanConnection(r db.Row) (Connection, error) {
	var row connectionRow
	err := r.Scan(row.into()...)
	return row.connection(), err
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

// Outside counts the active users of a connection whose userName Connection.Allows
// refuses. It also returns the case-folded userName of one of them.
func (s *Store) Outside(ctx context.Context, c Connection) (n int, one string, err error) {
	if c.AllowedDomains == "" && c.Reserved == "" {
		return 0, "", nil
	}
	err = s.db.Reader().Query(ctx, `select user_name_fold from scim_user where connection_id = $1 and deleted_at = 0 and active`, []any{c.ID}, func(r db.Row) error {
		var name string
		if err := r.Scan(&name); err != nil {
			return err
		}
		if !c.Allows(name) {
			n, one = n+1, name
		}
		return nil
	})
	return n, one, err
}

// Settings returns the settings of a connection, and locks them until the commit. It
// returns ErrNotFound if there is no such connection.
func (tx *Tx) Settings(ctx context.Context, c ConnectionID) (s Settings, err error) {
	err = db.QueryOne(ctx, tx.db, `select kind, entitlements, group_put, hides_pagination, allowed_domains from connection where connection_id = $1`+tx.db.Syntax().ForUpdate,
		[]any{c}, &s.Kind, &s.Entitlements, &s.GroupPut, &s.HidesPagination, &s.AllowedDomains)
	return s, err
}

// MemberWrites returns how the connection's IdP has written members of groups so
// far. For an unknown connection, it returns the zero value.
func (s *Store) MemberWrites(ctx context.Context, c ConnectionID) (w scim.MemberWrites, err error) {
	err = db.QueryOne(ctx, s.db.Reader(), `select members_listed, members_patched from connection where connection_id = $1`, []any{c}, &w.Listed, &w.Patched)
	if errors.Is(err, ErrNotFound) {
		err = nil
	}
	return w, err
}

// AddMemberWrites stores that the connection's IdP also writes members in the given
// ways.
func (tx *Tx) AddMemberWrites(ctx context.Context, c ConnectionID, w scim.MemberWrites) error {
	_, err := tx.db.Exec(ctx, `update connection set members_listed = members_listed or $2, members_patched = members_patched or $3 where connection_id = $1`, c, w.Listed, w.Patched)
	return err
}

// CursorKey returns the 32-byte key that encrypts a connection's cursors. The first
// call creates the key. CursorKey returns ErrNotFound if there is no such
// connection.
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
