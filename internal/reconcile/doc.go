// Package reconcile brings Flex to what the IdP last said, one person at a
// time: load, translate, observe, plan, apply, record.
//
// It is line 2. It reads the person from internal/store, asks internal/mapping
// what should exist and internal/plan what to do, and speaks to Flex through
// the interface [Flex]. It is level-triggered: a run starts from what is, may
// run any number of times, and never relies on the run before. Nothing calls
// back up.
//
// What must never happen here: a write or a removal on a Worker that plan did
// not find to be the person's; a second create where the first may have worked.
//
//	file         | job
//	reconcile.go | the loop
//	run.go       | what one run knows
//	observe.go   | what Flex has for the person
//	holder.go    | whose a Worker is, if not the person's
//	apply.go     | the steps, one by one
//	clash.go     | a rename to a name that another Worker has
//	leaver.go    | the record of a removal and its times
//	record.go    | one transaction: state, link, memory, leaver, audit
//	outcome.go   | what a run came to
//	sweep.go     | the whole workspace against the whole store
//	preview.go   | what a run would do
package reconcile
