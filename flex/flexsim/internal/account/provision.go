package account

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/flexscim/flexscim/flex"
)

// Provision is a request to the Flex Users API v4 to make or change a user.
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

// Provision creates a Flex user and its Worker, or changes the user and the Worker
// with this username. made is true if the user is new.
func (a *Account) Provision(p Provision) (u User, made bool, err error) {
	a.lock()
	defer a.mu.Unlock()
	if err := a.checkProvision(p); err != nil {
		return User{}, false, err
	}
	known := a.userNamed(p.Username)
	wk := a.byName[fold(p.Username)]
	if err := a.mayProvision(known, wk); err != nil {
		return User{}, false, err
	}
	roles := p.Roles
	if known != nil && a.opt.Load().ProvisionRoles == "merge" {
		roles = slices.Clone(known.Roles)
		for _, role := range p.Roles {
			if !slices.Contains(roles, role) {
				roles = append(roles, role)
			}
		}
	}
	before := map[string]any{}
	if wk != nil && a.opt.Load().ProvisionAttributes == "merge" {
		before = wk.attributes()
	}
	before[flex.KeyEmail], before[flex.KeyFullName], before[flex.KeyRoles] = p.Email, p.FullName, roles
	made = known == nil
	wk, err = a.writeClaims(wk, p.Username, before, p.Worker.Attributes)
	if err != nil {
		return User{}, false, err
	}
	flexUser := a.addUser(p.Username, wk)
	flexUser.Email, flexUser.FullName, flexUser.Roles = p.Email, p.FullName, slices.Clone(roles)
	return flexUser.view(), made, nil
}

func (a *Account) checkProvision(p Provision) error {
	for _, field := range []struct{ name, value string }{
		{"username", p.Username}, {"email", p.Email}, {"full_name", p.FullName},
	} {
		if err := checkUserText(field.name, field.value); err != nil {
			return err
		}
	}
	if _, err := a.nameID(p.Username); err != nil {
		return err
	}
	if len(p.Roles) == 0 {
		return Invalid("roles is required")
	}
	for _, role := range p.Roles {
		wfo := strings.HasPrefix(role, "wfo.") && a.opt.Load().ProvisionWFORoles == "accept"
		if !wfo && !slices.Contains([]string{"agent", "supervisor", "admin"}, role) {
			return Invalid("Valid roles include agent, supervisor, and admin; not %s", role)
		}
	}
	return nil
}

// mayProvision returns an error in two cases, each only if the option for this case
// is "error": if the user is deactivated, and if the Worker is not the user's own.
func (a *Account) mayProvision(u *user, wk *worker) error {
	opt := a.opt.Load()
	if u != nil && !u.active() && opt.ProvisionDeactivated == "error" {
		return conflict("Flex user %s is deactivated", u.SID)
	}
	stranger := wk != nil && (u == nil || u.worker != wk)
	if stranger && opt.ProvisionExistingWorker == "error" {
		return conflict("Worker named %s already exists", wk.FriendlyName)
	}
	return nil
}

// writeClaims adds claims to attributes, and writes the attributes to wk, or to a
// new Worker if wk is nil. If it returns an error, no Worker has changed.
func (a *Account) writeClaims(wk *worker, name string, attributes, claims map[string]any) (*worker, error) {
	var onChannels []func(*worker)
	for _, each := range slices.Sorted(maps.Keys(claims)) {
		if channel, what, ok := capacityClaim(each); ok {
			set, err := a.channelClaim(channel, what, claims[each])
			if err != nil {
				return nil, err
			}
			onChannels = append(onChannels, set)
			continue
		}
		key, value, err := castClaim(each, claims[each])
		if err != nil {
			return nil, Invalid("%v", err)
		}
		attributes[key] = value
	}
	text := formatAttributes(attributes)
	if err := checkAttributes(text); err != nil {
		return nil, err
	}
	if wk == nil {
		var err error
		if wk, err = a.addWorker(name, text, a.Offline()); err != nil {
			return nil, err
		}
	}
	wk.Attributes = text
	a.touch(wk)
	for _, set := range onChannels {
		set(wk)
	}
	return wk, nil
}

// channelClaim checks a claim of the form channel.<name>.capacity or
// channel.<name>.availability. It returns a function that applies the claim to a
// Worker.
func (a *Account) channelClaim(channel, what string, value any) (func(*worker), error) {
	i := a.channel(channel)
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
	return func(wk *worker) {
		if what == "capacity" {
			wk.channels[i].capacity = number
		} else {
			wk.channels[i].available = available
		}
		wk.channels[i].updated = a.time()
	}, nil
}

// attributes decodes the Worker's attributes, which are always valid JSON.
func (wk *worker) attributes() map[string]any {
	m, err := ParseAttributes(wk.Attributes)
	if err != nil {
		return map[string]any{}
	}
	return m
}
