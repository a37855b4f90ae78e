package plan

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/flexscim/flexscim/flex"
)

// Remember is what is worth keeping of a Worker's attributes for the day when
// the person comes back: what others wrote (skills, a plugin's data). What we
// wrote is worked out anew, and Flex sets its identity again at login. It is
// "" where nothing is left, and where the text is not a JSON object.
func Remember(attributes string, owned []string) string {
	rest, _, err := flex.Merge(attributes, nil, append(slices.Clone(owned), flex.KeyOwner))
	if err != nil {
		return ""
	}
	var keys map[string]json.RawMessage // :: attribute key → value as written
	if json.Unmarshal([]byte(rest), &keys) != nil {
		return ""
	}
	for _, key := range append(flex.ForbiddenKeys(), "twilio_contact_identity") {
		delete(keys, key)
	}
	if len(keys) == 0 {
		return ""
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b) // sorts the keys
	enc.SetEscapeHTML(false)   // the escapes would count against flex.MaxAttributes
	if enc.Encode(keys) != nil {
		return ""
	}
	return strings.TrimSpace(b.String())
}
