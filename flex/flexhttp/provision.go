package flexhttp

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/flexscim/flexscim/flex"
)

// flexAPI is the host of the Flex Users API. twilio-go has no method for it.
const flexAPI = "https://flex-api.twilio.com"

// maxUserField is the maximum length of a Flex user's names and e-mail, in
// characters.
// Source: https://www.twilio.com/docs/flex/developer/user-management/flex-users-api
const maxUserField = 256

// provision is the body of a Provision request.
// Source: https://www.twilio.com/docs/flex/developer/user-management/flex-users-api
type provision struct {
	UserName string          `json:"username"`
	Email    string          `json:"email"`
	FullName string          `json:"full_name"`
	Roles    []string        `json:"roles"`
	Worker   provisionWorker `json:"worker"`
}

// provisionWorker has a Worker's attributes, whose keys have the form of SAML
// claims: "name" for a string, "name.type" for other types. Without attributes, its
// JSON is {}.
type provisionWorker struct {
	Attributes map[string]string `json:"attributes,omitempty"`
}

// flexUser is a Flex user in Twilio's JSON, with the fields that we use.
// Source: https://www.twilio.com/docs/flex/developer/user-management/flex-users-api
type flexUser struct {
	SID         string `json:"flex_user_sid"`
	UserName    string `json:"username"`
	WorkerSID   string `json:"worker_sid"`
	Deactivated flag   `json:"deactivated"`
	Worker      *struct {
		SID string `json:"worker_sid"`
	} `json:"worker"`
}

// worker returns the SID of a Flex user's Worker, or "" if the user has none.
func (u flexUser) worker() string {
	if u.Worker != nil && u.Worker.SID != "" {
		return u.Worker.SID
	}
	return u.WorkerSID
}

// post sends body as JSON to the Flex Users API v4. If the call is not a removal, a
// 404 means that the account has no Flex Users API.
func (u *FlexUsers) post(c *call, path string, body any) error {
	js, err := json.Marshal(body)
	if err != nil {
		return c.fail(flex.Refused, err)
	}
	headers := map[string]any{"Content-Type": "application/json"}
	err = closeBody(c.handler().Post(u.url(c)+path, nil, headers, "", js...))
	if flex.KindOf(err) == flex.Gone && c.intent != removes {
		return c.fail(flex.Refused, errors.New("the account has no Flex Users API"))
	}
	return err
}

func (*FlexUsers) url(c *call) string {
	return flexAPI + "/v4/Instances/" + pathSID(c, c.ws.Instance, "GO") + "/Users"
}

// newProvision returns the body for a Worker with the given name and the attributes
// want. The argument changes has those attributes of the argument want that the
// Provision should change. Of these, the body contains only strings and lists of
// strings, because Twilio documents no other format. The caller writes the other
// changes through TaskRouter.
func newProvision(name string, want, changes map[string]any) (provision, error) {
	p := provision{UserName: name, Worker: provisionWorker{Attributes: map[string]string{}}}
	p.Email, _ = want[flex.KeyEmail].(string)
	p.FullName, _ = want[flex.KeyFullName].(string)
	p.Roles, _ = stringsOf(want[flex.KeyRoles])
	for key, value := range changes {
		if !isClaim(key) {
			continue
		}
		if text, ok := value.(string); ok {
			p.Worker.Attributes[key] = text
		} else if list, ok := stringsOf(value); ok && len(list) > 0 {
			p.Worker.Attributes[key+".stringarray"] = strings.Join(list, ",")
		}
	}
	return p, p.check()
}

// provisioned returns the keys of the attributes that are separate fields of a
// Provision request.
func provisioned() []string { return []string{flex.KeyEmail, flex.KeyFullName, flex.KeyRoles} }

// isClaim reports whether a key can be sent as a claim. A key with a dot cannot be
// sent as a claim, because a dot separates a claim's name from its type.
func isClaim(key string) bool {
	return key != "" && !strings.Contains(key, ".") &&
		!slices.Contains(provisioned(), key) && !slices.Contains(flex.ForbiddenKeys(), key)
}

// stringsOf returns the argument value as a list of strings, and reports whether
// the argument is a list of strings that can be joined by commas.
func stringsOf(value any) ([]string, bool) {
	list, ok := value.([]any)
	if !ok {
		return nil, false
	}
	out := make([]string, 0, len(list))
	for _, v := range list {
		s, ok := v.(string)
		if !ok || s == "" || strings.ContainsAny(s, ", ") {
			return nil, false
		}
		out = append(out, s)
	}
	return out, true
}

// check returns an error if the Flex Users API would refuse p.
func (p provision) check() error {
	if len(p.Roles) == 0 {
		return errors.New("the Flex Users API needs a role")
	}
	for _, f := range []struct{ name, value string }{
		{"username", p.UserName}, {"email", p.Email}, {"full_name", p.FullName},
	} {
		if n := utf8.RuneCountInString(f.value); n < 1 || n > maxUserField {
			return fmt.Errorf("the Flex Users API needs %s with 1 to %d characters, it has %d", f.name, maxUserField, n)
		}
	}
	return nil
}

// parseAttributes decodes a Worker's attributes, which are JSON text. Numbers keep
// their digits.
func parseAttributes(attributes string) (map[string]any, error) {
	out := map[string]any{}
	if strings.TrimSpace(attributes) == "" {
		return out, nil
	}
	dec := json.NewDecoder(strings.NewReader(attributes))
	dec.UseNumber()
	if err := dec.Decode(&out); err != nil {
		return nil, errors.New("the attributes are not a JSON object")
	}
	return out, nil
}

// changes returns the attributes of the argument want, without those that have the
// same value in the argument before.
func changes(before, want map[string]any) map[string]any {
	out := maps.Clone(want)
	maps.DeleteFunc(out, func(key string, value any) bool {
		old, there := before[key]
		return there && reflect.DeepEqual(old, value)
	})
	return out
}

// differing returns the keys whose values differ between two texts of attributes.
func differing(a, b string) []string {
	x, _ := parseAttributes(a)
	y, _ := parseAttributes(b)
	keys := changes(x, y)
	maps.Copy(keys, changes(y, x))
	return slices.Sorted(maps.Keys(keys))
}

// remaining returns the attributes that must still be written after a Provision, or
// "" if nothing must be written. The arguments are a Worker's attributes: before
// the Provision, as they should be, and now. Twilio does not document whether a
// Provision merges or replaces attributes. If a key was there before, is wanted,
// and is missing now, the Provision replaced the attributes, and the result is the
// argument want. If no such key is missing, the result also has the keys that
// another program has written meanwhile (Flex writes contact_uri).
func remaining(before, want, now string) (string, error) {
	old, errBefore := parseAttributes(before)
	wanted, errWant := parseAttributes(want)
	found, errNow := parseAttributes(now)
	if err := errors.Join(errBefore, errWant, errNow); err != nil {
		return "", err
	}
	var gone []string
	for key := range old {
		_, still := wanted[key]
		if _, there := found[key]; still && !there {
			return want, nil
		}
		if !still {
			gone = append(gone, key)
		}
	}
	ours := changes(old, wanted)
	for _, key := range provisioned() {
		if value, ok := wanted[key]; ok {
			ours[key] = value // every Provision writes these keys, and may have merged old roles into the key roles
		}
	}
	merged, changed, err := flex.Merge(now, ours, gone)
	if err != nil || !changed {
		return "", err
	}
	return merged, nil
}
