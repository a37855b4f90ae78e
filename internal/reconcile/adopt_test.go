package reconcile_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/flex"
	"github.com/flexscim/flexscim/internal/plan"
	"github.com/flexscim/flexscim/internal/store"
)

// TestAdopt checks that, if the configuration allows it, flexscim adopts a Worker
// whose name is exactly the userName. It keeps the Worker's other attributes, and
// the audit log has the roles before and after the adoption.
func TestAdopt(t *testing.T) {
	t.Parallel()
	r := newRig(t, setup{Adopt: true})
	w := r.foreign("ann@x.org", `{"routing":{"skills":["x"]},"roles":["supervisor","wfo.full_access"]}`)
	ann := r.join(`{'userName':'ann@x.org'}`)
	r.calls(ann, store.Settled, 4) // create, which fails because the name is taken; find; fetch; update
	got := r.worker("ann@x.org")
	if got.SID != w.SID || !strings.HasPrefix(got.Attributes, `{"routing":{"skills":["x"]},`) || flex.Owner(got.Attributes) == "" {
		t.Errorf("got %+v, want %s with its own attributes and our mark", got, w.SID)
	}
	if p := r.person(ann); p.Link == nil || !p.Link.Adopted {
		t.Errorf("got the link %+v, want it adopted", p.Link)
	}
	r.wantAudit(w.SID, "worker.adopted")
	r.wantRoles(w, "supervisor wfo.full_access", "agent")
	r.set(ann, `{'active':false}`)
	r.run(ann, store.Settled)
	if all := r.workers(); len(all) != 0 {
		t.Errorf("after the person left: got %v, want no Worker", all)
	}
}

// wantRoles checks the roles in the oldest audit entry about a Worker.
func (r *rig) wantRoles(w flex.Worker, before, after string) {
	r.Helper()
	entries, err := r.store.AuditEntries(r.Context(), acme, string(w.SID), 100)
	if err != nil || len(entries) == 0 {
		r.Fatalf("got %v, %v, want entries", entries, err)
	}
	d := entries[len(entries)-1].Detail
	if d["roles_before"] != before || d["roles_after"] != after {
		r.Errorf("got the detail %v, want the roles %q and %q", d, before, after)
	}
}

const bosses = `
mapping:
  ceiling: [agent, admin]
  roles:
    - {when: 'user.title == "Boss"', set: [admin]}
    - default: [agent]
`

// TestAdoptRoles checks that a change of the roles of our Worker is in the audit log,
// and that a change of other keys does not mention roles.
func TestAdoptRoles(t *testing.T) {
	t.Parallel()
	r := newRig(t, setup{Adopt: true, Rules: bosses})
	w := r.foreign("ann@x.org", `{"roles":["admin"]}`)
	ann := r.join(`{'userName':'ann@x.org','title':'Boss'}`)
	r.run(ann, store.Settled)
	r.wantRoles(w, "admin", "admin")
	r.set(ann, `{'displayName':'Ann'}`)
	r.run(ann, store.Settled)
	r.set(ann, `{'title':'-'}`)
	r.run(ann, store.Settled)
	entries, err := r.store.AuditEntries(t.Context(), acme, string(w.SID), 100)
	if err != nil || len(entries) != 3 {
		t.Fatalf("got %v, %v, want three entries", entries, err)
	}
	if d := entries[1].Detail; d["keys"] != "full_name" || d["roles_before"]+d["roles_after"] != "" {
		t.Errorf("another key: got the detail %v, want no roles", d)
	}
	if d := entries[0].Detail; d["roles_before"] != "admin" || d["roles_after"] != "agent" {
		t.Errorf("other roles: got the detail %v, want both", d)
	}
}

