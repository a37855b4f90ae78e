package claim

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Cast reads a claim "name" or "name.type" and returns the attribute's key and
// its value. A claim without a type is a string. A value that is not text, as
// a test may give it, is kept as it is.
func Cast(claim string, value any) (key string, cast any, err error) {
	key, convert := claim, func(s string) (any, error) { return s, nil }
	if i := strings.LastIndexByte(claim, '.'); i > 0 {
		if c, ok := types(claim[i+1:]); ok {
			key, convert = claim[:i], c
		}
	}
	s, ok := value.(string)
	if !ok {
		return key, value, nil
	}
	if cast, err = convert(s); err != nil {
		return key, nil, fmt.Errorf("invalid attribute format: claim %s: %w", claim, err)
	}
	return key, cast, nil
}

// types finds the conversion that a claim's suffix names.
func types(suffix string) (convert func(string) (any, error), ok bool) {
	switch suffix {
	case "string":
		return func(s string) (any, error) { return s, nil }, true
	case "int":
		return integer, true
	case "boolean":
		return boolean, true
	case "stringarray":
		return array(func(s string) (any, error) { return s, nil }), true
	case "intarray":
		return array(integer), true
	case "booleanarray":
		return array(boolean), true
	}
	return nil, false
}

func integer(s string) (any, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	return json.Number(strconv.FormatInt(n, 10)), err
}

func boolean(s string) (any, error) { return strconv.ParseBool(s) }

func array(each func(string) (any, error)) func(string) (any, error) {
	return func(s string) (any, error) {
		all := []any{}
		for _, part := range Split(s) {
			v, err := each(part)
			if err != nil {
				return nil, err
			}
			all = append(all, v)
		}
		return all, nil
	}
}

// Split reads a list with commas, without the white space around the parts.
func Split(s string) []string {
	var all []string
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, part)
		}
	}
	return all
}

// Capacity reads a claim "channel.<task channel>.capacity" or
// "channel.<task channel>.availability", which is a Worker Channel's and no
// attribute. The value may be text or a JSON number or boolean.
func Capacity(claim string) (channel, what string, ok bool) {
	parts := strings.Split(claim, ".")
	if len(parts) != 3 || parts[0] != "channel" || parts[2] != "capacity" && parts[2] != "availability" {
		return "", "", false
	}
	return parts[1], parts[2], true
}
