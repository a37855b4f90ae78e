package directory_test

import (
	"testing"

	"github.com/flexscim/flexscim/internal/store"
	"github.com/flexscim/flexscim/scim"
)

// TestManagersName checks that a change of a manager's name touches the people
// who report to the manager, because responses and rules use the name.
func TestManagersName(t *testing.T) {
	t.Parallel()
	patch := func(op scim.Op) func(r *rig, manager scim.ID) error {
		return func(r *rig, manager scim.ID) error { return second(r.PatchUser(r.ctx, manager, []scim.Op{op}, always)) }
	}
	rows := []struct {
		what    string
		write   func(r *rig, manager scim.ID) error
		touched bool
		name    string // of the manager afterwards
	}{
		{"another name", patch(replace("displayName", "The manager")), true, "The manager"},
		{"another title", patch(replace("title", "CEO")), false, "manager"},
		{"another userName, which is shown", patch(replace("userName", "chief")), true, "chief"},
		{"deactivated", patch(replace("active", false)), false, "manager"},
		{"deleted", func(r *rig, manager scim.ID) error { return r.DeleteUser(r.ctx, manager, always) }, true, ""},
	}
	for _, row := range rows {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			engines(t, func(r *rig) {
				manager := r.user(scim.Document{"userName": "manager"}).ID
				ann := r.user(scim.Document{"userName": "ann", scim.URNEnterprise: map[string]any{"manager": map[string]any{"value": string(manager)}}}).ID
				r.settle(manager)
				r.settle(ann)
				if err := row.write(r, manager); err != nil {
					r.Fatal(err)
				}
				want := map[bool]store.Urgency{true: store.Changing}[row.touched]
				r.equal("touched", r.behind()[ann], want)
				name := ""
				if m := r.person(ann).User.Manager; m != nil {
					name = m.Display
				}
				r.equal("name", name, row.name)
			})
		})
	}
}
