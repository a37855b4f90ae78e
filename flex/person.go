package flex

import "slices"

// Person describes the desired Worker of one person. The zero Person means that no
// Worker should exist.
type Person struct {
	UserName   string            // the Worker's FriendlyName, which is the unchanged SAML NameID
	Attributes map[string]any    // :: attribute key → value; only the keys that flexscim sets
	Why        map[string]string // :: attribute key → the rule, group or SCIM attribute from which the value comes
}

// IsNobody reports whether no Worker should exist.
func (p Person) IsNobody() bool { return p.UserName == "" }

// These keys of a Worker's attributes have a special meaning.
const (
	KeyRoles      = "roles"
	KeyFullName   = "full_name"
	KeyEmail      = "email"
	KeyContactURI = "contact_uri" // set by Flex; flexscim never sets it
	KeyTeamSID    = "team_sid"    // reserved by Flex Teams; flexscim never sets it
	KeyOwner      = "flexscim"    // our mark, "<connection>/<user>"; a string, because both back ends can write a string
)

// ForbiddenKeys returns the keys that we never write.
// Source: https://www.twilio.com/docs/taskrouter/api/worker (team_sid),
// https://support.twilio.com/hc/en-us/articles/42799965656987 (contact_uri)
func ForbiddenKeys() []string { return []string{KeyContactURI, KeyTeamSID} }

// Roles returns the Flex roles in p's attributes.
func (p Person) Roles() []string {
	roles, _ := p.Attributes[KeyRoles].([]string)
	return slices.Clone(roles)
}
