package mapping

import (
	"errors"
	"fmt"
	"strings"

	"github.com/flexscim/flexscim/flex"
)

// Person returns the Worker that should exist in Flex for a person, and findings
// about the person. If the person is deleted, deactivated, or without a userName or
// a role, it returns the zero Person and a Finding of level Reject with the reason.
func (r *Rules) Person(in Input) (flex.Person, []Finding) {
	user := userVariable(in)
	name := in.User.Doc.UserName()
	switch {
	case in.Deleted:
		return flex.Person{}, reject("the IdP deleted the person")
	case !in.User.Doc.Active():
		return flex.Person{}, reject("the IdP deactivated the person")
	case name == "":
		return flex.Person{}, reject("the person has no userName")
	}
	p := flex.Person{UserName: name, Attributes: map[string]any{}, Why: map[string]string{}}
	roles, from, findings := r.rolesOf(user)
	if len(roles) == 0 {
		return flex.Person{}, append(findings, reject("no role: %s", from)...)
	}
	set(p, flex.KeyRoles, roles, from)
	name, from = fullName(user)
	set(p, flex.KeyFullName, name, from)
	if address, from := email(user); address != "" {
		set(p, flex.KeyEmail, address, from)
	}
	findings = append(findings, r.setAttributes(p, user)...)
	if p.Attributes[flex.KeyEmail] == nil {
		findings = append(findings, Finding{Level: Warning, Key: flex.KeyEmail, Text: "the IdP sends no e-mail address"})
	}
	return p, findings
}

func set(p flex.Person, key string, v any, why string) {
	p.Attributes[key], p.Why[key] = v, why
}

// setAttributes sets the attributes that the rules map.
func (r *Rules) setAttributes(p flex.Person, user map[string]any) (findings []Finding) {
	for _, rule := range r.attributes {
		v, err := rule.value.eval(user)
		if err != nil && !errors.Is(err, errMissing) {
			findings = append(findings, failed(rule.key, rule.why, err))
		}
		if err == nil && v != nil && v != "" {
			set(p, rule.key, v, rule.why)
		}
	}
	return findings
}

// fullName returns the person's full name from the first source that is not empty,
// because Flex refuses a login without a full name.
// Source: https://www.twilio.com/docs/api/errors/45050
func fullName(user map[string]any) (name, why string) {
	given, family := text(user, "name", "givenName"), text(user, "name", "familyName")
	for _, c := range []struct{ value, why string }{
		{text(user, "displayName"), "displayName"},
		{text(user, "name", "formatted"), "name.formatted"},
		{strings.TrimSpace(given + " " + family), "name.givenName and name.familyName"},
	} {
		if c.value != "" {
			return c.value, c.why
		}
	}
	return text(user, "userName"), "userName"
}

// email returns the first of these addresses that exists: the primary address, the
// work address, the first address in emails, the userName if it looks like an
// address.
func email(user map[string]any) (address, why string) {
	list, _ := user["emails"].([]any)
	best := 4
	for _, item := range list {
		m, _ := item.(map[string]any)
		value := text(m, "value")
		if value == "" {
			continue
		}
		n, from := 3, "the first of emails"
		if m["type"] == "work" {
			n, from = 2, "emails of type work"
		}
		if m["primary"] == true {
			n, from = 1, "the primary of emails"
		}
		if n < best {
			best, address, why = n, value, from
		}
	}
	if name := text(user, "userName"); address == "" && looksLikeEmail(name) {
		return name, "userName"
	}
	return address, why
}

func looksLikeEmail(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	return ok && local != "" && domain != "" && !strings.ContainsAny(domain, "@ ")
}

// text returns the string at a path of attribute names, without surrounding spaces,
// or "" if there is no string.
func text(user map[string]any, at ...string) string {
	v, _ := path(at).eval(user)
	s, _ := v.(string)
	return strings.TrimSpace(s)
}

// Level is the severity of a Finding.
type Level string

// The levels.
const (
	Warning Level = "warning" // a role or attribute is left out
	Reject  Level = "reject"  // the reason why the person gets no Worker
)

// Finding is a problem that the plan shows to an operator. The field Text contains
// no personal data.
type Finding struct {
	Level Level
	Key   string // the Worker's attribute; "" if the finding is about the whole person
	Text  string
}

func reject(format string, args ...any) []Finding {
	return []Finding{{Level: Reject, Text: fmt.Sprintf(format, args...)}}
}

func overCeiling(role, why string) Finding {
	return Finding{Level: Warning, Key: "roles", Text: fmt.Sprintf("role %q from %s is above the ceiling and left out", role, why)}
}

func failed(key, why string, err error) Finding {
	return Finding{Level: Warning, Key: key, Text: fmt.Sprintf("%s cannot be evaluated and is ignored: %s", why, err)}
}
