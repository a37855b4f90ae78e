// Package prepared wraps a driver so that each connection keeps its prepared
// statements. SQLite needs more time to parse a statement than to run it, and
// libraries that use database/sql prepare each statement anew.
package prepared
