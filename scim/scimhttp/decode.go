package scimhttp

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/flexscim/flexscim/scim"
	"github.com/flexscim/flexscim/scim/refusal"
)

// decodeObject parses one JSON object. Numbers become json.Number. It refuses input
// that different JSON parsers interpret differently: duplicate keys, invalid UTF-8,
// half a surrogate pair, the character NUL, and a second value after the first. A
// value that the shape `keep` leaves out becomes nil; duplicate keys inside this
// value are not found.
func decodeObject(raw []byte, depth int, keep shape) (map[string]any, error) {
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")) // a byte order mark, which RFC 8259 §8.1 lets us ignore
	if !utf8.Valid(raw) {
		return nil, refusal.BodyNotUTF8.New()
	}
	if scim.HalfCharacter(raw) {
		return nil, refusal.BodySurrogate.New()
	}
	d := decoder{json: json.NewDecoder(bytes.NewReader(raw)), most: depth}
	d.json.UseNumber()
	value, err := d.value(depth, keep)
	if e, ok := errors.AsType[*scim.Error](err); ok {
		return nil, e
	}
	if err != nil { // the text of err can quote the body, so the response does not contain it
		return nil, refusal.BodyNotJSON.New()
	}
	if _, err := d.json.Token(); !errors.Is(err, io.EOF) {
		return nil, refusal.BodyTrailing.New()
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, refusal.BodyNotObject.New()
	}
	return object, nil
}

// decoder parses JSON token by token. It does not let encoding/json parse a whole
// object, because encoding/json accepts an object with two equal keys and silently
// keeps the last. It drops passwords.
type decoder struct {
	json *json.Decoder
	most int // maximum number of levels of nesting
}

func (d *decoder) value(depth int, keep shape) (any, error) {
	token, err := d.json.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case string:
		return t, noNUL(t)
	case json.Delim:
		if depth == 0 {
			return nil, refusal.BodyTooDeep.New(d.most)
		}
		if t == '{' {
			return d.object(depth-1, keep)
		}
		return d.array(depth-1, keep)
	}
	return token, nil
}

func (d *decoder) object(depth int, keep shape) (any, error) {
	object := map[string]any{} // :: key → value
	var passwords []string
	for d.json.More() {
		token, err := d.json.Token()
		if err != nil {
			return nil, err
		}
		key, ok := token.(string)
		if !ok {
			return nil, io.ErrUnexpectedEOF
		}
		if _, twice := object[key]; twice {
			return nil, refusal.BodyKeyTwice.New(clip(key))
		}
		if object[key], err = d.member(key, depth, keep); err != nil {
			return nil, err
		}
		if err := noNUL(key); err != nil {
			return nil, err
		}
		if isPassword(key) {
			passwords = append(passwords, key)
		}
	}
	for _, key := range passwords {
		delete(object, key)
	}
	_, err := d.json.Token()
	return object, err
}

func (d *decoder) array(depth int, keep shape) (any, error) {
	array := []any{}
	for d.json.More() {
		value, err := d.value(depth, keep)
		if err != nil {
			return nil, err
		}
		array = append(array, value)
	}
	_, err := d.json.Token()
	return array, err
}

// member decodes the value of a key, or skips the value if the shape `keep` leaves
// it out.
func (d *decoder) member(key string, depth int, keep shape) (any, error) {
	if keep == nil {
		return d.value(depth, nil)
	}
	inner, kept := keep(key)
	if !kept {
		return nil, d.skip(depth)
	}
	return d.value(depth, inner)
}

// skip reads a value without building it.
func (d *decoder) skip(depth int) error {
	for left := depth; ; {
		token, err := d.json.Token()
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case string:
			err = noNUL(t)
		case json.Delim:
			if t == ']' || t == '}' {
				left++
			} else if left--; left < 0 {
				err = refusal.BodyTooDeep.New(d.most)
			}
		}
		if err != nil || left == depth {
			return err
		}
	}
}

// isPassword reports whether a name, with or without a URN, means the attribute
// `password`.
func isPassword(name string) bool {
	return strings.EqualFold(name[strings.LastIndexByte(name, ':')+1:], "password")
}

// noNUL returns an error if s contains the character NUL, which PostgreSQL cannot
// store.
func noNUL(s string) error {
	if strings.IndexByte(s, 0) >= 0 {
		return refusal.BodyNUL.New()
	}
	return nil
}
