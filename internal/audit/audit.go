package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"
)

// Action is the name of an event: a noun and a past participle, such as
// "user.created".
type Action string

// The actions.
const (
	UserCreated       Action = "user.created"
	UserChanged       Action = "user.changed"
	UserDeactivated   Action = "user.deactivated"
	UserReactivated   Action = "user.reactivated"
	UserDeleted       Action = "user.deleted"
	GroupCreated      Action = "group.created"
	GroupChanged      Action = "group.changed"
	GroupDeleted      Action = "group.deleted"
	MembersChanged    Action = "group.members_changed"
	TokenCreated      Action = "token.created"
	TokenRevoked      Action = "token.revoked"
	ConnectionChanged Action = "connection.changed"
	RulesChanged      Action = "rules.changed"
	WorkerCreated     Action = "worker.created"
	WorkerAdopted     Action = "worker.adopted"
	WorkerUpdated     Action = "worker.updated"
	WorkerOffline     Action = "worker.offline"
	WorkEnded         Action = "worker.work_ended"
	WorkerDeleted     Action = "worker.deleted"
	WorkerVerified    Action = "worker.verified_absent"
	PersonParked      Action = "person.parked"
	SyncRequested     Action = "sync.requested"
)

// Actions returns all actions.
func Actions() []Action {
	return []Action{
		UserCreated, UserChanged, UserDeactivated, UserReactivated, UserDeleted, GroupCreated, GroupChanged,
		GroupDeleted, MembersChanged, TokenCreated, TokenRevoked, ConnectionChanged, RulesChanged,
		WorkerCreated, WorkerAdopted, WorkerUpdated, WorkerOffline, WorkEnded, WorkerDeleted, WorkerVerified,
		PersonParked, SyncRequested,
	}
}

// Entry is one entry of the audit log. It identifies resources and people only by id.
type Entry struct {
	ID         string    // random
	Connection string    // "": the entry is about the whole installation
	At         time.Time // microseconds, UTC
	Actor      string    // "scim:<connection name>", "flexscim", "cli"
	Action     Action    //
	Subject    string    // what the entry is about, such as the id of a user or the SID of a Worker
	Request    string    // reference id of the request that caused the event; "": none
	Detail     map[string]string
}

// Genesis is used as the previous hash when the first entry is sealed.
const Genesis = "0000000000000000000000000000000000000000000000000000000000000000"

// Canonical returns the bytes that Seal hashes: a JSON array of seq and the fields
// in the order of Entry. The keys of Detail are sorted, and At is in microseconds
// since 1970.
func (e Entry) Canonical(seq int64) []byte {
	detail := e.Detail
	if detail == nil {
		detail = map[string]string{}
	}
	b, err := json.Marshal([]any{seq, e.ID, e.Connection, e.At.UnixMicro(), e.Actor, e.Action, e.Subject, e.Request, detail})
	if err != nil {
		panic(err) // impossible: json.Marshal never fails for strings and numbers
	}
	return b
}

// Seal returns the entry's hash in the chain: SHA-256 of the previous hash and the
// canonical bytes, in hexadecimal.
func (e Entry) Seal(seq int64, previous string) string {
	h := sha256.New()
	h.Write([]byte(previous))
	h.Write(e.Canonical(seq))
	return hex.EncodeToString(h.Sum(nil))
}
