package store

import (
	"context"

	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/internal/store/db"
)

// VerifyAudit checks the hash chain. If the result problem is nil, the chain is
// intact. The result checked is the number of entries that were checked, and the
// result unsealed is the number of entries that are not in the chain yet. If the
// argument progress is not nil, VerifyAudit calls this function after each page
// with the number of entries checked so far.
func (s *Store) VerifyAudit(ctx context.Context, progress func(checked int64)) (checked, unsealed int64, problem *AuditProblem, err error) {
	head := chain{}
	var last int64 // the highest sequence number of all entries
	err = db.QueryOne(ctx, s.db.Reader(), `select h.seq, h.hash, (select coalesce(max(seq), 0) from audit where seq <> 0),
			(select count(*) from audit where seq = 0)
		from audit_head h where h.connection_id = ''`, nil, &head.seq, &head.hash, &last, &unsealed)
	if err != nil {
		return 0, 0, nil, err
	}
	walk := chain{hash: audit.Genesis}
	for walk.seq < head.seq && problem == nil && err == nil {
		before := walk.seq
		problem, err = s.verifyPage(ctx, &walk, head.seq)
		if problem == nil && err == nil && walk.seq == before {
			problem = missing(walk.seq + 1)
		}
		if progress != nil {
			progress(walk.seq)
		}
	}
	if problem == nil && err == nil {
		problem = verifyEnd(walk, head, last)
	}
	return walk.seq, unsealed, problem, err
}

// verifyEnd checks that the last verified entry is the head that the database stores
// for the chain, and that no entry follows the head.
func verifyEnd(walk, head chain, last int64) *AuditProblem {
	switch {
	case walk.hash != head.hash:
		return &AuditProblem{Seq: walk.seq, Entry: walk.entry, Reason: "the head of the chain names another hash"}
	case last > head.seq:
		return &AuditProblem{Seq: head.seq + 1, Reason: "an entry follows the head of the chain"}
	}
	return nil
}

// The type chain contains one position in the hash chain.
type chain struct {
	seq   int64
	hash  string
	entry string // id
}

func missing(seq int64) *AuditProblem {
	return &AuditProblem{Seq: seq, Reason: "the entry is missing"}
}

// verifyPage checks the next entries of the chain and sets walk to the position of
// the last intact entry.
func (s *Store) verifyPage(ctx context.Context, walk *chain, head int64) (problem *AuditProblem, err error) {
	err = s.db.Reader().Query(ctx, `select `+entryColumns+`, seq, hash from audit
		where seq <> 0 and seq > $1 and seq <= $2 order by seq limit $3`, []any{walk.seq, head, auditPage}, func(r db.Row) error {
		var seq int64
		var hash string
		e, whole, err := scanEntry(r, &seq, &hash)
		switch {
		case err != nil || problem != nil:
			return err
		case seq != walk.seq+1:
			problem = missing(walk.seq + 1)
		case !whole || e.Seal(seq, walk.hash) != hash:
			problem = &AuditProblem{Seq: seq, Entry: e.ID, Reason: "its content or its hash was changed"}
		default:
			*walk = chain{seq: seq, hash: hash, entry: e.ID}
		}
		return nil
	})
	return problem, err
}
