package store

import (
	"time"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/leaver"
	"github.com/flexscim/flexscim/internal/store/db"
	"github.com/flexscim/flexscim/scim"
)

// These are the types of package db that callers need.
type (
	Key              = db.Key
	Engine           = db.Engine
	TakenError       = db.TakenError // its field Attribute is userName, displayName or name
	UnavailableError = db.UnavailableError
)

// The engines.
const (
	SQLite     = db.SQLite
	PostgreSQL = db.PostgreSQL
)

// AnyKey is the key for writes that the server itself makes and that do not belong
// to one person.
var AnyKey = db.AnyKey

// KeyOf returns the key of a write for one person of a connection, or, if the id is
// "", for something else in the connection.
func KeyOf(c ConnectionID, id scim.ID) Key { return Key{Owner: string(c), Row: string(id)} }

// ErrNotFound means that the database does not contain the requested row.
var ErrNotFound = db.ErrNotFound

// ConnectionID names a connection: 26 random characters, like a scim.ID.
type ConnectionID string

// Connection is one app at an IdP.
type Connection struct {
	ID      ConnectionID
	Name    string // unique
	Created time.Time
	Settings

	// Reserved are the allowed domains of the other connections. The store computes
	// them when it reads the connection.
	Reserved scim.Domains
}

// Settings are the settings of a connection that an operator can change.
type Settings struct {
	Kind            string        // okta, entra, other
	Entitlements    bool          // its IdP may read /Roles and /Entitlements
	GroupPut        scim.GroupPut // "" means scim.GroupPutAuto
	HidesPagination bool          // ServiceProviderConfig does not have the attribute "pagination" (RFC 9865)
	AllowedDomains  scim.Domains  // domains of new userNames; "": all domains that no other connection lists
}

// Allows reports whether the connection may use a userName: its domain is among the
// connection's allowed domains. If the connection lists no domains, the userName's
// domain must not be among those of another connection.
func (c Connection) Allows(userName string) bool {
	if c.AllowedDomains != "" {
		return c.AllowedDomains.Has(userName)
	}
	return !c.Reserved.Has(userName)
}

// Token is a bearer token of a connection. Only its hash is stored.
type Token struct {
	ID         string
	Connection ConnectionID
	Hash       [32]byte // SHA-256 of the token
	Prefix     string   // of the token's text: "fscim_"
	LastFour   string
	Created    time.Time
	Expires    time.Time // zero: never
	LastUsed   time.Time // zero: never used; otherwise at most a minute before the real last use
	Revoked    time.Time // zero: not revoked

	// These fields describe the person to whom the token belongs. All are zero for a
	// token of the IdP.
	User         scim.ID
	UserName     string // set even if the person is deleted; it comes from the person's row, and InsertToken does not write it
	UserInactive bool   // the person is inactive or deleted; it comes from the person's row, and InsertToken does not write it
}

// PersonKey names a person: a User of a connection, or the tombstone of one.
type PersonKey struct {
	Connection ConnectionID
	User       scim.ID
}

// Write returns the key of a write for the person.
func (k PersonKey) Write() Key { return KeyOf(k.Connection, k.User) }

// Urgency decides the order in which the queue starts jobs.
type Urgency int

// The urgencies are River's priorities 1 to 4; leavers go first.
const (
	Leaving  Urgency = 1
	Changing Urgency = 2
	Joining  Urgency = 3
	Sweeping Urgency = 4
)

// Touch reports that a person's desired generation was raised.
type Touch struct {
	Key     PersonKey
	Urgency Urgency
}

// State says whether Flex has a person's newest generation.
type State string

// The states. Pending is also the state of a person whose job has not run.
const (
	Pending  State = "pending"  // Flex does not have the newest generation
	Settled  State = "settled"  // Flex matches the newest generation
	Waiting  State = "waiting"  // the next run waits until live work ends, Twilio is available, or a Worker that the person does not own is gone
	Retrying State = "retrying" // Twilio failed; another run will try again
	Parked   State = "parked"   // an operator must act: see Reason; sweeps and `flexscim sync USER` try again
)

// Person is everything that the reconciler must know about one person.
type Person struct {
	Key      PersonKey
	User     scim.User // a tombstone keeps Doc
	Deleted  bool      // a tombstone: the SCIM resource was deleted
	Groups   []GroupName
	Desired  int64  // the newest generation
	Observed int64  // the newest generation that Flex has
	Request  string // reference id of the last request that raised Desired
	State    State
	Reason   string
	Since    time.Time      // when the state was last saved
	Next     time.Time      // time of the next attempt; zero: none is planned
	Link     *Link          // nil: the person owns no Worker
	Memory   *Memory        // nil: the person never had a Worker
	Leaver   *leaver.Record // the newest; nil: none
}

// GroupNames returns the displayNames of the person's groups.
func (p Person) GroupNames() []string {
	names := make([]string, len(p.Groups))
	for i, g := range p.Groups {
		names[i] = g.Display
	}
	return names
}

// GroupName is a group of a person, by id and displayName.
type GroupName struct {
	ID       scim.ID
	Display  string
	Indirect bool // the person is in a group that is a member of this group
}

// Link describes the Worker that a person owns.
type Link struct {
	Worker       flex.WorkerSID
	FlexUser     flex.UserSID // "" with the taskrouter back end
	FriendlyName string       // as last written or seen
	Owned        []string     // keys of the attributes that we wrote last
	Adopted      bool         // flexscim adopted it
	Created      time.Time
}

// Memory contains what a person's Worker last had. If the person later gets a new
// Worker, that Worker gets the same attributes and channels. A new person's first
// Worker gets the attributes and channels of a deleted person with the same
// externalId, because an IdP can give a userName to somebody else.
type Memory struct {
	Attributes string         // as last seen; JSON text
	Channels   []flex.Channel // of the deleted Worker; nil once another Worker has them
	Seen       time.Time
}

// Outcome is the result of one run of the reconciler.
type Outcome struct {
	Generation int64 // the applied generation; becomes Observed if State is Settled or Parked
	State      State
	Reason     string         // for an operator; "" if Settled
	Next       time.Time      // time of the next attempt (Waiting, Retrying); until then Behind omits the person
	Link       *Link          // nil: the person owns no Worker (any more)
	Memory     *Memory        // nil: unchanged
	Leaver     *leaver.Record // nil: unchanged
}

// AuditProblem describes the first audit entry at which the hash chain is broken.
type AuditProblem struct {
	Seq    int64
	Entry  string // id
	Reason string
}
