package plan

import "github.com/flexscim/flexscim/flex"

// Verb is what a Step does.
type Verb string

// The verbs. Wait and Report end a plan: nothing follows them.
const (
	Create      Verb = "create"
	Adopt       Verb = "adopt"    // take over a Worker that we did not make
	Update      Verb = "update"   // attributes only
	Rename      Verb = "rename"   // the name, and attributes in the same call
	GiveWay     Verb = "give way" // free the name for another person, see Want.Spare
	StopRouting Verb = "stop routing"
	Wait        Verb = "wait"
	EndWork     Verb = "end work"
	Delete      Verb = "delete"
	Verify      Verb = "verify" // read back as absent
	Report      Verb = "report" // a person must act
)

// Step is one thing to do. Why holds no personal data.
type Step struct {
	Verb   Verb
	Why    string
	Worker flex.WorkerSID   // "" for Create, and where no one Worker is meant
	Keys   []string         // attribute keys that it writes or removes, sorted
	Draft  flex.Draft       // Create
	Change flex.Change      // Adopt, Update, Rename, GiveWay
	Work   flex.Reservation // EndWork
}

// Want is what should be, and what we remember.
type Want struct {
	Person flex.Person // the zero Person: no Worker should exist
	Name   string      // the userName, of nobody too
	Reason string      // why nobody
	Spare  string      // a name that no other person can have
	Mark   string      // flex.KeyOwner's value on this person's Worker
	Owned  []string    // attribute keys that we wrote last
	Memory string      // attributes to start again with: see Remember; "" for none
	Adopt  bool        // a Worker of exactly this name may be taken over
}

// Have is what Flex has, and what the store knows of it.
type Have struct {
	Worker  *flex.Worker // nil: nothing
	Several bool         // there are more Workers of the name
	Hidden  bool         // Twilio refused the name as taken and finds nothing
	Linked  bool         // the store says that Worker is this person's
	Names   []string     // that we gave the linked Worker; compared in any case
	Holder  Holder       // whose Worker it is, if somebody else's

	// Where the rename of our Worker was refused because another one has the name:
	Rival  Holder // Leaves: every Worker of the name is going; Stays: one is not, or none shows
	Needed bool   // another person has our Worker's present name

	// Of a leaver:
	Stopped bool               // routing was stopped for this removal, and still is
	Live    int                // tasks in work
	Work    []flex.Reservation // at the deadline: what there is to end
	Overdue bool               // the deadline has come
}

// Holder is somebody else whose Worker this is.
type Holder string

// The holders. The zero Holder is nobody else.
const (
	Stays   Holder = "stays"   // another person of ours
	Leaves  Holder = "leaves"  // another person of ours, who frees the name
	Unknown Holder = "unknown" // the mark names nobody whom we know
)
