package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/flexscim/flexscim/internal/store/db"
)

// Server describes a server process, for the commands, which run in other
// processes.
type Server struct {
	ID       string
	Settings ServerSettings
	Report   ServerReport
	Age      time.Duration // time since the last save of the report, by the database's clock
	Stopped  bool          // the process has ended normally
}

// ServerSettings are those settings of a server that commands need, too.
type ServerSettings struct {
	Version    string
	RulesName  string // the name of the file with the mapping rules; "": the default rules
	Rules      string // the text of that file
	AdoptExact bool
	Drain      time.Duration
}

// ServerReport is what a server last saw in Flex.
type ServerReport struct {
	CallAt       time.Time // end of the last call to Twilio; zero: none
	CallResult   string    // "ok", or the kind of the error
	FailingSince time.Time // when calls began to fail; zero if the last call succeeded
	Sweep        Sweep
}

// Sweep is the result of the last sweep of a server.
type Sweep struct {
	At    time.Time // end of the sweep; zero: no sweep has ended
	Error string    // "": it was complete

	// These are numbers of Workers and people; reconcile.Summary explains them.
	Workers, Ours, Foreign, Orphans, Different, Missing int
}

// forgetServer is the time after which the row of a server is deleted.
const forgetServer = 24 * time.Hour

// AddServer adds the row of a server, or replaces the settings in its row. It also
// deletes the rows of servers that have saved no report for a day.
func (tx *Tx) AddServer(ctx context.Context, s Server) error {
	settings, err := json.Marshal(s.Settings)
	if err != nil {
		return err
	}
	clock := tx.db.Syntax().Clock
	if _, err = tx.db.Exec(ctx, `delete from server where seen_at < `+clock+` - $1`, forgetServer.Microseconds()); err != nil {
		return err
	}
	_, err = tx.db.Exec(ctx, `insert into server (server_id, seen_at, stopped, settings, report) values ($1, `+clock+`, false, $2, '{}')
		on conflict (server_id) do update set settings = excluded.settings`,
		s.ID, db.Text(string(settings)))
	return err
}

// SaveServer saves the report of a server, and whether the server has stopped. It
// returns ErrNotFound if the server has no row.
func (tx *Tx) SaveServer(ctx context.Context, s Server) error {
	report, err := json.Marshal(s.Report)
	if err != nil {
		return err
	}
	return orNotFound(tx.db.Exec(ctx, `update server set seen_at = `+tx.db.Syntax().Clock+`, stopped = $2, report = $3 where server_id = $1`,
		s.ID, s.Stopped, db.Text(string(report))))
}

// Servers returns the servers of the last day, the one with the newest report first.
func (s *Store) Servers(ctx context.Context) ([]Server, error) {
	return db.All(ctx, s.db.Reader(), `select server_id, `+s.db.Syntax().Clock+` - seen_at, stopped, settings, report from server
		order by stopped, seen_at desc`, nil, func(r db.Row) (Server, error) {
		var one Server
		var age int64
		var settings, report string
		if err := r.Scan(&one.ID, &age, &one.Stopped, &settings, &report); err != nil {
			return one, err
		}
		one.Age = time.Duration(age) * time.Microsecond
		if err := json.Unmarshal([]byte(settings), &one.Settings); err != nil {
			return one, err
		}
		return one, json.Unmarshal([]byte(report), &one.Report)
	})
}
