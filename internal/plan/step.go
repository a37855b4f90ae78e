package plan

import "github.com/flexscim/flexscim/flex"

// Verb is the action of a Step.
type Verb string

// The verbs. No step follows Wait or Report.
const (
	Create      Verb = "create"
	Adopt       Verb = "adopt"    // write the mark and attributes into a Worker that flexscim did not create
	Update      Verb = "update"   // attributes only
	Rename      Verb = "rename"   // change the name and, in the same call, attributes
	GiveWay     Verb = "give way" // change the name to Want.Spare, because another person needs the present name
	StopRouting Verb = "stop routing"
	SetChannel  Verb = "set channel"  // gives a Worker Channel the capacity that the person's last Worker had
	TakeOffline Verb = "take offline" // stop the routing of a Worker that is not ours, and leave the rest to an operator
	Wait        Verb = "wait"
	EndWork     Verb = "end work"
	Delete      Verb = "delete"
	Verify      Verb = "verify" // check that Flex no longer has the Worker
	Report      Verb = "report" // an operator must act
)

// Step is one step of a plan. The field Why contains no personal data.
type Step struct {
	Verb    Verb
	Why     string
	Worker  flex.WorkerSID   // "" for Create, and if several Workers have the name
	Keys    []string         // attribute keys that the step writes or removes, sorted
	Draft   flex.Draft       // Create
	Change  flex.Change      // Adopt, Update, Rename, GiveWay
	Roles   RoleChange       // Adopt; Update and Rename if they change the roles
	Channel flex.Channel     // SetChannel
	Work    flex.Reservation // EndWork
}

// RoleChange has a Worker's roles before and after a step.
type RoleChange struct{ Before, After []string }

// Want is the desired state of a person, and the data in the store that the plan
// needs.
type Want struct {
	Person flex.Person // zero if no Worker should exist
	Name   string      // the userName, even if no Worker should exist
	Reason string      // why no Worker should exist
	Spare  string      // the name for GiveWay, which no other person can have
	Mark   string      // this person's mark: the value of the attribute flex.KeyOwner
	Owned  []string    // attribute keys that flexscim wrote last
	Memory string      // result of Remember for the person's previous Worker; "": none
	Adopt  bool        // whether a Worker without a mark may be adopted if its name is exactly the userName

	Channels []flex.Channel // of the previous Worker, if the present Worker did not get them yet
}

// Have is the state of a person's Worker in Flex, and the data in the store about
// it.
type Have struct {
	Worker   *flex.Worker // nil if no Worker was found
	Several  bool         // several Workers have the name
	Outdated bool         // Twilio's reads are behind its writes, or contradict each other
	Hidden   bool         // Twilio refuses the name as taken but lists no Worker of this name
	Remade   bool         // flexscim removed a Worker of this name for this person; the Worker is a new one
	Linked   bool         // the store has the Worker's SID as this person's link
	Names    []string     // names that flexscim gave the linked Worker; case is ignored
	Holder   Holder       // describes the other person who owns the Worker; zero: no other person owns it

	// These fields are set if Twilio refused to rename our Worker because another
	// Worker has the new name:
	Rival  Holder // Leaves: all Workers of the new name will lose it; Stays: one keeps it, or Twilio lists none
	Alone  bool   // Twilio lists no other Worker of the new name
	Needed bool   // whether another person should get our Worker's present name

	Channels []flex.Channel // the Worker's channels; nil if they were not read

	// For a leaver:
	Stopped bool               // whether this removal stopped the routing, and the routing is still stopped
	Live    int                // number of live tasks
	Work    []flex.Reservation // Reservations to end after the deadline
	Overdue bool               // whether the deadline has passed
}

// Holder describes another person who owns a Worker. It says whether that person's
// Worker keeps its name.
type Holder string

// The holders. The zero Holder means that no other person has the Worker.
const (
	Stays   Holder = "stays"   // another person, whose Worker keeps the name
	Leaves  Holder = "leaves"  // another person, whose Worker is being removed or renamed
	Unknown Holder = "unknown" // the Worker has a mark of flexscim, but for nobody in this store
)
