package plan

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/flexscim/flexscim/flex"
)

// Remember returns, as JSON, the attributes of a Worker that flexscim did not
// write, such as skills and a plugin's data. If the person later gets a new Worker,
// these attributes are written into it. Remember leaves out owned keys, because the
// rules set them again, and keys that Flex sets at login. It returns "" if no key
// is left, or if the Worker's attributes are not a JSON object.
func Remember(attributes string, owned []string) string {
	rest, _, err := flex.Merge(attributes, nil, append(slices.Clone(owned), flex.KeyOwner))
	if err != nil {
		return ""
	}
	var keys map[string]json.RawMessage // :: attribute key → JSON text of the value
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
	enc.SetEscapeHTML(false)   // escapes would make the text longer, and flex.MaxAttributes limits its length
	if enc.Encode(keys) != nil {
		return ""
	}
	return strings.TrimSpace(b.String())
}
