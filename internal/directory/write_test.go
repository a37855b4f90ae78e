package directory_test

import (
	"errors"
	"strconv"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/flexscim/flexscim/internal/audit"
	"github.com/flexscim/flexscim/internal/logfield"
	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
)

// TestParallelPatches checks that no change is lost if concurrent PATCHes add half
// of 100 people to a group and remove the other half
// (docs/reference/identity-providers.md, row 32).
func TestParallelPatches(t *testing.T) {
	t.Parallel()
	engines(t, func(r *rig) {
		const people = 100
		ids := make([]scim.ID, people)
		for i := range ids {
			ids[i] = r.user(scim.Document{"userName": "user" + strconv.Itoa(i)}).ID
		}
		care := r.group("Care", ids[:people/2]...)
		errs := make([]error, people)
		var wg sync.WaitGroup
		for i, id := range ids {
			op := members(scim.Add, id)
			if i < people/2 {
				op = members(scim.Remove, id)
			}
			wg.Go(func() { errs[i] = second(r.PatchGroup(r.ctx, care, []scim.Op{op}, always)) })
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			r.Fatal(err)
		}
		group := must[scim.Group](r.T)(r.Group(r.ctx, care, true))
		var got []scim.ID
		for _, m := range group.Members {
			got = append(got, m.Value)
		}
		if diff := cmp.Diff(ids[people/2:], got, cmpopts.SortSlices(func(a, b scim.ID) bool { return a < b })); diff != "" {
			r.Errorf("members (-want +got):\n%s", diff)
		}
		r.equal("version", group.Meta.Version, int64(1+people))
		for i, id := range ids {
			want := int64(2) // created, added
			if i < people/2 {
				want = 3 // created, added, removed
			}
			r.equal("generation", r.person(id).Desired, want)
		}
	})
}

// TestCreatesAtOnce checks that of two concurrent creates with one userName,
// one gets 409, and nothing of its write remains (row 2).
func TestCreatesAtOnce(t *testing.T) {
	t.Parallel()
	engines(t, func(r *rig) {
		errs := make([]error, 2)
		var wg sync.WaitGroup
		for i, name := range []string{"Ann@example.com", "ann@EXAMPLE.com"} {
			wg.Go(func() { errs[i] = second(r.CreateUser(r.ctx, scim.User{Doc: scim.Document{"userName": name}})) })
		}
		wg.Wait()
		loser := errs[0]
		if errs[0] == nil {
			loser = errs[1]
		}
		e, ok := errors.AsType[*scim.Error](loser)
		if (errs[0] == nil) == (errs[1] == nil) || !ok || e.Status != 409 || e.Type != refusal.Uniqueness {
			r.Errorf("got %v, want one success and one 409 uniqueness", errs)
		}
		r.equal("audit entries", len(r.audit("")), 1)
		r.equal("people behind", len(r.behind()), 1)
	})
}

// The method audit returns the audit entries about a subject, newest first. If the
// subject is "", it returns all entries.
func (r *rig) audit(subject scim.ID) []audit.Entry {
	r.Helper()
	return must[[]audit.Entry](r.T)(r.store.AuditEntries(r.ctx, okta.ID, string(subject), 100))
}

// TestSenderInAudit checks that the audit entry of each write contains the id of
// the request's token and, if addresses are logged, the client's address.
func TestSenderInAudit(t *testing.T) {
	t.Parallel()
	engines(t, func(r *rig) {
		ann := r.user(scim.Document{"userName": "ann"})
		r.equal("without a sender", r.audit(ann.ID)[0].Detail, map[string]string{})
		logfield.SetSender(r.ctx, logfield.Sender{Token: "t1"})
		care := r.group("Care")
		r.equal("a token", r.audit(care)[0].Detail, map[string]string{"token": "t1"})
		logfield.SetSender(r.ctx, logfield.Sender{Token: "t1", Address: "192.0.2.1"})
		must[scim.User](r.T)(r.PatchUser(r.ctx, ann.ID, []scim.Op{replace("title", "Lead")}, always))
		must[scim.Group](r.T)(r.PatchGroup(r.ctx, care, []scim.Op{members(scim.Add, ann.ID)}, always))
		if err := r.DeleteUser(r.ctx, ann.ID, always); err != nil {
			r.Fatal(err)
		}
		for _, subject := range []scim.ID{ann.ID, care} {
			if got := r.audit(subject)[0]; got.Detail["token"] != "t1" || got.Detail["address"] != "192.0.2.1" {
				r.Errorf("got %+v, want the token and the address", got)
			}
		}
	})
}

