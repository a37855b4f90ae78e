package flexhttp

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// flag is a boolean, which can also come as a text: "true", "1", "yes".
type flag bool

// UnmarshalJSON reads a boolean, a text or null.
func (f *flag) UnmarshalJSON(b []byte) error {
	switch strings.ToLower(strings.Trim(string(b), `"`)) {
	case "true", "1", "yes":
		*f = true
	case "false", "0", "no", "null", "":
		*f = false
	default:
		return fmt.Errorf("%.20q is no boolean", b)
	}
	return nil
}

// number is a whole number, which can also come as a text: "3".
type number int

// UnmarshalJSON reads a number or a text.
func (n *number) UnmarshalJSON(b []byte) error {
	v, err := strconv.ParseFloat(strings.Trim(string(b), `"`), 64)
	if err != nil || v != float64(int(v)) {
		return fmt.Errorf("%.20q is no whole number", b)
	}
	*n = number(v)
	return nil
}

// object is the JSON text of an object. It can come as a text that contains the object,
// or as the object itself. It is "" for null.
type object string

// UnmarshalJSON reads a text, an object or null.
func (o *object) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '{' {
		*o = object(b)
		return nil
	}
	return json.Unmarshal(b, (*string)(o))
}
