// Package queue wakes: it sees to it that every person whose desired
// generation is ahead of the observed one is reconciled, soon, by exactly one
// run at a time, and again until it holds.
//
// It is line 3, above internal/reconcile, and the only user of River. Nothing
// is lost when a job is lost: the person's generation in the store is the
// intent, a job only wakes somebody up.
//
//	store.Write ─► Wake ─► waker ─► river_job ─► worker ─► reconcile ─► finish
//	                         scan ──────┘           └─► verdict: snooze
//
//	file         | what
//	queue.go     | Config, New, Start, Stop
//	jobs.go      | the jobs: arguments, uniqueness, River's queues
//	river.go     | River's client for both engines, and its migrations
//	waker.go     | whom commits touched, and when they get jobs: the IdP goes first
//	wake.go      | jobs for them
//	scan.go      | whoever was not woken
//	worker.go    | one job: at most three rounds, finished in the recording transaction
//	verdict.go   | outcome or error → done, snooze, retry: the one table
//	sweep.go     | the job that compares the whole workspace
//	heart.go     | several replicas: who is alive, and the fence
//	takeover.go  | jobs of a process that is gone
//	seal.go      | the audit chain's sealer
//	stats.go     | what waits, and for how long
//
// What must never happen here: a job that is finished outside of the
// transaction that compared the generations; two runs at once for one person;
// a job that is given up.
package queue
