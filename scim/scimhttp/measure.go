package scimhttp

// A decoded body needs as many bytes of memory as its text, and in addition
// valueMemory bytes for each value and objectMemory bytes for each object that is
// not empty. TestMemory compares this estimate with the real memory.
const (
	valueMemory  = 96
	objectMemory = 300
)

// extent contains the numbers that determine the memory of a decoded body.
type extent struct {
	bytes   int
	values  int // objects, lists, strings, numbers, true, false, null
	objects int // objects that are not empty
}

func (e extent) memory() int64 {
	return int64(e.bytes) + valueMemory*int64(e.values) + objectMemory*int64(e.objects)
}

// measure counts the values in a JSON text without decoding it. If the text is not
// valid JSON, the numbers have no meaning.
func measure(raw []byte) extent {
	e := extent{bytes: len(raw), values: 1}
	last := byte(0) // the last byte that is neither white space nor inside a string
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		switch c {
		case ' ', '\t', '\n', '\r':
			continue
		case ',':
			e.values++
		case '"':
			i = endOfString(raw, i)
		}
		if (last == '{' || last == '[') && c != '}' && c != ']' { // the first value in an object or list
			e.values++
			if last == '{' {
				e.objects++
			}
		}
		last = c
	}
	return e
}

// endOfString returns the position of the quote that ends the string which begins at
// position i.
func endOfString(raw []byte, i int) int {
	for i++; i < len(raw) && raw[i] != '"'; i++ {
		if raw[i] == '\\' {
			i++
		}
	}
	return i
}
