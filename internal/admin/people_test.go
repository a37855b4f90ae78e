package admin_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/internal/admin"
	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/internal/leaver"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/scim"
)

// TestStates creates a person for each state that the store has, and checks which
// state admin shows for this person, and how many people it counts in each state. A
// leaver is stuck if the audit log says that an operator must act because of the
// leaver's present reason.
func TestStates(t *testing.T) {
	t.Parallel()
	a, s := newAdmin(t)
	ctx := t.Context()
	c, err := s.ConnectionByName(ctx, "okta")
	if err != nil {
		if _, err = a.CreateToken(ctx, admin.TokenRequest{Connection: "okta"}); err == nil {
			c, err = s.ConnectionByName(ctx, "okta")
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	open := &leaver.Record{ID: "l1", UserName: "x", Requested: c.Created}
	want := map[admin.State]int64{admin.Held: 0}
	names := map[string]admin.State{}
	for _, row := range []struct {
		name    string
		active  bool
		outcome store.Outcome
		told    string // the reason in the audit log; "": none
		want    admin.State
	}{
		{"pending", true, store.Outcome{State: store.Pending}, "", admin.Pending},
		{"retrying", true, store.Outcome{State: store.Retrying, Reason: "down"}, "", admin.Pending},
		{"waiting for a name", true, store.Outcome{State: store.Waiting, Reason: "name"}, "", admin.Pending},
		{"settled", true, store.Outcome{State: store.Settled}, "", admin.Settled},
		{"parked", true, store.Outcome{State: store.Parked, Reason: "full"}, "full", admin.Parked},
		{"without a role, during a call", true, store.Outcome{State: store.Waiting, Reason: "call", Leaver: open}, "", admin.Leaving},
		{"leaver, not started", false, store.Outcome{State: store.Pending}, "", admin.Leaving},
		{"leaver, during a call", false, store.Outcome{State: store.Waiting, Reason: "call"}, "another reason", admin.Leaving},
		{"leaver, refused", false, store.Outcome{State: store.Waiting, Reason: "refused"}, "refused", admin.Stuck},
		{"leaver, parked", false, store.Outcome{State: store.Parked, Reason: "refused"}, "", admin.Stuck},
		{"leaver, gone", false, store.Outcome{State: store.Settled}, "", admin.Removed},
	} {
		u := scim.User{ID: scim.NewID(), Doc: scim.Document{"userName": row.name, "active": row.active}, Meta: scim.Meta{Version: 1}}
		row.outcome.Generation = 1
		err := s.Write(ctx, store.AnyKey, func(tx *store.Tx) error {
			if err := tx.InsertUser(ctx, c.ID, u, store.Why{}); err != nil {
				return err
			}
			if row.told != "" {
				e := audit.Entry{Connection: string(c.ID), Action: audit.PersonParked, Subject: string(u.ID), Detail: map[string]string{"why": row.told}}
				if err := tx.Audit(ctx, e); err != nil {
					return err
				}
			}
			_, err := tx.SaveOutcome(ctx, store.PersonKey{Connection: c.ID, User: u.ID}, row.outcome)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		names[row.name] = row.want
		want[row.want]++
	}
	got := map[string]admin.State{}
	for p, err := range a.People(ctx, admin.PeopleQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		got[p.UserName] = p.State
	}
	if diff := cmp.Diff(names, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	status, err := a.Status(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, status.People); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
}
