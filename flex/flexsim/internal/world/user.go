package world

import (
	"slices"
	"time"
	"unicode/utf8"

	"github.com/flexscim/flexscim/flex/flexsim/internal/page"
)

// maxUserText is the length of a Flex user's names, in characters.
// Source: https://www.twilio.com/docs/flex/developer/user-management/flex-users-api
const maxUserText = 256

// User is a copy of a Flex user.
type User struct {
	SID, UserSID, Username, Email, FullName, Locale string
	Roles                                           []string
	WorkerSID                                       string // "" where there is no Worker
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

func (w *World) userNamed(name string) *user {
	return w.findUser(func(u *user) bool { return fold(u.Username) == fold(name) })
}

func (w *World) findUser(is func(*user) bool) *user {
	if i := slices.IndexFunc(w.users, is); i >= 0 {
		return w.users[i]
	}
	return nil
}

// addUser makes a Flex user for a Worker, or brings back the one of this name.
func (w *World) addUser(name string, k *worker) *user {
	u := w.userNamed(name)
	now := w.time()
	if u == nil {
		u = &user{User: User{SID: w.ids.Next("FU"), UserSID: w.ids.Next("US"), Username: name, Created: now}}
		u.number = w.ids.Last()
		w.users = append(w.users, u)
	}
	u.worker = k
	u.Version++
	u.Updated = now
	u.Deactivated = time.Time{}
	return u
}

// User returns the Flex user with this SID.
func (w *World) User(sid string) (User, error) {
	return w.onUser(sid, func(*user) {})
}

// UserChange is what to write on a Flex user; nil stays as it is.
type UserChange struct{ Email, UserSID, Locale *string }

// UpdateUser writes a Flex user.
func (w *World) UpdateUser(sid string, change UserChange) (User, error) {
	if change.Email != nil {
		if err := checkUserText("Email", *change.Email); err != nil {
			return User{}, err
		}
	}
	return w.onUser(sid, func(u *user) {
		set := func(into *string, value *string) {
			if value != nil {
				*into = *value
			}
		}
		set(&u.Email, change.Email)
		set(&u.UserSID, change.UserSID)
		set(&u.Locale, change.Locale)
		u.Version++
		u.Updated = w.time()
	})
}

func (w *World) onUser(sid string, do func(*user)) (User, error) {
	w.lock()
	defer w.mu.Unlock()
	u := w.findUser(func(u *user) bool { return u.SID == sid })
	if u == nil {
		return User{}, NotFound(sid)
	}
	do(u)
	return u.view(), nil
}

// Users lists Flex users; username "" means all.
func (w *World) Users(username string, req page.Request) (page.Slice[User], error) {
	w.lock()
	defer w.mu.Unlock()
	found := w.users
	if username != "" {
		found = nil
		if u := w.userNamed(username); u != nil {
			found = []*user{u}
		}
	}
	s, err := page.Cut(found, func(u *user) uint64 { return u.number }, req, w.opt.Load().PageStability)
	if err != nil {
		return page.Slice[User]{}, Invalid("%v", err)
	}
	return page.Convert(s, (*user).view), nil
}

// Deprovision takes a Flex user's Worker away and deactivates the user. Doing
// so again changes nothing.
func (w *World) Deprovision(sid string) error {
	w.lock()
	defer w.mu.Unlock()
	u := w.findUser(func(u *user) bool { return u.SID == sid })
	if u == nil {
		return NotFound(sid)
	}
	if !u.active() {
		return nil
	}
	if k := u.worker; k != nil {
		if w.opt.Load().DeprovisionBusy == "refuse" && k.live() > 0 {
			return Invalid("Cannot deprovision %s because worker %s has %d active reservations", sid, k.SID, k.live())
		}
		w.dropWorker(k)
	}
	u.Deactivated = w.time()
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
