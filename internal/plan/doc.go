// Package plan decides what to do about one person's Worker. [Make] returns the
// steps that turn the state in Flex into the desired state.
//
// The package uses no clock, network or log, and its results do not depend on the
// order of Go maps. A step is data: the reconciler executes it, `flexscim plan`
// prints it, and the audit log contains its reason.
//
// The table lists every decision; a test compares it with the code. "Our Worker" is
// a Worker that has the person's mark, or that the store links to the person and
// that has one of the person's names.
//
//	want   | have                                                | steps
//	nobody | nothing                                             | -
//	nobody | a Worker that Twilio may not show yet               | wait
//	nobody | a Worker of another person, who keeps it            | -
//	nobody | a Worker of another person, who frees it            | -
//	nobody | a Worker marked for an unknown person               | report
//	nobody | a Worker that is not ours                           | report
//	nobody | a Worker that is not ours, adoption on              | report
//	nobody | the same name as a Worker that we removed           | stop routing
//	nobody | the same, with a role of the Console, available     | take offline; report
//	nobody | the same, with a role of the Console, offline       | report
//	nobody | several Workers of this name                        | report
//	nobody | our Worker, renamed by hand                         | stop routing
//	nobody | the same, stopped, live work before the deadline    | wait
//	nobody | the same, stopped, live work at the deadline        | end work; end work
//	nobody | the same, stopped, idle                             | report
//	nobody | our link, neither our mark nor our name             | stop routing
//	nobody | the same link, stopped, idle                        | report
//	nobody | a Worker whose attributes Twilio does not show      | report
//	nobody | our link, attributes that Twilio does not show      | stop routing
//	nobody | our Worker, with its spare name                     | stop routing
//	nobody | the same, with the spare name, stopped, idle        | delete; verify
//	nobody | our Worker, routing not stopped                     | stop routing
//	nobody | our Worker, stopped, idle                           | delete; verify
//	nobody | our Worker, stopped, live work before the deadline  | wait
//	nobody | our Worker, stopped, live work at the deadline      | end work; end work
//	nobody | our Worker, stopped, busy at the deadline, no work  | delete; verify
//	person | nothing                                             | create
//	person | a Worker that Twilio may not show yet               | wait
//	person | nothing, and a memory of a Worker                   | create
//	person | nothing, a memory that does not fit                 | create
//	person | a Worker that Twilio says exists and does not show  | report
//	person | a Worker of another person, who keeps it            | report
//	person | a Worker of another person, who frees it            | wait
//	person | a Worker marked for an unknown person               | report
//	person | a Worker that is not ours                           | report
//	person | a Worker that is not ours, adoption on              | adopt
//	person | a Worker that is not ours, not JSON, adoption on    | report
//	person | the same name in another case, adoption on          | report
//	person | the same name with another letter, adoption on      | report
//	person | a Worker with the role admin, adoption on           | report
//	person | the same, and the rules give the role               | adopt
//	person | a Worker whose roles cannot be read, adoption on    | report
//	person | several Workers of this name                        | report
//	person | a Worker whose attributes Twilio does not show      | report
//	person | our link, attributes that Twilio does not show      | report
//	person | our Worker, the same                                | -
//	person | our Worker, our name in lower case                  | -
//	person | our Worker, the channels of the last one unread     | -
//	person | our Worker, other channels than the last one        | set channel; set channel
//	person | the same, and other attributes                      | update
//	person | our Worker, other attributes                        | update
//	person | our Worker, an attribute that we no longer want     | update
//	person | our Worker, other roles                             | update
//	person | our Worker, the mark lost                           | update
//	person | our Worker, the old name                            | rename
//	person | our Worker, the old name and other attributes       | rename
//	person | our Worker, renamed by hand                         | rename
//	person | our Worker, another has the new name and frees it   | wait
//	person | the same, and another person needs the old name     | give way; wait
//	person | our Worker, another has the new name and keeps it   | report
//	person | our Worker, attributes that are not JSON            | report
//	person | our link, neither our mark nor our name             | report
//	person | a name over 64 characters, nothing                  | report
//	person | attributes over 4,096 characters, nothing           | report
//	person | attributes over 4,096 characters, our Worker        | report
package plan
