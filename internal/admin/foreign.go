package admin

import (
	"context"

	"github.com/flexscim/flexscim/internal/plan"
)

// Foreign is a Worker that flexscim neither made nor adopted.
type Foreign struct {
	FriendlyName string   `json:"friendly_name"`
	Worker       string   `json:"worker_sid"`
	Roles        []string `json:"roles"`
}

// ForeignWorkers lists the Workers of the workspace that do not have our mark and
// to which no link refers, in the order of Twilio's list.
func (a *Admin) ForeignWorkers(ctx context.Context) ([]Foreign, error) {
	all := []Foreign{}
	for w, err := range a.reconciler.Foreign(ctx) {
		if err != nil {
			return nil, err
		}
		all = append(all, Foreign{w.FriendlyName, string(w.SID), rolesIn(w.Attributes)})
	}
	return all, nil
}

// rolesIn returns the roles in a Worker's attributes. The result is never nil.
func rolesIn(attributes string) []string {
	roles, _ := plan.RolesOf(attributes)
	return append([]string{}, roles...)
}
