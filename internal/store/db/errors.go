package db

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrNotFound means that no row matches.
var ErrNotFound = errors.New("not found")

// TakenError means that another row has the same value of a unique attribute.
type TakenError struct{ Attribute string }

func (e *TakenError) Error() string { return e.Attribute + " is taken" }

// UnavailableError wraps every failure of the database itself. A later attempt may
// succeed.
type UnavailableError struct{ Err error }

func (e *UnavailableError) Error() string { return "database: " + e.Err.Error() }

// Unwrap returns the driver's error.
func (e *UnavailableError) Unwrap() error { return e.Err }

// failure converts a driver's error to one of the errors above.
func (d *DB) failure(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return ErrNotFound
	case isOurs(err):
		return err
	}
	if hint, ok := violated(err); ok {
		for column, attribute := range d.Unique {
			if strings.Contains(hint, column) {
				return &TakenError{Attribute: attribute}
			}
		}
		return &TakenError{Attribute: "id"}
	}
	return &UnavailableError{Err: err}
}

// isOurs reports whether an error is one of the errors above.
func isOurs(err error) bool {
	_, unavailable := errors.AsType[*UnavailableError](err)
	return unavailable || isTaken(err) || errors.Is(err, ErrNotFound)
}

func isTaken(err error) bool {
	_, taken := errors.AsType[*TakenError](err)
	return taken
}

// violated returns the name of the violated unique index, or its columns. The caller
// searches this text for a key of Config.Unique.
func violated(err error) (hint string, ok bool) {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.ConstraintName, e.Code == "23505"
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return strings.ReplaceAll(e.Error(), ".", "_"), e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	return "", false
}

// isConflict reports whether a transaction failed because of another transaction
// (serialization failure or deadlock) and may succeed if it is repeated.
func isConflict(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (e.Code == "40001" || e.Code == "40P01")
}

// isLocked reports whether a transaction waited too long for a lock (lockWait).
func isLocked(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && e.Code == "55P03"
}

// isUnreachable reports whether the server did not respond at all.
func isUnreachable(err error) bool {
	_, answered := errors.AsType[*pgconn.PgError](err)
	_, unavailable := errors.AsType[*UnavailableError](err)
	return unavailable && !answered
}

// isLost reports whether a connection was lost before the statement reached the
// server. A connection is also lost if one of its statements is canceled.
func isLost(err error) bool { return errors.Is(err, driver.ErrBadConn) }