// TestNothingChanges checks that a request that writes the stored values again
// changes nothing (row 52).
func TestNothingChanges(t *testing.T) {
	t.Parallel()
	engines(t, func(r *rig) {
		doc := scim.Document{"userName": "ann", "active": true, "emails": []any{map[string]any{"value": "a@x.io", "type": "work"}}}
		ann := r.user(doc)
		r.group("Sales")
		care := r.group("Care", ann.ID)
		r.settle(ann.ID)
		group := must[scim.Group](r.T)(r.Group(r.ctx, care, true))
		user := must[scim.User](r.T)(r.User(r.ctx, ann.ID))
		generation, entries := r.person(ann.ID).Desired, len(r.audit(""))

		work := scim.Path{Attr: "emails", Filter: scim.Compare{Attr: "type", Op: scim.Eq, Value: "work"}, Sub: "value"}
		for what, ops := range map[string][]scim.Op{
			"no operations":         nil,
			"active again, as text": {replace("active", "True")},
			"there and back":        {replace("title", "Lead"), {Kind: scim.Remove, Path: scim.Path{Attr: "title"}}},
			"the e-mail again":      {{Kind: scim.Add, Path: work, Value: "a@x.io"}},
			"an unknown attribute":  {replace("shoeSize", "42")},
		} {
			r.equal(what, must[scim.User](r.T)(r.PatchUser(r.ctx, ann.ID, ops, always)), user)
		}
		r.equal("PUT of the same", must[scim.User](r.T)(r.ReplaceUser(r.ctx, ann.ID, scim.User{Doc: doc}, always)), user)
		for what, op := range map[string]scim.Op{
			"a member again":               members(scim.Add, ann.ID),
			"the same members":             members(scim.Replace, ann.ID),
			"an unknown member is removed": members(scim.Remove, scim.NewID()),
			"the name once more":           replace("displayName", "Care"),
		} {
			got := must[scim.Group](r.T)(r.PatchGroup(r.ctx, care, []scim.Op{op}, always))
			r.equal(what, got.Meta, group.Meta)
		}
		same := scim.MemberChange{Replace: true, Add: []scim.ID{ann.ID}}
		got := must[scim.Group](r.T)(r.ReplaceGroup(r.ctx, care, scim.Group{Doc: group.Doc}, &same, always))
		r.equal("PUT of the same group", got.Meta, group.Meta)

		r.equal("group", must[scim.Group](r.T)(r.Group(r.ctx, care, true)), group)
		r.equal("generation", r.person(ann.ID).Desired, generation)
		r.equal("audit entries", len(r.audit("")), entries)
		r.equal("people behind", len(r.behind()), 0)
	})
}

// TestUserWrites checks the urgency and the audit entry of each kind of write of a
// user.
func TestUserWrites(t *testing.T) {
	t.Parallel()
	lead := replace("title", "Lead")
	for _, row := range []struct {
		what    string
		active  any // value of the attribute active before the write; nil: the user has no value
		ops     []scim.Op
		action  audit.Action
		urgency store.Urgency
		changed string // names of the changed attributes in the audit entry
	}{
		{"a change", true, []scim.Op{lead}, audit.UserChanged, store.Changing, "title"},
		{"a change of a user without active", nil, []scim.Op{lead}, audit.UserChanged, store.Changing, "title"},
		{"a deactivation", true, []scim.Op{replace("active", "False")}, audit.UserDeactivated, store.Leaving, "active"},
		{"a deactivation with another change", nil, []scim.Op{lead, replace("active", false)}, audit.UserDeactivated, store.Leaving, "active title"},
		{"a change of a leaver", false, []scim.Op{lead}, audit.UserChanged, store.Leaving, "title"},
		{"a reactivation", false, []scim.Op{replace("active", true)}, audit.UserReactivated, store.Changing, "active"},
		{"a new name", true, []scim.Op{replace("userName", "bob")}, audit.UserChanged, store.Changing, "userName"},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			engines(t, func(r *rig) {
				doc := scim.Document{"userName": "ann"}
				if row.active != nil {
					doc["active"] = row.active
				}
				ann := r.user(doc).ID
				r.equal("urgency of a new user", r.behind()[ann], store.Joining)
				r.settle(ann)
				must[scim.User](r.T)(r.PatchUser(r.ctx, ann, row.ops, always))
				r.equal("urgency", r.behind()[ann], row.urgency)
				r.checkEntry(ann, row.action, map[string]string{"attributes": row.changed})
			})
		})
	}
}

// checkEntry checks the newest entry about a subject.
func (r *rig) checkEntry(subject scim.ID, action audit.Action, detail map[string]string) {
	r.Helper()
	entries := r.audit(subject)
	if len(entries) == 0 {
		r.Fatalf("there is no entry %s", action)
	}
	want := audit.Entry{Connection: string(okta.ID), Actor: "scim:okta", Action: action, Subject: string(subject), Request: "ref-1", Detail: detail}
	if diff := cmp.Diff(want, entries[0], cmpopts.IgnoreFields(audit.Entry{}, "ID", "At"), cmpopts.EquateEmpty()); diff != "" {
		r.Errorf("audit entry (-want +got):\n%s", diff)
	}
}

