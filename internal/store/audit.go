package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/internal/store/db"
	"github.com/flexscim/flexscim/scim"
)

// auditPage is the number of entries that VerifyAudit reads with one query.
const auditPage = 1000

// entryColumns are the columns that scanEntry reads.
const entryColumns = `entry_id, connection_id, at, actor, action, subject, request, detail`

// Audit appends an entry, and sets ID and At if they are empty.
func (tx *Tx) Audit(ctx context.Context, e audit.Entry) error {
	if e.ID == "" {
		e.ID = string(scim.NewID())
	}
	if e.At.IsZero() {
		e.At = tx.db.Now()
	}
	detail, err := detailText(e.Detail)
	if err != nil {
		return err
	}
	return tx.db.ExecLater(ctx, `insert into audit (entry_id, connection_id, at, actor, action, subject, request, detail, seq, hash)
		values ($1, $2, $3, $4, $5, $6, $7, $8, 0, '')`,
		db.Text(e.ID), db.Text(e.Connection), db.Micros(e.At), db.Text(e.Actor), db.Text(string(e.Action)), db.Text(e.Subject), db.Text(e.Request), detail)
}

// detailText returns a detail as canonical JSON text.
func detailText(detail map[string]string) (string, error) {
	if detail == nil {
		detail = map[string]string{}
	}
	return encode(detail)
}

// scanEntry reads the entryColumns of a row, and writes further columns to the
// pointers in more. The result whole is true if the text of the detail is unchanged
// since Audit wrote it.
func scanEntry(r db.Row, more ...any) (e audit.Entry, whole bool, err error) {
	var at int64
	var detail string
	into := []any{&e.ID, &e.Connection, &at, &e.Actor, &e.Action, &e.Subject, &e.Request, &detail}
	if err = r.Scan(append(into, more...)...); err != nil {
		return e, false, err
	}
	e.At = db.FromMicros(at)
	if err := json.Unmarshal([]byte(detail), &e.Detail); err != nil {
		return e, false, nil //nolint:nilerr // whole reports it
	}
	again, err := detailText(e.Detail)
	return e, again == detail, err
}

// Seal appends up to limit entries to the hash chain, the oldest first, and returns
// their number. Because of a lock, only one replica at a time can seal.
func (s *Store) Seal(ctx context.Context, limit int) (sealed int, err error) {
	err = s.Write(ctx, AnyKey, func(tx *Tx) error {
		var seq int64
		var hash string
		err := db.QueryOne(ctx, tx.db, `select seq, hash from audit_head where connection_id = ''`+tx.db.Syntax().ForUpdate, nil, &seq, &hash)
		if err != nil {
			return err
		}
		var links []link
		err = tx.db.Query(ctx, `select `+entryColumns+` from audit where seq = 0 order by at, entry_id limit $1`, []any{limit},
			func(r db.Row) error {
				e, _, err := scanEntry(r)
				seq++
				hash = e.Seal(seq, hash)
				links = append(links, link{at: db.Micros(e.At), entry: e.ID, seq: seq, hash: hash})
				return err
			})
		if sealed = len(links); err != nil || sealed == 0 {
			return err
		}
		if err := tx.link(ctx, links); err != nil {
			return err
		}
		_, err = tx.db.Exec(ctx, `update audit_head set seq = $1, hash = $2 where connection_id = ''`, seq, hash)
		return err
	})
	if err != nil {
		return 0, err
	}
	return sealed, nil
}

// The type link contains an entry's position in the hash chain.
type link struct {
	at    int64 // with the field entry, this is the primary key
	entry string
	seq   int64
	hash  string
}

// Tx.link writes the positions of entries in the hash chain, at most 200 with each
// statement.
func (tx *Tx) link(ctx context.Context, links []link) error {
	return db.InChunks(links, func(part []link) error {
		var rows []string
		var args []any
		for _, l := range part {
			n := len(args)
			rows = append(rows, fmt.Sprintf("(cast($%d as bigint), cast($%d as text), cast($%d as bigint), cast($%d as text))", n+1, n+2, n+3, n+4))
			args = append(args, l.at, l.entry, l.seq, l.hash)
		}
		_, err := tx.db.Exec(ctx, `update audit set seq = link.column3, hash = link.column4
			from (values `+strings.Join(rows, ", ")+`) as link
			where audit.at = link.column1 and audit.entry_id = link.column2`, args...)
		return err
	})
}

// Unsealed counts the entries that are not in the hash chain yet.
func (s *Store) Unsealed(ctx context.Context) (n int64, err error) {
	return n, db.QueryOne(ctx, s.db.Reader(), `select count(*) from audit where seq = 0`, nil, &n)
}

// AuditFilter selects entries of the audit log. An empty field excludes no entry.
type AuditFilter struct {
	Connections []ConnectionID // an entry about the whole installation has the connection ""
	Subjects    []string
	Request     string
	Actions     []audit.Action
	Since       time.Time
}

// FindAudit returns the newest entries that the filter selects, at most `limit`.
// The newest entry is the first. If the filter has connections and subjects, the
// search uses an index. If not, the search reads the log from its end until it has
// found the entries.
func (s *Store) FindAudit(ctx context.Context, f AuditFilter, limit int) ([]audit.Entry, error) {
	args := []any{db.Micros(f.Since), limit}
	query := `select ` + entryColumns + ` from audit where at >= $1`
	among := func(column string, values []any) {
		if len(values) > 0 {
			query += ` and ` + column + ` in (` + db.Places(len(args)+1, len(values)) + `)`
			args = append(args, values...)
		}
	}
	among("connection_id", db.Args(f.Connections))
	among("subject", texts(f.Subjects))
	among("action", db.Args(f.Actions))
	if f.Request != "" {
		among("request", texts([]string{f.Request}))
	}
	return db.All(ctx, s.db.Reader(), query+` order by at desc, entry_id desc limit $2`, args, func(r db.Row) (audit.Entry, error) {
		e, _, err := scanEntry(r)
		return e, err
	})
}

// texts converts texts to the form in which they are stored.
func texts(all []string) (stored []any) {
	for _, text := range all {
		stored = append(stored, db.Text(text))
	}
	return stored
}

// AuditEntries returns the newest entries of a connection and a subject ("" for all
// subjects), at most `limit`. The newest entry is the first.
func (s *Store) AuditEntries(ctx context.Context, c ConnectionID, subject string, limit int) ([]audit.Entry, error) {
	f := AuditFilter{Connections: []ConnectionID{c}}
	if subject != "" {
		f.Subjects = []string{subject}
	}
	return s.FindAudit(ctx, f, limit)
}
