// Package prepared wraps a driver so that each connection keeps the statements
// that it has prepared: SQLite takes longer to read a text than to run it, and
// what libraries run through database/sql is prepared anew each time.
package prepared
