// Package storetest opens fresh stores for tests, on SQLite and on a real
// PostgreSQL.
//
// It is a stand-in: only tests import it. PostgreSQL is started once for each
// test process, from the binaries of the system, as a user without rights, on
// a socket in a folder of its own; a watchdog stops it when the process is
// gone, however it ended. Where there is none, tests are skipped loudly, or
// fail if FLEXSCIM_REQUIRE contains "postgres".
package storetest
