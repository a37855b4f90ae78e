// Package storetest opens fresh stores for tests, on SQLite and on a real
// PostgreSQL.
//
// Only tests import it. PostgreSQL is started once for each test process. The
// package runs the installed PostgreSQL as an unprivileged user; the server listens
// on a socket in its own folder. A watchdog stops the server when the test process
// ends. If PostgreSQL is not installed, tests that need it are skipped, or fail if
// FLEXSCIM_REQUIRE contains "postgres".
package storetest
