package admin

import (
	"context"
	"encoding/json"
	"strings"
)

// Foreign is a Worker that flexscim neither made nor adopted.
type Foreign struct {
	FriendlyName string   `json:"friendly_name"`
	Worker       string   `json:"worker_sid"`
	Roles        []string `json:"roles"`
}

// ForeignWorkers lists the Workers of the workspace that have neither our mark nor
// our link, in the order of Twilio's list.
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

// rolesIn returns the roles in a Worker's attributes. Some programs write a text
// with commas instead of a list.
func rolesIn(attributes string) []string {
	var worker struct {
		Roles any `json:"roles"`
	}
	_ = json.Unmarshal([]byte(attributes), &worker) // attributes that are not JSON have no roles
	roles := []string{}
	switch v := worker.Roles.(type) {
	case string:
		roles = strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' })
	case []any:
		for _, item := range v {
			if role, ok := item.(string); ok {
				roles = append(roles, role)
			}
		}
	}
	return roles
}
