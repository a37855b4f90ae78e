package world

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/flexscim/flexscim/flex/flexsim/internal/claim"
)

// Provision is what the Flex Users API v4 is asked to make or to change.
// Source: https://www.twilio.com/docs/flex/developer/user-management/flex-users-api
type Provision struct {
	Username string   `json:"username"`
	Email    string   `json:"email"`
	FullName string   `json:"full_name"`
	Roles    []string `json:"roles"`
	Worker   struct {
		Attributes map[string]any `json:"attributes"` // :: name or name.type → value
	} `json:"worker"`
}

// Provision makes a Flex user and its Worker, or changes those of this
// username. made says that the user is new.
func (w *World) Provision(p Provision) (u User, made bool, err error) {
	w.lock()
	defer w.mu.Unlock()
	if err := w.checkProvision(p); err != nil {
		return User{}, false, err
	}
	known := w.userNamed(p.Username)
	k := w.byName[fold(p.Username)]
	if err := w.mayProvision(known, k); err != nil {
		return User{}, false, err
	}
	roles := p.Roles
	if known != nil && w.opt.Load().ProvisionRoles == "merge" {
		roles = union(known.Roles, roles)
	}
	before := map[string]any{}
	if k != nil && w.opt.Load().ProvisionAttributes == "merge" {
		before = k.attributes()
	}
	w.writeProvision(before, p, roles)
	made = known == nil
	k, err = w.writeClaims(k, p.Username, before, p.Worker.Attributes)
	if err != nil {
		return User{}, false, err
	}
	flexUser := w.addUser(p.Username, k)
	flexUser.Email, flexUser.FullName, flexUser.Roles = p.Email, p.FullName, slices.Clone(roles)
	return flexUser.view(), made, nil
}

func (w *World) writeProvision(attributes map[string]any, p Provision, roles []string) {
	attributes["email"] = p.Email
	attributes["full_name"] = p.FullName
	attributes["roles"] = roles
}

func (w *World) checkProvision(p Provision) error {
	for _, field := range []struct{ name, value string }{
		{"username", p.Username}, {"email", p.Email}, {"full_name", p.FullName},
	} {
		if err := checkUserText(field.name, field.value); err != nil {
			return err
		}
	}
	if _, err := w.nameID(p.Username); err != nil {
		return err
	}
	if len(p.Roles) == 0 {
		return Invalid("roles is required")
	}
	for _, role := range p.Roles {
		wfo := strings.HasPrefix(role, "wfo.") && w.opt.Load().ProvisionWFORoles == "accept"
		if !wfo && !slices.Contains([]string{"agent", "supervisor", "admin"}, role) {
			return Invalid("Valid roles include agent, supervisor, and admin; not %s", role)
		}
	}
	return nil
}

// mayProvision refuses what the options do: a Worker that no Flex user has, and
// a user that was deactivated.
func (w *World) mayProvision(u *user, k *worker) error {
	opt := w.opt.Load()
	if u != nil && !u.active() && opt.ProvisionDeactivated == "error" {
		return conflict("Flex user %s is deactivated", u.SID)
	}
	stranger := k != nil && (u == nil || u.worker != k)
	if stranger && opt.ProvisionExistingWorker == "error" {
		return conflict("Worker named %s already exists", k.FriendlyName)
	}
	return nil
}

// writeClaims puts claims on top of attributes and writes them on k, or, where
// k is nil, on a new Worker. Either all of it happens or nothing.
func (w *World) writeClaims(k *worker, name string, attributes, claims map[string]any) (*worker, error) {
	var onChannels []func(*worker)
	for _, each := range slices.Sorted(maps.Keys(claims)) {
		if channel, what, ok := claim.Capacity(each); ok {
			set, err := w.channelClaim(channel, what, claims[each])
			if err != nil {
				return nil, err
			}
			onChannels = append(onChannels, set)
			continue
		}
		key, value, err := claim.Cast(each, claims[each])
		if err != nil {
			return nil, Invalid("%v", err)
		}
		attributes[key] = value
	}
	text := claim.Format(attributes)
	if err := checkAttributes(text); err != nil {
		return nil, err
	}
	if k == nil {
		var err error
		if k, err = w.addWorker(name, text, w.Offline()); err != nil {
			return nil, err
		}
	}
	k.Attributes = text
	w.touch(k)
	for _, set := range onChannels {
		set(k)
	}
	return k, nil
}

// channelClaim reads channel.<name>.capacity or .availability.
func (w *World) channelClaim(channel, what string, value any) (func(*worker), error) {
	i := w.channel(channel)
	if i < 0 {
		return nil, Invalid("claim channel.%s.%s: no task channel has this name", channel, what)
	}
	var number int
	var available bool
	var err error
	if what == "capacity" {
		_, err = fmt.Sscanf(fmt.Sprint(value), "%d", &number)
	} else {
		_, err = fmt.Sscanf(fmt.Sprint(value), "%t", &available)
	}
	if err != nil || number < 0 {
		return nil, Invalid("invalid attribute format: claim channel.%s.%s cannot be %v", channel, what, value)
	}
	return func(k *worker) {
		if what == "capacity" {
			k.channels[i].capacity = number
		} else {
			k.channels[i].available = available
		}
		k.channels[i].updated = w.time()
	}, nil
}

// attributes reads k's attributes, which were checked when they were written.
func (k *worker) attributes() map[string]any {
	m, err := claim.Parse(k.Attributes)
	if err != nil {
		return map[string]any{}
	}
	return m
}

func union(a, b []string) []string {
	all := slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}
