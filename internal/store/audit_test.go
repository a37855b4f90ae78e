package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
)

// addEntries writes n entries about a subject, with the names e1, e2 and so on.
func addEntries(tb testing.TB, s *store.Store, n int) {
	tb.Helper()
	write(tb, s, func(tx *store.Tx) error {
		for i := range n {
			err := tx.Audit(tb.Context(), audit.Entry{
				ID: fmt.Sprintf("e%05d", i+1), Connection: string(acme), At: at(i), Actor: "scim:okta", Action: audit.UserChanged,
				Subject: "ann", Request: "r1", Detail: map[string]string{"b": "2", "a": "<1>"},
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// sealAll calls Seal until no entry is unsealed.
func sealAll(tb testing.TB, s *store.Store, limit int) (total int) {
	tb.Helper()
	for {
		n, err := s.Seal(tb.Context(), limit)
		if err != nil {
			tb.Fatalf("Seal: %v", err)
		}
		if total += n; n == 0 {
			return total
		}
	}
}

func TestAuditEntries(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		addEntries(t, s, 3)
		write(t, s, func(tx *store.Tx) error {
			return tx.Audit(ctx, audit.Entry{Connection: string(other), Subject: "ann\x00"})
		})
		want := audit.Entry{ID: "e00003", Connection: string(acme), At: at(2), Actor: "scim:okta", Action: audit.UserChanged,
			Subject: "ann", Request: "r1", Detail: map[string]string{"a": "<1>", "b": "2"}}
		for _, subject := range []string{"ann", ""} {
			got, err := s.AuditEntries(ctx, acme, subject, 2)
			if err != nil || len(got) != 2 {
				t.Fatalf("%d entries, %v; want 2", len(got), err)
			}
			if diff := cmp.Diff(want, got[0]); diff != "" {
				t.Errorf("subject %q (-want +got):\n%s", subject, diff)
			}
		}
		if got, err := s.AuditEntries(ctx, acme, "bob", 2); err != nil || len(got) != 0 {
			t.Errorf("bob: %v, %v", got, err)
		}
		got, err := s.AuditEntries(ctx, other, "", 2)
		if err != nil || len(got) != 1 || len(got[0].ID) != 26 || got[0].At.IsZero() {
			t.Errorf("want an id and a time: %+v, %v", got, err)
		}
	})
}

// TestFindAudit checks each field of a filter, also on entries that belong to no
// connection.
func TestFindAudit(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		write(t, s, func(tx *store.Tx) error {
			for _, e := range []audit.Entry{
				{ID: "1", Connection: string(acme), At: at(1), Action: audit.UserCreated, Subject: "ann", Request: "r1"},
				{ID: "2", Connection: string(other), At: at(2), Action: audit.UserCreated, Subject: "ann", Request: "r2"},
				{ID: "3", Connection: string(acme), At: at(3), Action: audit.WorkerCreated, Subject: "WK1", Request: "r1"},
				{ID: "4", At: at(4), Action: audit.SyncRequested, Subject: "everybody"},
			} {
				if err := tx.Audit(ctx, e); err != nil {
					return err
				}
			}
			return nil
		})
		for _, row := range []struct {
			name   string
			filter store.AuditFilter
			limit  int
			want   string // ids
		}{
			{"no filter", store.AuditFilter{}, 10, "4321"},
			{"limit", store.AuditFilter{}, 2, "43"},
			{"a connection", store.AuditFilter{Connections: []store.ConnectionID{acme}}, 10, "31"},
			{"several connections and subjects", store.AuditFilter{Connections: []store.ConnectionID{acme, other, ""}, Subjects: []string{"ann", "everybody"}}, 10, "421"},
			{"a request", store.AuditFilter{Request: "r1"}, 10, "31"},
			{"actions", store.AuditFilter{Actions: []audit.Action{audit.UserCreated, audit.SyncRequested}}, 10, "421"},
			{"since", store.AuditFilter{Since: at(2)}, 10, "432"},
			{"all together", store.AuditFilter{Request: "r1", Since: at(2), Actions: []audit.Action{audit.WorkerCreated}, Subjects: []string{"WK1"}}, 10, "3"},
			{"nothing", store.AuditFilter{Request: "r3"}, 10, ""},
		} {
			found, err := s.FindAudit(ctx, row.filter, row.limit)
			got := ""
			for _, e := range found {
				got += e.ID
			}
			if err != nil || got != row.want {
				t.Errorf("%s: got %s, %v, want %s", row.name, got, err, row.want)
			}
		}
	})
}

func TestSeal(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		addEntries(t, s, 2500)
		if n, err := s.Seal(ctx, 1100); err != nil || n != 1100 {
			t.Fatalf("sealed %d, %v; want 1100", n, err)
		}
		check := func(sealed, waiting int64) {
			t.Helper()
			var progress []int64
			checked, unsealed, problem, err := s.VerifyAudit(ctx, func(n int64) { progress = append(progress, n) })
			if err != nil || problem != nil || checked != sealed || unsealed != waiting || !slices.IsSorted(progress) || len(progress) < 2 {
				t.Errorf("checked %d, unsealed %d, problem %v, %v, progress %v", checked, unsealed, problem, err, progress)
			}
		}
		check(1100, 1400)
		if n := sealAll(t, s, 500); n != 1400 {
			t.Errorf("sealed %d more, want 1400", n)
		}
		check(2500, 0)
	})
}

