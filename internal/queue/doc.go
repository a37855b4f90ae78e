// Package queue starts a run for every person whose desired generation is higher
// than the observed generation. The run starts soon after the change. A person has
// only one run at a time. Runs are repeated until Flex matches the desired state.
//
// Only this package uses River. A job only starts a run; the generations in the
// store determine who needs a run. If a job is lost, no change is lost, because the
// scan inserts a new job.
//
//	store.Write ─► Wake ─► wakeSet ─► river_job ─► worker ─► reconcile ─► complete
//	                          scan ──────┘           └─► verdict: snooze
//
//	file         | content
//	queue.go     | Config, New, Start, Stop, Healthy
//	wake.go      | inserts jobs for touched people
//	wakeset.go   | people who wait for a job; fewer jobs while the IdP is busy
//	scan.go      | people who were touched but have no job
//	worker.go    | one run: at most three rounds; the job completes with the outcome
//	verdict.go   | outcome or error → done, snooze, retry
//	sweep.go     | the job that compares the whole workspace with the store
//	heartbeat.go | finds live replicas; without a valid lease, runs end and writes are refused
//	lost.go      | touches people whose run was lost after a write
//	takeover.go  | takes over the jobs of dead processes
//	held.go      | the jobs that this process runs; releases jobs that nobody runs
//	end.go       | ends a run: the job is done, or due again later
//	jobs.go      | the jobs: arguments, uniqueness, River's queues
//	client.go    | River's client and its migrations
//	fetch.go     | which jobs run next; connections take turns
//	driver.go    | adapts River's driver: leases, times of the database
//	river.go     | code that relies on River's internals; sql/ has statements by engine
//	seal.go      | links audit entries into the hash chain
//	stats.go     | the backlog
//	loop.go      | repeated calls that log once when they begin to fail
//
// The next table lists optimisations. Each effect is the difference between
// measurements without and with the optimisation, on two busy cores. Benchmarks of
// cmd/flexscim are marked with an asterisk.
//
//	optimisation                   | effect                                        | go test -run '^$' -bench
//	in-process driver (river.go)   | idle p50 24 → 2.5 ms on SQLite                 | IdleLatency
//	jobs inserted in batches       | 4 to 7 × the jobs/s                            | Throughput
//	queued (scan.go)               | 1.4 to 1.8 × the jobs/s, PostgreSQL 1.6 to 1.9 × | Throughput
//	untouched (river.go)           | 1.2 to 2.0 × the jobs/s on SQLite              | Throughput
//	few jobs while the IdP is busy | 1.1 to 2.1 × the creates/s on SQLite           | SCIMCreate *
//	leavers exempt from that       | a leaver's first call: p50 147 → 17 ms         | LeaverDuringImport *
//	at most 10,000 people wait     | 133 → 86 MB for a first cycle of 100,000       | InitialCycle *
//
// Three things must never happen: a job is completed outside the transaction
// that compared the generations, two runs change one person's Worker at the same time,
// or a job is discarded before its person is reconciled.
package queue
