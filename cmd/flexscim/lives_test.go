package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/internal/store/storetest"
	"github.com/flexscim/flexscim/scim/scimtest"
)

// usualPeople is the default number of people in a tenant. The environment variable
// FLEXSCIM_PEOPLE sets another number; CI uses 1,000.
const usualPeople = 100

// TestLives simulates tenants, which are companies with an IdP, against the real
// program. Each IdP sends its initial cycle, a week of changes, the return of
// leavers, the move of a department, and new teams. The test checks that Flex
// finally has Workers for exactly the current staff, and that people who never left
// still have their first Worker.
func TestLives(t *testing.T) {
	t.Parallel()
	people := usualPeople
	if s := os.Getenv("FLEXSCIM_PEOPLE"); s != "" {
		var err error
		if people, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	for _, row := range []struct {
		name   string
		people int
		make   func(c scimtest.Client, seed uint64) *scimtest.Tenant
	}{
		{"Okta, catalogue app", people, func(c scimtest.Client, seed uint64) *scimtest.Tenant {
			return scimtest.NewOktaTenant(scimtest.Okta{Client: c}, seed)
		}},
		{"Okta, App Wizard", max(people/5, 50), func(c scimtest.Client, seed uint64) *scimtest.Tenant {
			return scimtest.NewOktaTenant(scimtest.Okta{Client: c, Wizard: true}, seed)
		}},
		{"Entra", people, func(c scimtest.Client, seed uint64) *scimtest.Tenant {
			return scimtest.NewEntraTenant(scimtest.Entra{Client: c}, seed)
		}},
		{"Entra, aadOptscim062020", max(people/5, 50), func(c scimtest.Client, seed uint64) *scimtest.Tenant {
			return scimtest.NewEntraTenant(scimtest.Entra{Client: c, Flag: true}, seed)
		}},
	} {
		for _, engine := range []store.Engine{store.SQLite, store.PostgreSQL} {
			t.Run(row.name+"/"+string(engine), func(t *testing.T) {
				t.Parallel()
				seed := uint64(time.Now().UnixNano())
				t.Logf("seed %d, %d people", seed, row.people)
				flexURL := startSimulator(t)
				v := newVictim(t, storetest.URL(t, engine), flexURL, "--flex-rate", "10000", "--flex-concurrency", "40")
				v.start()
				base := "http://" + v.address + "/scim/v2"
				client := scimtest.Client{URL: base, Token: killToken, HTTP: newLoad(base).client}
				live(t, row.make(client, seed), row.people, flexURL)
			})
		}
	}
}

// live simulates a tenant. It checks Flex twice: after the initial cycle and at the
// end.
func live(t *testing.T, tenant *scimtest.Tenant, people int, flexURL string) {
	t.Helper()
	started := time.Now()
	if err := tenant.Begin(t.Context(), people); err != nil {
		t.Fatal(err)
	}
	first := awaitStaff(t, tenant, flexURL)
	for _, chapter := range []func(context.Context) error{tenant.Week, tenant.Restore, tenant.MoveDepartment, tenant.Reorganise} {
		if err := chapter(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	last := awaitStaff(t, tenant, flexURL)
	if len(last) == len(tenant.People) {
		t.Error("nobody has left, so the test proves nothing")
	}
	t.Logf("%d people, %d Workers, in %v", len(tenant.People), len(last), time.Since(started).Round(time.Millisecond))
	for p, sid := range first {
		if p.Stayed && last[p] != sid {
			t.Errorf("%s never left: got Worker %s, want still %s", p.UserName, last[p], sid)
		}
	}
}

// awaitStaff waits until Flex has a correct Worker for each person of the tenant's
// staff and no other Workers. It returns the SIDs of the Workers.
func awaitStaff(t *testing.T, tenant *scimtest.Tenant, flexURL string) map[*scimtest.Person]string {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Minute); ; pause(100 * time.Millisecond) {
		have := workers(t, flexURL)
		wrong := compareStaff(tenant, have)
		if len(wrong) == 0 {
			sids := map[*scimtest.Person]string{}
			for _, p := range tenant.People {
				if p.Active {
					sids[p] = have[p.UserName].SID
				}
			}
			if len(sids) == 0 {
				t.Fatal("the tenant has no staff, so the test proves nothing")
			}
			return sids
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d people are wrong in Flex:\n%s", len(wrong), strings.Join(wrong[:min(len(wrong), 20)], "\n"))
		}
	}
}

// compareStaff compares the Workers in Flex (the argument have) with the tenant's
// staff. It returns a description of each Worker that is missing, is wrong, or
// belongs to nobody on the staff.
func compareStaff(tenant *scimtest.Tenant, have map[string]worker) []string {
	var wrong []string
	known := map[string]bool{} // :: userName → whether the person is on the staff
	for _, p := range tenant.People {
		if !p.Active {
			continue
		}
		known[p.UserName] = true
		w, exists := have[p.UserName]
		role := "agent"
		if tenant.Supervises(p) {
			role = "supervisor"
		}
		if err := errors.Join(w.meets([]string{"role=" + role, "full_name=" + p.Display}), departmentOf(w, p.Department)); err != nil || !exists {
			wrong = append(wrong, fmt.Sprintf("%s: exists %t, %v", p.UserName, exists, err))
		}
	}
	for name := range have {
		if !known[name] {
			wrong = append(wrong, name+": a Worker of a person who is not on the staff")
		}
	}
	slices.Sort(wrong)
	return wrong
}

func departmentOf(w worker, want string) error {
	var attributes struct{ Department string }
	if w.Attributes == "" {
		return errors.New("no attributes")
	}
	if err := json.Unmarshal([]byte(w.Attributes), &attributes); err != nil {
		return err
	}
	if attributes.Department != want {
		return fmt.Errorf("department: got %q, want %q", attributes.Department, want)
	}
	return nil
}