// TestAdoptsNobodyElse checks that, with adoption on, a user with another name than
// the Worker's, an inactive user, and a user without the Worker's role admin do not
// get a Worker that flexscim did not make. The Worker changes neither then nor when
// the user leaves.
func TestAdoptsNobodyElse(t *testing.T) {
	t.Parallel()
	const name = "kris.smith@x.org"
	for what, c := range map[string]struct{ name, attributes, user string }{
		"case":                           {name, `{}`, `{'userName':'Kris.Smith@x.org'}`},
		"all capitals":                   {name, `{}`, `{'userName':'KRIS.SMITH@X.ORG'}`},
		"the Kelvin sign":                {name, `{}`, `{'userName':'\u212aris.smith@x.org'}`},
		"the long s":                     {name, `{}`, `{'userName':'kri\u017f.smith@x.org'}`},
		"a final sigma":                  {"\u03c3@x.org", `{}`, `{'userName':'\u03c2@x.org'}`},
		"a titlecase digraph":            {"\u01c6@x.org", `{}`, `{'userName':'\u01c5@x.org'}`},
		"the Angstrom sign":              {"\u00e5@x.org", `{}`, `{'userName':'\u212b@x.org'}`},
		"inactive":                       {name, `{}`, `{'userName':'kris.smith@x.org','active':false}`},
		"inactive, and the name differs": {name, `{}`, `{'userName':'KRIS.smith@x.org','active':false}`},
		"an administrator":               {name, `{"roles":["agent","admin"]}`, `{'userName':'kris.smith@x.org'}`},
		"an administrator, as a text":    {name, `{"roles":"admin"}`, `{'userName':'kris.smith@x.org'}`},
		"an inactive administrator":      {name, `{"roles":["admin"]}`, `{'userName':'kris.smith@x.org','active':false}`},
		"unreadable roles":               {name, `{"roles":[["admin"]]}`, `{'userName':'kris.smith@x.org'}`},
	} {
		for _, flexUsers := range []bool{false, true} {
			t.Run(subtest(what, "", flexUsers), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, setup{Adopt: true, FlexUsers: flexUsers})
				w := r.foreign(c.name, c.attributes)
				r.online(w)
				key := r.join(strings.TrimSuffix(c.user, "}") + `,` + profile)
				unchanged := func(when string) {
					t.Helper()
					_, _ = r.rec.Reconcile(t.Context(), key, nil)
					r.sweepAll()
					_, _ = r.rec.Reconcile(t.Context(), key, nil)
					got, err := r.flex.Get(t.Context(), w.SID)
					if err != nil || got.FriendlyName != w.FriendlyName || got.Attributes != w.Attributes || !got.Available {
						t.Errorf("%s: got %+v, %v, want it unchanged", when, got, err)
					}
				}
				unchanged("after the user joined")
				if p := r.person(key); p.Reason == "" || p.Link != nil && p.Link.Worker == w.SID {
					t.Errorf("got the person %s (%s), link %v, want a reason and no link", p.State, p.Reason, p.Link)
				}
				r.set(key, `{'active':false}`)
				unchanged("after the user was deactivated")
				r.drop(key)
				unchanged("after the user was deleted")
				r.wantAudit(w.SID)
			})
		}
	}
}

// TestPreviewOfAdoption checks that a preview with adoption on shows the Worker
// that would be adopted, and changes nothing.
func TestPreviewOfAdoption(t *testing.T) {
	t.Parallel()
	r := newRig(t, setup{})
	r.foreign("ann@x.org", `{"roles":["supervisor"]}`)
	ann := r.join(`{'userName':'ann@x.org'}`)
	if out := r.run(ann, store.Parked); out.Reason != plan.Foreign {
		t.Errorf("got %q, want %q", out.Reason, plan.Foreign)
	}
	r.setup.Adopt = true
	r.restart()
	p, err := r.rec.Preview(t.Context(), ann)
	if err != nil || len(p.Steps) != 1 || p.Steps[0].Verb != plan.Adopt {
		t.Fatalf("got %+v, %v, want an adoption", p, err)
	}
	if diff := cmp.Diff(plan.RoleChange{Before: []string{"supervisor"}, After: []string{"agent"}}, p.Steps[0].Roles); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
	if w := r.worker("ann@x.org"); flex.Owner(w.Attributes) != "" {
		t.Errorf("got %+v, want it unchanged", w)
	}
}
