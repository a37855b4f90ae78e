package flexhttp

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// flag is a boolean. In the response it can also be a JSON string: "true", "1",
// "yes".
type flag bool

// UnmarshalJSON reads a boolean, a string or null.
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

// number is a whole number. In the response it can also be a JSON string: "3". It is 0 for
// null.
type number int

// UnmarshalJSON reads a number, a string or null.
func (n *number) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	v, err := strconv.ParseFloat(strings.Trim(string(b), `"`), 64)
	if err != nil || v != float64(int(v)) {
		return fmt.Errorf("%.20q is no whole number", b)
	}
	*n = number(v)
	return nil
}

// object is the JSON text of an object. In the response, the value is the object
// itself, or a JSON string that contains the object. If the value is null, object is
// "".
type object string

// UnmarshalJSON reads a string, an object or null.
func (o *object) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '{' {
		*o = object(b)
		return nil
	}
	return json.Unmarshal(b, (*string)(o))
}
