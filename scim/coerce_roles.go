package scim

import (
	"encoding/json"
	"maps"
	"strings"
)

// namedRole moves the name of a role from displayName to display. Entra's POST
// sends the name in displayName (AppRoleAssignmentsComplex).
func namedRole(role map[string]any) map[string]any {
	display, given := role["displayName"]
	if _, known := role["display"]; known || !given {
		return role
	}
	role = maps.Clone(role)
	delete(role, "displayName")
	role["display"] = display
	return role
}

// unpackRole handles a role in Entra's form AppRoleAssignmentsComplex, whose value
// is a string that contains a JSON object (docs/reference/identity-providers.md,
// row 29). It sets the role's value and display to those in the object.
func unpackRole(f *field, role map[string]any) error {
	for {
		text, _ := role["value"].(string)
		value, display, ok := innerRole(text)
		if !ok {
			return nil
		}
		role["value"] = value
		if display != "" {
			role["display"] = display
		}
		for _, name := range []string{"value", "display"} {
			if v, given := role[name]; given {
				if _, err := plain(f.subs[name], v); err != nil {
					return err
				}
			}
		}
	}
}

// innerRole parses the JSON object in a role's value. If the text is not such an
// object, the result ok is false.
func innerRole(text string) (value, display string, ok bool) {
	var inner struct {
		Value       string `json:"value"`
		DisplayName string `json:"displayName"`
	}
	if !strings.HasPrefix(text, "{") || HalfCharacter([]byte(text)) || json.Unmarshal([]byte(text), &inner) != nil {
		return "", "", false
	}
	return inner.Value, inner.DisplayName, inner.Value != ""
}
