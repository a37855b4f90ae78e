// Package storetest opens fresh stores for tests, on SQLite and on a real
// PostgreSQL.
//
// Only tests import it. PostgreSQL is started once for each test process. It runs
// the system's binaries as an unprivileged user and listens on a socket in its own
// folder. A watchdog stops it when the process ends. If PostgreSQL is not
// installed, tests that need it are skipped, or fail if FLEXSCIM_REQUIRE contains
// "postgres".
package storetest
