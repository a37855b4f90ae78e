package secret

import "crypto/subtle"

// String is a secret. If it is printed with fmt, logged with zap, or encoded as JSON
// or YAML, it appears as dots. Only Reveal returns the value.
type String struct{ value string }

const dots = "•••"

// New wraps a secret value.
func New(value string) String { return String{value} }

// Reveal returns the value. Call Reveal only to send the value to the service that
// needs it.
func (s String) Reveal() string { return s.value }

// IsEmpty reports whether there is no value.
func (s String) IsEmpty() bool { return s.value == "" }

// Equal compares the value with the argument other in constant time, and returns
// true if they are equal. An empty secret equals no string, not even "".
func (s String) Equal(other string) bool {
	return s.value != "" && subtle.ConstantTimeCompare([]byte(s.value), []byte(other)) == 1
}

func (s String) String() string               { return dots }
func (s String) GoString() string             { return dots }
func (s String) MarshalText() ([]byte, error) { return []byte(dots), nil }

// UnmarshalText reads a value from configuration.
func (s *String) UnmarshalText(text []byte) error {
	s.value = string(text)
	return nil
}
