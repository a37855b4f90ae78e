package account

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/flexscim/flexscim/flex"
)

// Login is the result of an SSO login.
type Login struct {
	WorkerSID string `json:"worker_sid"`
	UserSID   string `json:"flex_user_sid"`
	Created   bool   `json:"created"` // the Worker is new
}

// Login performs an SSO login. It creates the user's Worker. If the Worker already
// exists, Login overwrites those attributes for which there is a claim. The claims
// username (the SAML NameID), email, full_name and roles are mandatory. Every other
// claim becomes an attribute.
// Source: https://www.twilio.com/docs/flex/admin-guide/setup/sso-configuration
func (a *Account) Login(claims map[string]any) (Login, error) {
	a.lock()
	defer a.mu.Unlock()
	name, email, err := mandatory(claims)
	if err != nil {
		return Login{}, err
	}
	if name, err = a.nameID(name); err != nil {
		return Login{}, err
	}
	if u := a.userNamed(name); u != nil && !u.active() && a.opt.Load().LoginDeactivated == "refuse" {
		return Login{}, &Error{http.StatusForbidden, CodeDenied, "Flex user " + u.SID + " is deactivated"}
	}
	wk := a.byName[fold(name)]
	created := wk == nil
	attributes := map[string]any{}
	if !created {
		attributes = wk.attributes()
	}
	if attributes[flex.KeyContactURI] == nil {
		attributes[flex.KeyContactURI] = "client:" + a.identity(name, email)
	}
	if wk, err = a.writeClaims(wk, name, attributes, attributeClaims(claims)); err != nil {
		return Login{}, err
	}
	u := a.addUser(name, wk)
	u.Email, u.FullName, u.Roles = email, fmt.Sprint(claims[flex.KeyFullName]), roles(claims[flex.KeyRoles])
	return Login{wk.SID, u.SID, created}, nil
}

// mandatory returns the claims username and email, or an error if a mandatory claim
// is missing.
func mandatory(claims map[string]any) (name, email string, err error) {
	for _, key := range []string{"username", flex.KeyEmail, flex.KeyFullName, flex.KeyRoles} {
		s, isText := claims[key].(string)
		missing := !isText || s == ""
		if key == flex.KeyRoles {
			missing = len(roles(claims[key])) == 0
		}
		if missing {
			return "", "", &Error{http.StatusBadRequest, CodeClaims, "Authentication error - Missing User Attributes: " + key}
		}
	}
	name, _ = claims["username"].(string)
	email, _ = claims[flex.KeyEmail].(string)
	return name, email, nil
}

// attributeClaims returns the claims that become attributes: all claims except the
// NameID and the claims about teams.
func attributeClaims(claims map[string]any) map[string]any {
	all := maps.Clone(claims)
	for _, key := range []string{"username", "team_member", "team_owner"} {
		delete(all, key)
	}
	all[flex.KeyRoles] = roles(claims[flex.KeyRoles])
	return all
}

// roles converts the claim roles to a list. If the claim is a text, roles splits it
// at the commas.
func roles(v any) []string {
	switch v := v.(type) {
	case string:
		return splitList(v)
	case []string:
		return slices.Clone(v)
	case []any:
		all := make([]string, 0, len(v))
		for _, each := range v {
			all = append(all, fmt.Sprint(each))
		}
		return all
	}
	return nil
}

// nameID returns the FriendlyName of the Worker for a NameID.
func (a *Account) nameID(name string) (string, error) {
	opt := a.opt.Load()
	if opt.NameIDCase == "lower" {
		name = strings.ToLower(name)
	}
	if utf8.RuneCountInString(name) <= flex.MaxFriendlyName {
		return name, nil
	}
	switch opt.NameIDOver64 {
	case "truncate":
		return string([]rune(name)[:flex.MaxFriendlyName]), nil
	case "accept":
		return name, nil
	}
	return "", Invalid("NameID has %d characters: at most %d", utf8.RuneCountInString(name), flex.MaxFriendlyName)
}

func (a *Account) identity(name, email string) string {
	opt := a.opt.Load()
	if opt.IdentityFrom == "email" {
		name = email
	}
	return contactIdentity(name, opt.IdentityUnderscore == "encode", opt.IdentityNonASCII == "code_point")
}
