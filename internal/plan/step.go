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
	GiveWay     Verb = "give way" // rename to Want.Spare, because another person needs the name
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
	Worker flex.WorkerSID   // "" for Create, and if there are several
	Keys   []string         // attribute keys that it writes or removes, sorted
	Draft  flex.Draft       // Create
	Change flex.Change      // Adopt, Update, Rename, GiveWay
	Work   flex.Reservation // EndWork
}

// Want is what should exist for a person, and what the store knows about it.
type Want struct {
	Person flex.Person // zero if no Worker should exist
	Name   string      // the userName, also if no Worker should exist
	Reason string      // why no Worker should exist
	Spare  string      // a temporary name that no other person can have
	Mark   string      // flex.KeyOwner's value on this person's Worker
	Owned  []string    // attribute keys of our last write
	Memory string      // what Remember returned for the last Worker; "" for none
	Adopt  bool        // an unmarked Worker of exactly this name may be adopted
}

// Have is what Flex has for a person, and what the store knows about it.
type Have struct {
	Worker  *flex.Worker // nil if there is none
	Several bool         // several Workers have the name
	Hidden  bool         // Twilio says that the name is taken but lists no such Worker
	Linked  bool         // the store says that Worker is this person's
	Names   []string     // names that we gave the linked Worker; case is ignored
	Holder  Holder       // the other owner of the Worker, if any

	// Set if Twilio refused to rename our Worker because another one has the name:
	Rival  Holder // Leaves if every Worker of the name frees it; Stays if one does not, or none is listed
	Needed bool   // another person should get our Worker's present name

	// For a leaver:
	Stopped bool               // routing was stopped for this removal, and still is
	Live    int                // live tasks
	Work    []flex.Reservation // what to end after the deadline
	Overdue bool               // the deadline has passed
}

// Holder describes another person who has a Worker, by whether that person
// keeps the Worker's name.
type Holder string

// The holders. The zero Holder means that no other person has the Worker.
const (
	Stays   Holder = "stays"   // another person, who keeps the name
	Leaves  Holder = "leaves"  // another person, who frees the name
	Unknown Holder = "unknown" // our mark names nobody in this store
)
