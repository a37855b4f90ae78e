// Package reconcile makes Flex match what the IdP last said, one person at a
// time: load, observe, plan, act, save.
//
// The package is a use case. It reads the person from internal/store, asks
// internal/mapping what should exist and internal/plan what to do, and calls Twilio
// through the interface [Flex]. It is level-triggered: a run starts from what Flex
// has, may be repeated at any time, and relies on no earlier run.
//
// Two things must never happen: a write to, or the removal of, a Worker that is not
// the person's, and a second create if the first may have succeeded.
//
//	file         | job
//	reconcile.go | the loop of one run
//	load.go      | the state in which a run begins
//	observe.go   | reads what Flex has
//	act.go       | takes one step of the plan
//	state.go     | what the run knows after each of them
//	outcome.go   | what the run ends with
//	save.go      | saves it in one transaction
//	preview.go   | what a run would do
//	sweep.go     | compares the whole workspace with the whole store
//	unshown.go   | what Twilio may not show yet
//	second.go    | removes a person's second Worker
//	unmarked.go  | finds the Workers of people who have left
//
// Everything that a run knows is in one value of the type state, which only the
// functions of state.go change. Two fields of the state, `worker` and `name`,
// decide what the run asks Twilio next. Each has a table below, and a test reads
// both tables.
//
// The field `worker` says what is known about the person's Worker. The run looks
// for the Worker in each place until a place shows it with our mark; then the
// Worker is linked. A leaver's Worker is always looked for by name, at least.
// Twilio's reads may be behind its writes, so for a minute after a create the run
// does not trust the result "in no place". It waits instead. If the Worker would
// have the wanted name, another create shows whether the Worker exists, because
// names are unique.
//
//	worker   | is looked for by    | in no place yet | in no place | a create is cut off | and names the SID | an answer is lost
//	never    | -                   | never           | never       | lost                | linked            | possible
//	possible | name                | possible        | possible    | lost                | linked            | possible
//	lost     | old name, name      | lost            | lost        | lost                | linked            | lost
//	linked   | SID, old name, name | linked          | lost        | lost                | linked            | linked
//
// The field `name` holds what Twilio said about the name that the Worker should
// have. While its value is "refused" or "hidden", the run lists the Workers of that
// name before a create. If Twilio refuses the name but lists no such Worker, the
// run tries once more; after that, an administrator must act.
//
//	name    | a create is refused | no Worker is listed | no rival is listed | its Worker moved
//	free    | refused             | -                   | retried            | -
//	refused | -                   | retried             | hidden             | free
//	retried | hidden              | -                   | -                  | -
//	hidden  | -                   | -                   | -                  | retried
//
// Twilio's rate limit decides how long an import takes, so the run omits two calls.
// If a person never had a Worker, it creates the Worker without a look-up: one call
// instead of two. After it stops the routing of a Worker, it does not read the
// Worker again: three calls instead of four for a leaver with live work. The test
// TestCalls counts the calls of each kind of run.
package reconcile
