// Package prepared wraps a driver so that each connection keeps its prepared
// statements. SQLite needs more time to parse a statement than to execute it, and
// database/sql would prepare each statement anew.
package prepared
