package plan

import "github.com/flexscim/flexscim/flex"

// Verb is what a Step does.
type Verb string

// The verbs. No step follows Wait or Report.
const (
	Create      Verb = "create"
	Adopt       Verb = "adopt"    // take over a Worker that flexscim did not make
	Update      Verb = "update"   // attributes only
	Rename      Verb = "rename"   // the name, and attributes in the same call
	GiveWay     Verb = "give way" // rename to Want.Spare: another person needs the name
	StopRouting Verb = "stop routing"
	Wait        Verb = "wait"
	EndWork     Verb = "end work"
	Delete      Verb = "delete"
	Verify      Verb = "verify" // read back as absent
	Report      Verb = "report" // an operator must act
)

// Step is one thing to do. Why contains no personal data.
type Step struct {
	Verb   Verb
	Why    string
	Worker flex.WorkerSID   // "" for Create, and where there are several
	Keys   []string         // attribute keys that it writes or removes, sorted
	Draft  flex.Draft       // Create
	Change flex.Change      // Adopt, Update, Rename, GiveWay
	Work   flex.Reservation // EndWork
}

// Want is what should exist, and what the store remembers for it.
type Want struct {
	Person flex.Person // the zero Person: no Worker should exist
	Name   string      // the userName, also if no Worker should exist
	Reason string      // why no Worker should exist
	Spare  string      // a name that no other person can have
	Mark   string      // flex.KeyOwner's value on this person's Worker
	Owned  []string    // attribute keys that we wrote last
	Memory string      // attributes for a new Worker: see Remember; "" for none
	Adopt  bool        // an unmarked Worker of exactly this name may be adopted
}

// Have is what Flex has, and what the store knows about it.
type Have struct {
	Worker  *flex.Worker // nil: none
	Several bool         // there are more Workers of the name
	Hidden  bool         // Twilio refuses the name as taken and lists no such Worker
	Linked  bool         // the store says that Worker is this person's
	Names   []string     // the names that we gave the linked Worker; case is ignored
	Holder  Holder       // who has the Worker, if not this person

	// If Twilio refused to rename our Worker because another one has the name:
	Rival  Holder // Leaves: every Worker of the name frees it; Stays: one does not, or none is listed
	Needed bool   // another person has our Worker's present name

	// For a leaver:
	Stopped bool               // routing was stopped for this removal, and still is
	Live    int                // live tasks
	Work    []flex.Reservation // after the deadline: what to end
	Overdue bool               // the deadline has passed
}

// Holder is who has a Worker, if not the person in question.
type Holder string

// The holders. The zero Holder: no other person has it.
const (
	Stays   Holder = "stays"   // another person, who keeps the name
	Leaves  Holder = "leaves"  // another person, who frees the name
	Unknown Holder = "unknown" // our mark names nobody in this store
)
