package account

import (
	"slices"
	"time"
	"unicode/utf8"
)

// maxUserText is the maximum length of a Flex user's names, in characters.
// Source: https://www.twilio.com/docs/flex/developer/user-management/flex-users-api
const maxUserText = 256

// User is a copy of the state of a Flex user.
type User struct {
	SID, UserSID, Username, Email, FullName, Locale string
	Roles                                           []string
	WorkerSID                                       string // "": no Worker
	Version                                         int
	Created, Updated                                time.Time
	Deactivated                                     time.Time // zero while active
}

type user struct {
	User
	number uint64
	worker *worker
}

func (u *user) view() User {
	v := u.User
	v.Roles = slices.Clone(u.Roles)
	if u.worker != nil {
		v.WorkerSID = u.worker.SID
	}
	return v
}

func (u *user) active() bool { return u.Deactivated.IsZero() }

func (a *Account) userNamed(name string) *user {
	return a.findUser(func(u *user) bool { return fold(u.Username) == fold(name) })
}

func (a *Account) findUser(is func(*user) bool) *user {
	if i := slices.IndexFunc(a.users, is); i >= 0 {
		return a.users[i]
	}
	return nil
}

// addUser makes a Flex user for a Worker. If a user of this name exists, addUser
// gives this user the Worker and reactivates the user.
func (a *Account) addUser(name string, wk *worker) *user {
	u := a.userNamed(name)
	now := a.time()
	if u == nil {
		u = &user{User: User{SID: a.ids.next("FU"), UserSID: a.ids.next("US"), Username: name, Created: now}}
		u.number = a.ids.count()
		a.users = append(a.users, u)
	}
	u.worker = wk
	u.Version++
	u.Updated = now
	u.Deactivated = time.Time{}
	return u
}

// User returns the Flex user with this SID.
func (a *Account) User(sid string) (User, error) {
	return a.onUser(sid, func(*user) {})
}

// UserChange is a change of a Flex user. Fields that are nil change nothing.
type UserChange struct{ Email, UserSID, Locale *string }

// UpdateUser changes a Flex user.
func (a *Account) UpdateUser(sid string, change UserChange) (User, error) {
	if change.Email != nil {
		if err := checkUserText("Email", *change.Email); err != nil {
			return User{}, err
		}
	}
	return a.onUser(sid, func(u *user) {
		set := func(into *string, value *string) {
			if value != nil {
				*into = *value
			}
		}
		set(&u.Email, change.Email)
		set(&u.UserSID, change.UserSID)
		set(&u.Locale, change.Locale)
		u.Version++
		u.Updated = a.time()
	})
}

func (a *Account) onUser(sid string, do func(*user)) (User, error) {
	a.lock()
	defer a.mu.Unlock()
	u := a.findUser(func(u *user) bool { return u.SID == sid })
	if u == nil {
		return User{}, NotFound(sid)
	}
	do(u)
	return u.view(), nil
}

// Users returns a page of the Flex users with this username. The username "" means
// all users.
func (a *Account) Users(username string, req PageRequest) (Page[User], error) {
	a.lock()
	defer a.mu.Unlock()
	found := a.users
	if username != "" {
		found = nil
		if u := a.userNamed(username); u != nil {
			found = []*user{u}
		}
	}
	number := func(i int) uint64 { return found[i].number }
	return cutPage(found, number, req, a.opt.Load().PageStability, (*user).view)
}

// Deprovision deletes a Flex user's Worker and deactivates the user. If the user is
// already deactivated, nothing changes.
func (a *Account) Deprovision(sid string) error {
	a.lock()
	defer a.mu.Unlock()
	u := a.findUser(func(u *user) bool { return u.SID == sid })
	if u == nil {
		return NotFound(sid)
	}
	if !u.active() {
		return nil
	}
	if wk := u.worker; wk != nil {
		if a.opt.Load().DeprovisionBusy == "refuse" && wk.live() > 0 {
			return a.refuse("Cannot deprovision %s because worker %s has %d active reservations", sid, wk.SID, wk.live())
		}
		a.dropWorker(wk)
	}
	u.Deactivated = a.time()
	u.Updated = u.Deactivated
	u.Version++
	return nil
}

func checkUserText(name, value string) error {
	if n := utf8.RuneCountInString(value); n < 1 || n > maxUserText {
		return Invalid("%s has %d characters: 1 to %d", name, n, maxUserText)
	}
	return nil
}
