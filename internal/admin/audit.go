package admin

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/internal/store"
)

// Entry is an audit entry with the name of its connection.
type Entry struct {
	audit.Entry
	ConnectionName string
}

// AuditQuery selects entries of the audit log. An empty field selects all entries.
type AuditQuery struct {
	Subject string // userName or id of a person; id of a Group or token; SID of a Worker; or a reference id
	User    string // userName or id of a person
	Request string // reference id of a request
	Action  string // the name of an action, such as "worker.deleted", or its noun: "worker"
	Since   time.Time
}

// AuditEntries returns at most limit entries that the query selects, the newest
// first. The entries about a person include those about all Workers that the person
// has had. If no entry is about q.Subject, it takes q.Subject for the reference id of
// a request, and returns the entries that this request caused. It returns NotFound if
// no person has the userName or id q.User, and Usage if no action has the name or
// noun q.Action.
func (a *Admin) AuditEntries(ctx context.Context, q AuditQuery, limit int) ([]Entry, error) {
	f := store.AuditFilter{Request: q.Request, Since: q.Since}
	names, err := connectionNames(ctx, a.store)
	if err != nil {
		return nil, err
	}
	if f.Actions, err = actionsOf(q.Action); err != nil {
		return nil, err
	}
	if name := cmp.Or(q.User, q.Subject); name != "" {
		if f.Subjects, err = a.auditSubjects(ctx, name, q.User != ""); err != nil {
			return nil, err
		}
		f.Connections = append(slices.Collect(maps.Keys(names)), "")
	}
	found, err := a.store.FindAudit(ctx, f, limit)
	if err == nil && len(found) == 0 && q.Subject != "" && q.Request == "" {
		f.Request, f.Subjects = q.Subject, nil
		found, err = a.store.FindAudit(ctx, f, limit)
	}
	entries := make([]Entry, len(found))
	for i, e := range found {
		entries[i] = Entry{e, names[store.ConnectionID(e.Connection)]}
	}
	return entries, err
}

// connectionNames returns the names of all connections by their ids.
func connectionNames(ctx context.Context, s *store.Store) (map[store.ConnectionID]string, error) {
	all, err := s.Connections(ctx)
	names := map[store.ConnectionID]string{}
	for _, c := range all {
		names[c.ID] = c.Name
	}
	return names, err
}

// AuditActions returns the names of all actions in the audit log.
func AuditActions() (names []string) {
	for _, a := range audit.Actions() {
		names = append(names, string(a))
	}
	return names
}

// actionsOf returns the action with this name, or the actions with this noun. For
// "" it returns nil.
func actionsOf(name string) ([]audit.Action, error) {
	if name == "" {
		return nil, nil
	}
	actions := slices.DeleteFunc(audit.Actions(), func(a audit.Action) bool {
		return string(a) != name && !strings.HasPrefix(string(a), name+".")
	})
	if len(actions) == 0 {
		return nil, failure(Usage, "no action is named %q; the actions are %s", name, strings.Join(AuditActions(), ", "))
	}
	return actions, nil
}

// auditSubjects returns the subjects for which AuditEntries searches: the name
// itself and, if people have this id or userName, the ids of these people and the
// SIDs of all Workers that they have had. If the argument person is true and no
// person has the id or userName, it returns NotFound.
func (a *Admin) auditSubjects(ctx context.Context, name string, person bool) ([]string, error) {
	persons, err := a.store.FindPeople(ctx, name)
	if err == nil && person && len(persons) == 0 {
		return nil, noSuchPerson(name)
	}
	subjects := []string{name}
	for _, p := range persons {
		subjects = append(subjects, string(p.Key.User))
		if p.Link != nil {
			subjects = append(subjects, string(p.Link.Worker))
		}
		removals, err := a.store.RemovalsOf(ctx, p.Key)
		if err != nil {
			return nil, err
		}
		for _, r := range removals {
			subjects = append(subjects, string(r.Worker))
		}
	}
	slices.Sort(subjects)
	return slices.Compact(subjects), err
}

// Chain is the result of a check of the audit log's hash chain. Its fields are
// in alphabetical order.
type Chain struct {
	Checked  int64               `json:"checked"` // number of entries with a correct hash
	Holds    bool                `json:"holds"`
	Problem  *store.AuditProblem `json:"problem"`  // the first wrong entry; nil if there is none
	Unsealed int64               `json:"unsealed"` // number of entries that are not yet linked into the chain
}

// VerifyAudit checks the hash chain of the audit log. If progress is not nil,
// VerifyAudit calls it with the number of entries that have been checked so far.
func (a *Admin) VerifyAudit(ctx context.Context, progress func(checked int64)) (Chain, error) {
	return verify(ctx, a.store, progress)
}

func verify(ctx context.Context, s *store.Store, progress func(checked int64)) (Chain, error) {
	checked, unsealed, problem, err := s.VerifyAudit(ctx, progress)
	return Chain{checked, problem == nil, problem, unsealed}, err
}

// equals reports whether two chains have the same result.
func (c Chain) equals(other Chain) bool {
	if (c.Problem == nil) != (other.Problem == nil) || c.Problem != nil && *c.Problem != *other.Problem {
		return false
	}
	return c.Checked == other.Checked && c.Unsealed == other.Unsealed
}
