// Package reconcile makes Flex match the last values that the IdP sent, one person at
// a time: load, observe, plan, act, save.
//
// The package reads the person from internal/store, gets the wanted Worker from
// internal/mapping and the steps from internal/plan, and calls Twilio through the
// interface [Flex]. It is level-triggered: a run starts from the present content of
// Flex, may be repeated at any time, and relies on no earlier run.
//
// A run must never write to, or remove, a Worker that does not belong to the person.
// It must never send a second create if the first may have succeeded.
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
//	outdated.go  | when what Twilio shows may be outdated
//	second.go    | removes a person's second Worker
//	unmarked.go  | finds the Workers of people who have left
//
// All that a run knows is in one value of the type state; only the functions of
// state.go change it. Two of its fields, worker and name, decide what a run asks
// Twilio next. The two tables below describe these fields; a test compares the tables
// with the code.
//
// The field worker says what the run knows about the person's Worker. A run looks for
// the Worker by SID, by old name and by name, in this order, as the second column
// says. When it finds the Worker, the field becomes "linked". A run always looks
// for a leaver's Worker at least by name, and after the removal also by the name that
// the Worker had then.
//
// For a minute after a create, Twilio's reads may not show the new Worker. If a
// fetch does not find a linked Worker within that minute, the run asks again by an
// update that changes nothing. If a run finds a lost Worker in no place within that
// minute, the run waits. But if the lost Worker would have the wanted name, the run
// does not wait: another create shows whether that Worker exists, because names are
// unique. A linked Worker counts as gone only if no list shows it, either. If a
// fetch does not find a Worker that a list shows, the run waits.
//
//	worker   | is looked for by    | in no place yet | in no place | a create is cut off | and names the SID | an answer is lost
//	never    | -                   | never           | never       | lost                | linked            | possible
//	possible | name                | possible        | possible    | lost                | linked            | possible
//	lost     | old name, name      | lost            | lost        | lost                | linked            | lost
//	linked   | SID, old name, name | linked          | lost        | lost                | linked            | linked
//
// The field name says how Twilio answered when a run tried to give the Worker its
// name. While the field is "refused" or "hidden", the run lists the Workers of that
// name before a create. If Twilio refused the name and lists no Worker of that
// name, the run tries once more; after that, an operator must act.
//
//	name    | a create is refused | no Worker is listed | no rival is listed | its Worker moved
//	free    | refused             | -                   | retried            | -
//	refused | -                   | retried             | hidden             | free
//	retried | hidden              | -                   | -                  | -
//	hidden  | -                   | -                   | -                  | retried
//
// Twilio's rate limit decides how long an import takes, so a run avoids two calls.
// If the person never had a Worker, the run creates one without a look-up: one call
// instead of two. After a step that stops routing, the run uses the Worker in
// Twilio's response and does not read it again: three calls instead of four for a
// leaver who still has live work. `go test -run TestCalls ./internal/reconcile`
// counts the calls.
package reconcile
