// Package storetest opens fresh stores for tests, on SQLite and on a real
// PostgreSQL.
//
// Only tests import it. PostgreSQL is started once for each test process, from the
// binaries of the system, as an unprivileged user, on a socket in its own folder. A
// watchdog stops it when the process ends. Without PostgreSQL tests are skipped, or
// fail if FLEXSCIM_REQUIRE contains "postgres".
package storetest
