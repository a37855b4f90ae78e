package flex

import "slices"

// Person is what should exist in Flex for one human. The zero Person is
// nobody: no Worker should exist.
type Person struct {
	UserName   string            // the Worker's FriendlyName: the SAML NameID, raw
	Attributes map[string]any    // :: attribute key → value; the keys that we own
	Why        map[string]string // :: attribute key → the rule, group or SCIM attribute that gave it
}

// IsNobody says that no Worker should exist.
func (p Person) IsNobody() bool { return p.UserName == "" }

// The attribute keys that have a meaning of their own here.
const (
	KeyRoles      = "roles"
	KeyFullName   = "full_name"
	KeyEmail      = "email"
	KeyContactURI = "contact_uri" // Flex's to set; never ours
	KeyTeamSID    = "team_sid"    // reserved by Flex Teams; never ours
	KeyOwner      = "flexscim"    // our mark: "<connection>/<user>", a string so that both back ends can write it
)

// ForbiddenKeys are never written by us.
// Source: https://www.twilio.com/docs/taskrouter/api/worker (team_sid),
// https://support.twilio.com/hc/en-us/articles/42799965656987 (contact_uri)
func ForbiddenKeys() []string { return []string{KeyContactURI, KeyTeamSID} }

// Roles are the Flex roles in p's attributes.
func (p Person) Roles() []string {
	roles, _ := p.Attributes[KeyRoles].([]string)
	return slices.Clone(roles)
}