func TestUserIsCreatedAndDeleted(t *testing.T) {
	t.Parallel()
	engines(t, func(r *rig) {
		ann := r.user(scim.Document{"userName": "ann"}).ID
		r.checkEntry(ann, audit.UserCreated, nil)
		care := r.group("Care", ann)
		r.settle(ann)
		if err := r.DeleteUser(r.ctx, ann, always); err != nil {
			r.Fatal(err)
		}
		r.checkEntry(ann, audit.UserDeleted, nil)
		r.equal("urgency", r.behind()[ann], store.Leaving)
		r.equal("request", r.person(ann).Request, "ref-1")
		r.equal("members", len(must[scim.Group](r.T)(r.Group(r.ctx, care, true)).Members), 0)
	})
}

// TestGroupWrites checks that a change of a group touches the members whose Workers
// it can change. A change of the displayName touches all members, because rules use
// the displayName.
func TestGroupWrites(t *testing.T) {
	t.Parallel()
	counts := func(added, removed, unknown string) map[string]string {
		return map[string]string{"added": added, "removed": removed, "unknown": unknown}
	}
	for _, row := range []struct {
		what    string
		write   func(r *rig, care, ann, bob scim.ID) error // care has ann
		touched string
		action  audit.Action
		detail  map[string]string
	}{
		{"a new name", patchCare(replace("displayName", "Care 2")), "ann", audit.GroupChanged, map[string]string{"attributes": "displayName"}},
		{"another case", patchCare(replace("displayName", "CARE")), "ann", audit.GroupChanged, map[string]string{"attributes": "displayName"}},
		{"row 33: an externalId", patchCare(replace("externalId", "g1")), "", audit.GroupChanged, map[string]string{"attributes": "externalId"}},
		{"a user joins", func(r *rig, care, _, bob scim.ID) error {
			return second(r.PatchGroup(r.ctx, care, []scim.Op{members(scim.Add, bob)}, always))
		}, "bob", audit.MembersChanged, counts("1", "0", "0")},
		{"row 31: an unknown member joins", patchCare(members(scim.Add, scim.NewID())), "", audit.MembersChanged, counts("1", "0", "1")},
		{"other members replace all", func(r *rig, care, _, bob scim.ID) error {
			return second(r.PatchGroup(r.ctx, care, []scim.Op{members(scim.Replace, bob)}, always))
		}, "ann bob", audit.MembersChanged, counts("1", "1", "0")},
		{"row 13: all members leave", patchCare(members(scim.Replace)), "ann", audit.MembersChanged, counts("0", "1", "0")},
		{"PUT with other members", func(r *rig, care, _, bob scim.ID) error {
			change := scim.MemberChange{Replace: true, Add: []scim.ID{bob}}
			return second(r.ReplaceGroup(r.ctx, care, scim.Group{Doc: scim.Document{"displayName": "Care"}}, &change, always))
		}, "ann bob", audit.MembersChanged, counts("1", "1", "0")},
		{"a delete", func(r *rig, care, _, _ scim.ID) error { return r.DeleteGroup(r.ctx, care, always) }, "ann", audit.GroupDeleted, nil},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			engines(t, func(r *rig) {
				ann, bob := r.user(scim.Document{"userName": "ann"}).ID, r.user(scim.Document{"userName": "bob"}).ID
				care := r.group("Care", ann)
				r.settle(ann)
				r.settle(bob)
				if err := row.write(r, care, ann, bob); err != nil {
					r.Fatal(err)
				}
				r.checkEntry(care, row.action, row.detail)
				want := map[scim.ID]store.Urgency{}
				for name, id := range map[string]scim.ID{"ann": ann, "bob": bob} {
					if row.touched == name || row.touched == "ann bob" {
						want[id] = store.Changing
					}
				}
				r.equal("touched", r.behind(), want)
			})
		})
	}
}

// patchCare returns a function that patches the group Care with one operation.
func patchCare(op scim.Op) func(r *rig, care, ann, bob scim.ID) error {
	return func(r *rig, care, _, _ scim.ID) error {
		return second(r.PatchGroup(r.ctx, care, []scim.Op{op}, always))
	}
}

func TestGroupIsCreated(t *testing.T) {
	t.Parallel()
	engines(t, func(r *rig) {
		ann := r.user(scim.Document{"userName": "ann"}).ID
		r.settle(ann)
		bare, full := r.group("Bare"), r.group("Full", ann, scim.NewID())
		r.checkEntry(bare, audit.GroupCreated, nil)
		actions := map[audit.Action]map[string]string{} // :: action → detail
		for _, e := range r.audit(full) {
			actions[e.Action] = e.Detail
		}
		r.equal("audit", actions, map[audit.Action]map[string]string{
			audit.GroupCreated:   {},
			audit.MembersChanged: {"added": "2", "removed": "0", "unknown": "1"},
		})
		r.equal("touched", r.behind(), map[scim.ID]store.Urgency{ann: store.Changing})
	})
}
