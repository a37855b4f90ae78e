package admin

import (
	"context"
	"slices"

	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/internal/store"
)

// Entry is an audit entry with the name of its connection.
type Entry struct {
	audit.Entry
	ConnectionName string
}

// AuditEntries returns at most limit entries of the audit log, the newest first. If
// subject is not "", it returns only the entries about this subject: the userName
// or id of a person, or the id of a Group, token or Worker. The entries about a
// person include the entries about the person's Workers.
func (a *Admin) AuditEntries(ctx context.Context, subject string, limit int) ([]Entry, error) {
	connections, err := a.connections.List(ctx)
	if err != nil {
		return nil, err
	}
	subjects, err := a.auditSubjects(ctx, subject)
	if err != nil {
		return nil, err
	}
	var all []Entry
	for _, c := range connections {
		for _, subject := range subjects {
			entries, err := a.store.AuditEntries(ctx, c.ID, subject, limit)
			if err != nil {
				return nil, err
			}
			for _, e := range entries {
				all = append(all, Entry{e, c.Name})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Entry) int { return b.At.Compare(a.At) })
	return all[:min(len(all), limit)], nil
}

// auditSubjects returns the subjects for which AuditEntries searches: the name
// itself and, if people have this id or userName, the ids and Workers of these
// people.
func (a *Admin) auditSubjects(ctx context.Context, name string) ([]string, error) {
	subjects := []string{name}
	if name == "" {
		return subjects, nil // all
	}
	persons, err := a.store.FindPeople(ctx, name)
	for _, p := range persons {
		subjects = append(subjects, string(p.Key.User))
		if p.Link != nil {
			subjects = append(subjects, string(p.Link.Worker))
		}
		if p.Leaver != nil {
			subjects = append(subjects, string(p.Leaver.Worker))
		}
	}
	slices.Sort(subjects)
	return slices.DeleteFunc(slices.Compact(subjects), func(s string) bool { return s == "" }), err
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
	checked, unsealed, problem, err := a.store.VerifyAudit(ctx, progress)
	return Chain{checked, problem == nil, problem, unsealed}, err
}
