package scim

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/flexscim/flexscim/scim/refusal"
)

// coercer converts decoded JSON to values of the schema's types, and records the
// names that it drops. If one of its methods returns nil, the attribute is
// unassigned.
type coercer struct {
	dropped   []string
	maxValues int  // maximum number of values of an attribute; 0 means DefaultValues
	lenient   bool // accept elements without required sub-attributes; CheckRequired finds them later
}

// limit returns the maximum number of values of an attribute.
func (c *coercer) limit() int { return cmp.Or(c.maxValues, DefaultValues) }

func (c *coercer) drop(name string) {
	if strings.EqualFold(name, "password") || len(c.dropped) == maxDropped {
		return
	}
	c.dropped = append(c.dropped, clip(name))
}

// value converts the value of an attribute.
func (c *coercer) value(f *field, raw any) (any, error) {
	if f.Multi {
		list, err := c.list(f, raw)
		if len(list) == 0 {
			return nil, err
		}
		return list, err
	}
	return c.one(f, raw)
}

// list converts the elements of a multi-valued attribute. A value that is not an
// array becomes the only element. Empty elements are omitted.
func (c *coercer) list(f *field, raw any) ([]any, error) {
	elements, ok := raw.([]any)
	if !ok {
		elements = []any{raw}
	}
	list := make([]any, 0, min(len(elements), c.limit()))
	chosen := -1 // index of the primary element
	for _, e := range elements {
		v, err := c.one(f, e)
		if err != nil {
			return nil, err
		}
		if v == nil {
			continue
		}
		if isPrimary(v) {
			if chosen >= 0 {
				list[chosen] = demoted(list[chosen])
			}
			chosen = len(list)
		}
		if list = append(list, v); len(list) > c.limit() {
			return nil, refusal.TooManyValues.New(f.label, c.limit())
		}
	}
	return distinct(f, list), nil
}

// coercer.one converts the value of a single-valued attribute, or one element of a
// list.
func (c *coercer) one(f *field, raw any) (any, error) {
	if f.Type == TypeComplex {
		return c.merge(f, nil, raw)
	}
	raw, err := unwrap(f, raw)
	if err != nil || raw == nil || raw == "" {
		return nil, err
	}
	if text, ok := raw.(string); ok && f.Required && strings.TrimSpace(text) == "" {
		return nil, nil
	}
	switch f.Type {
	case TypeBoolean:
		return boolean(f, raw)
	case TypeInteger:
		return integer(f, raw)
	case TypeDecimal:
		return decimal(f, raw)
	default:
		return plain(f, raw)
	}
}

func boolean(f *field, raw any) (any, error) {
	text, _ := raw.(string)
	switch {
	case raw == true, strings.EqualFold(text, "true"):
		return true, nil
	case raw == false, strings.EqualFold(text, "false"):
		return false, nil
	}
	return nil, wrongType(f)
}

// number returns the text of a value that can be a number, "" for other values.
func number(raw any) string {
	switch v := raw.(type) {
	case json.Number:
		return v.String()
	case string:
		return strings.TrimSpace(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case int:
		return strconv.Itoa(v)
	}
	return ""
}

func integer(f *field, raw any) (any, error) {
	text := number(raw)
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return json.Number(strconv.FormatInt(n, 10)), nil
	}
	const exact = 1 << 53 // a float64 represents integers exactly up to this number
	if x, err := strconv.ParseFloat(text, 64); err == nil && x == math.Trunc(x) && math.Abs(x) <= exact {
		return json.Number(strconv.FormatInt(int64(x), 10)), nil
	}
	return nil, wrongType(f)
}

func decimal(f *field, raw any) (any, error) {
	x, err := strconv.ParseFloat(number(raw), 64)
	if err != nil || math.IsInf(x, 0) || math.IsNaN(x) {
		return nil, wrongType(f)
	}
	return json.Number(strconv.FormatFloat(x, 'f', -1, 64)), nil
}

// plain converts a value to a string.
func plain(f *field, raw any) (any, error) {
	if b, ok := raw.(bool); ok {
		return strconv.FormatBool(b), nil
	}
	text, ok := raw.(string)
	if !ok {
		if text = number(raw); text == "" {
			return nil, wrongType(f)
		}
		raw = text
	}
	if strings.IndexByte(text, 0) >= 0 {
		return nil, refusal.ValueNUL.New(f.label)
	}
	if f.maxLength > 0 && len(text) > f.maxLength && utf8.RuneCountInString(text) > f.maxLength {
		return nil, refusal.ValueTooLong.New(f.label, f.maxLength)
	}
	return raw, nil
}

// wrongType returns an error that does not repeat the value, because it may be a
// secret or a whole document.
func wrongType(f *field) error {
	what := f.Type.Article()
	if f.Multi {
		what = "a list of " + what[strings.IndexByte(what, ' ')+1:] + "s"
	}
	return refusal.ValueWrongType.New(f.label, what)
}

// unwrap returns the value inside a one-element array. If that element is an
// object, it returns the object's sub-attribute `value`. Entra wrote values like
// this in 2018 (docs/reference/identity-providers.md §2.3). For a text attribute,
// unwrap refuses an object outside an array.
func unwrap(f *field, raw any) (any, error) {
	listed := f.Multi || slices.Contains([]Type{TypeBoolean, TypeInteger, TypeDecimal}, f.Type)
	for {
		switch v := raw.(type) {
		case []any:
			if len(v) > 1 {
				return nil, wrongType(f)
			}
			if len(v) == 0 {
				return nil, nil
			}
			raw, listed = v[0], true
		case map[string]any:
			inner, found := v["value"]
			if !listed || !found && !isHollow(v) {
				return nil, wrongType(f)
			}
			raw = inner
		default:
			return raw, nil
		}
	}
}

// isHollow reports whether all values of an object are null.
func isHollow(m map[string]any) bool {
	for _, v := range m {
		if v != nil {
			return false
		}
	}
	return true
}

// coercer.object converts the argument raw to an object with sub-attributes of f. A
// plain value becomes the sub-attribute `value`. A nil result means that the
// attribute is unassigned.
func (c *coercer) object(f *field, raw any) (map[string]any, error) {
	for {
		list, ok := raw.([]any)
		if !ok || len(list) > 1 {
			break
		}
		if len(list) == 0 {
			return nil, nil
		}
		raw = list[0]
	}
	switch v := raw.(type) {
	case nil:
		return nil, nil
	case map[string]any:
		return v, nil
	case string:
		if v == "" {
			return nil, nil
		}
	case []any:
		return nil, wrongType(f)
	}
	if f.subs["value"] == nil {
		return nil, wrongType(f)
	}
	return map[string]any{"value": raw}, nil
}
