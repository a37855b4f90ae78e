package scimtest_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/scimtest"
)

// TestTenant checks that, after all events, the directory has the same active
// people as the tenant, for each IdP. It also checks that two tenants with the same
// seed give the same result.
func TestTenant(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func(scimtest.Client, uint64) *scimtest.Tenant{
		"Okta": func(c scimtest.Client, seed uint64) *scimtest.Tenant {
			return scimtest.NewOktaTenant(scimtest.Okta{Client: c}, seed)
		},
		"Okta, App Wizard": func(c scimtest.Client, seed uint64) *scimtest.Tenant {
			return scimtest.NewOktaTenant(scimtest.Okta{Client: c, Wizard: true}, seed)
		},
		"Entra": func(c scimtest.Client, seed uint64) *scimtest.Tenant {
			return scimtest.NewEntraTenant(scimtest.Entra{Client: c}, seed)
		},
		"Entra, aadOptscim062020": func(c scimtest.Client, seed uint64) *scimtest.Tenant {
			return scimtest.NewEntraTenant(scimtest.Entra{Client: c, Flag: true}, seed)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play := func() map[string]employee {
				c, d := serve(t)
				return employees(t, make(c, 7), d)
			}
			if diff := cmp.Diff(play(), play()); diff != "" {
				t.Errorf("two tenants with the same seed differ:\n%s", diff)
			}
		})
	}
}

// employee has the attributes on which a tenant and a directory must agree.
type employee struct {
	Display    string
	Department string
	Supervises bool
}

// employees calls all event methods of a tenant, compares the tenant with the
// directory, and returns the active people of the directory.
func employees(t *testing.T, tenant *scimtest.Tenant, d *scimtest.Directory) map[string]employee {
	t.Helper()
	begin := func(ctx context.Context) error { return tenant.Begin(ctx, 60) }
	for _, chapter := range []func(context.Context) error{begin, tenant.Week, tenant.Restore, tenant.MoveDepartment, tenant.Reorganise} {
		if err := chapter(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	want, got := map[string]employee{}, map[string]employee{}
	for _, p := range tenant.People {
		if p.Active {
			want[p.UserName] = employee{p.Display, p.Department, tenant.Supervises(p)}
		}
	}
	users, err := d.Users(t.Context(), scim.Query{StartIndex: 1, Count: 1000, Groups: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range users.Items {
		if !u.Doc.Active() {
			continue
		}
		e := employee{u.Doc.DisplayName(), u.Doc.Text(scim.URNEnterprise, "department"), false}
		for _, g := range u.Groups {
			e.Supervises = e.Supervises || g.Display == scimtest.Supervisors
		}
		got[u.Doc.UserName()] = e
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("who works here (-tenant +directory):\n%s", diff)
	}
	if len(want) < 50 || len(want) == len(tenant.People) {
		t.Errorf("%d of %d people work here, so the test proves nothing", len(want), len(tenant.People))
	}
	return got
}
