// Package reconcile makes Flex match what the IdP last said, one person at a
// time: load, observe, plan, act, save.
//
// It is a use case. It reads the person from internal/store, asks
// internal/mapping what should exist and internal/plan what to do, and calls
// Twilio through the interface [Flex]. It is level-triggered: a run starts from
// what Flex has, may be repeated at any time, and relies on no earlier run.
//
// Two things must never happen: a write to, or the removal of, a Worker that is
// not the person's, and a second create where the first may have worked.
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
//
// What a run knows is one value, state; only the functions of state.go change
// it. Two of its fields decide what is asked next. A test reads both tables.
//
// What is known of the person's Worker. It is looked for in each place until
// one shows it; then it is linked. A leaver's is looked for by name, at least.
//
//	worker   | is looked for by    | in no place | a create is cut off | an answer is lost
//	never    | -                   | never       | lost                | possible
//	possible | name                | possible    | lost                | possible
//	lost     | old name, name      | possible    | lost                | lost
//	linked   | SID, old name, name | possible    | lost                | linked
//
// What Twilio said of the name that the Worker is to have. While it is refused
// or hidden, the Workers of that name are listed before a create. A refusal
// without such a Worker is tried once more, then a person must act.
//
//	name    | a create is refused | no Worker is listed | no rival is listed | its Worker moved
//	free    | refused             | -                   | retried            | -
//	refused | -                   | retried             | hidden             | free
//	retried | hidden              | -                   | -                  | -
//	hidden  | -                   | -                   | -                  | retried
//
// Twilio's rate limit decides how long an import takes, so two calls are left
// out. A person who never had a Worker is created without a look-up: one call
// instead of two. The answer to stop routing is not read again: three calls
// instead of four for a leaver whose live work is waited for.
// `go test -run TestCalls ./internal/reconcile` counts them.
package reconcile
