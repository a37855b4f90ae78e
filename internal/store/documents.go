package store

import (
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/flexscim/flexscim/scim"
)

// encode returns a value as JSON text with sorted keys, so that equal values have
// equal texts.
func encode(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

// maxDepth is the maximum nesting depth of the documents that documentReader reads;
// encoding/json reads deeper documents.
const maxDepth = 32

// decode reads a document. It keeps numbers as they are written in the text. The
// documents that the function encode writes have no spaces and few escapes, so
// documentReader reads them faster than encoding/json does (doc.go has the figures).
// encoding/json reads all other documents.
func decode(text string) (scim.Document, error) {
	r := documentReader{text: text}
	if value, ok := r.value(0); ok && r.at == len(text) {
		if object, ok := value.(map[string]any); ok {
			return object, nil
		}
	}
	return decodeAny(text)
}

// decodeAny reads a document with encoding/json.
func decodeAny(text string) (scim.Document, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var doc scim.Document
	if err := d.Decode(&doc); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("a document is followed by something else")
	}
	return doc, nil
}

// documentReader reads JSON values. Its methods return false if encoding/json must
// read the document.
type documentReader struct {
	text string
	at   int
}

// documentReader.next returns the next character, or 0 at the end.
func (r *documentReader) next() byte {
	if r.at < len(r.text) {
		return r.text[r.at]
	}
	return 0
}

// take skips the next character if it is c, and reports whether it did.
func (r *documentReader) take(c byte) bool {
	if r.next() != c {
		return false
	}
	r.at++
	return true
}

func (r *documentReader) value(depth int) (value any, ok bool) {
	switch c := r.next(); {
	case depth > maxDepth:
		return nil, false
	case c == '"':
		return r.string()
	case c == '{':
		return r.object(depth)
	case c == '[':
		return r.array(depth)
	case c == 't':
		return true, r.word("true")
	case c == 'f':
		return false, r.word("false")
	case c == 'n':
		return nil, r.word("null")
	}
	return r.number()
}

func (r *documentReader) word(word string) bool {
	if !strings.HasPrefix(r.text[r.at:], word) {
		return false
	}
	r.at += len(word)
	return true
}

// string reads a string. If the string has escapes, encoding/json decodes it.
func (r *documentReader) string() (string, bool) {
	if !r.take('"') {
		return "", false
	}
	start, plain := r.at, true
	for ; r.at < len(r.text); r.at++ {
		switch c := r.text[r.at]; {
		case c == '"' && plain:
			r.at++
			return r.text[start : r.at-1], true
		case c == '"':
			r.at++
			var s string
			err := json.Unmarshal([]byte(r.text[start-1:r.at]), &s)
			return s, err == nil
		case c == '\\':
			plain = false
			r.at++
		case c < ' ':
			return "", false
		case c >= 0x80:
			plain = false // the string may contain invalid UTF-8, which encoding/json replaces
		}
	}
	return "", false
}

// number reads an integer. It returns false if the number is not an integer, which is
// rare.
func (r *documentReader) number() (any, bool) {
	start := r.at
	r.take('-')
	first := r.at
	for c := r.next(); c >= '0' && c <= '9'; c = r.next() {
		r.at++
	}
	digits := r.at - first
	if c := r.next(); digits == 0 || digits > 1 && r.text[first] == '0' || c == '.' || c == 'e' || c == 'E' {
		return nil, false
	}
	return json.Number(r.text[start:r.at]), true
}

func (r *documentReader) object(depth int) (any, bool) {
	r.at++
	object := map[string]any{}
	if r.take('}') {
		return object, true
	}
	for {
		name, ok := r.string()
		if !ok || !r.take(':') {
			return nil, false
		}
		if object[name], ok = r.value(depth + 1); !ok {
			return nil, false
		}
		if r.take('}') {
			return object, true
		}
		if !r.take(',') {
			return nil, false
		}
	}
}

func (r *documentReader) array(depth int) (any, bool) {
	r.at++
	array := make([]any, 0, 2)
	if r.take(']') {
		return array, true
	}
	for {
		element, ok := r.value(depth + 1)
		if !ok {
			return nil, false
		}
		array = append(array, element)
		if r.take(']') {
			return array, true
		}
		if !r.take(',') {
			return nil, false
		}
	}
}
