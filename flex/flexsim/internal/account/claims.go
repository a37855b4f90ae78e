package account

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// castClaim returns the key and value of the attribute that a claim sets. The claim
// has the form "name" or "name.type"; without a type, the value is a string. If the
// argument value is not a string, castClaim returns it unchanged.
// Source: https://www.twilio.com/docs/flex/admin-guide/setup/sso-configuration
func castClaim(claim string, value any) (key string, cast any, err error) {
	key, convert := claim, text
	if i := strings.LastIndexByte(claim, '.'); i > 0 {
		if c, ok := claimTypes[claim[i+1:]]; ok {
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

// claimTypes maps the suffix of a claim to the function that converts its text.
var claimTypes = map[string]func(string) (any, error){
	"string": text, "int": integer, "boolean": boolean,
	"stringarray": array(text), "intarray": array(integer), "booleanarray": array(boolean),
}

func text(s string) (any, error) { return s, nil }

func integer(s string) (any, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	return json.Number(strconv.FormatInt(n, 10)), err
}

func boolean(s string) (any, error) { return strconv.ParseBool(s) }

func array(each func(string) (any, error)) func(string) (any, error) {
	return func(s string) (any, error) {
		all := []any{}
		for _, part := range splitList(s) {
			v, err := each(part)
			if err != nil {
				return nil, err
			}
			all = append(all, v)
		}
		return all, nil
	}
}

// splitList splits a text at the commas, and removes surrounding white space and
// empty parts.
func splitList(s string) []string {
	var all []string
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, part)
		}
	}
	return all
}

// capacityClaim parses a claim of the form "channel.<task channel>.capacity" or
// "channel.<task channel>.availability". A claim of this form changes a Worker
// Channel and does not become an attribute.
func capacityClaim(claim string) (channel, what string, ok bool) {
	parts := strings.Split(claim, ".")
	if len(parts) != 3 || parts[0] != "channel" || parts[2] != "capacity" && parts[2] != "availability" {
		return "", "", false
	}
	return parts[1], parts[2], true
}

// contactIdentity encodes a name for contact_uri, in which Flex allows only
// letters, digits and underscores. Other characters become an underscore and an
// upper-case hexadecimal number. Twilio does not document whether an underscore is
// kept, or whether the number is a UTF-8 byte or a code point, so two parameters
// select this.
func contactIdentity(name string, encodeUnderscore, codePoints bool) string {
	var b strings.Builder
	for _, r := range name {
		switch {
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9', r == '_' && !encodeUnderscore:
			b.WriteRune(r)
		case codePoints:
			fmt.Fprintf(&b, "_%02X", r)
		default:
			for _, c := range []byte(string(r)) {
				fmt.Fprintf(&b, "_%02X", c)
			}
		}
	}
	return b.String()
}

// ParseAttributes decodes a Worker's attributes. Numbers keep their digits.
func ParseAttributes(text string) (map[string]any, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var m map[string]any
	if err := d.Decode(&m); err != nil {
		return nil, err
	}
	if m == nil || d.More() {
		return nil, errors.New("not one JSON object")
	}
	return m, nil
}

// formatAttributes encodes attributes with sorted keys and without HTML escapes.
func formatAttributes(m map[string]any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(m); err != nil {
		return "{}" // decoded JSON can always be encoded
	}
	return strings.TrimSuffix(b.String(), "\n")
}