// TestSealConcurrently checks that concurrent calls of Seal and concurrent writes of
// audit entries make one hash chain without a gap.
func TestSealConcurrently(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				for range 25 {
					if err := s.Write(ctx, store.AnyKey, func(tx *store.Tx) error { return tx.Audit(ctx, audit.Entry{}) }); err != nil {
						t.Error(err)
					}
				}
			})
			group.Go(func() {
				for range 25 {
					if _, err := s.Seal(ctx, 7); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		sealAll(t, s, 100)
		checked, unsealed, problem, err := s.VerifyAudit(ctx, nil)
		if checked != 100 || unsealed != 0 || problem != nil || err != nil {
			t.Errorf("checked %d, unsealed %d, problem %+v, %v", checked, unsealed, problem, err)
		}
	})
}

// TestVerifyAuditFinds: VerifyAudit names an entry that was changed with SQL.
func TestVerifyAuditFinds(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s, ctx := open(t), t.Context()
		addEntries(t, s, 10)
		sealAll(t, s, 100)
		const fifth = ` where seq = 5`
		flip := func(column string) string {
			return `update audit set ` + column + ` = '~' || substr(` + column + `, 2)` + fifth
		}
		for _, row := range []struct {
			name   string
			change string
			seq    int64
			entry  string
		}{
			{"id", flip("entry_id"), 5, "~00005"},
			{"connection", flip("connection_id"), 5, "e00005"},
			{"time", `update audit set at = at + 1` + fifth, 5, "e00005"},
			{"actor", flip("actor"), 5, "e00005"},
			{"action", flip("action"), 5, "e00005"},
			{"subject", flip("subject"), 5, "e00005"},
			{"request", flip("request"), 5, "e00005"},
			{"detail", `update audit set detail = replace(detail, '2', '3')` + fifth, 5, "e00005"},
			{"detail is not JSON", flip("detail"), 5, "e00005"},
			{"detail with a space", `update audit set detail = detail || ' '` + fifth, 5, "e00005"},
			{"hash", flip("hash"), 5, "e00005"},
			{"number", `update audit set seq = 15` + fifth, 5, ""},
			{"unsealed", `update audit set seq = 0` + fifth, 5, ""},
			{"deleted", `delete from audit` + fifth, 5, ""},
			{"tail deleted", `delete from audit where seq > 8`, 9, ""},
			{"all deleted", `delete from audit`, 1, ""},
			{"last entry changed", `update audit set hash = hash || '0' where seq = 10`, 10, "e00010"},
			{"head's hash", `update audit_head set hash = '0' || substr(hash, 2) || '0'`, 10, "e00010"},
			{"head one entry back", `update audit_head set seq = 9, hash = (select hash from audit where seq = 9)`, 10, ""},
			{"head one entry ahead", `update audit_head set seq = 11`, 11, ""},
		} {
			damage(t, s, row.change, func() {
				_, _, problem, err := s.VerifyAudit(ctx, nil)
				if err != nil || problem == nil || problem.Seq != row.seq || problem.Entry != row.entry || problem.Reason == "" {
					t.Errorf("%s: got %+v, %v; want entry %d (%s)", row.name, problem, err, row.seq, row.entry)
				}
			})
			if _, _, problem, err := s.VerifyAudit(ctx, nil); problem != nil || err != nil {
				t.Fatalf("%s: not repaired: %+v, %v", row.name, problem, err)
			}
		}
	})
}

// damage runs a statement that damages the audit log, calls check, and restores the
// audit log.
func damage(t *testing.T, s *store.Store, statement string, check func()) {
	t.Helper()
	ctx := context.Background()
	run := func(text string) {
		t.Helper()
		if _, err := s.DB().ExecContext(ctx, text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	tables := []string{"audit", "audit_head"}
	for _, table := range tables {
		run("create table saved_" + table + " as select * from " + table)
	}
	run(statement)
	check()
	for _, table := range tables {
		run("delete from " + table)
		run(strings.ReplaceAll("insert into ? select * from saved_?", "?", table))
		run("drop table saved_" + table)
	}
}
