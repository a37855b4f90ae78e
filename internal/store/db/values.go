package db

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// IsText reports whether both engines can store s unchanged.
func IsText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// Text replaces the characters of s that a text column cannot store.
func Text(s string) string {
	if IsText(s) {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// Micros returns a time in Unix microseconds, the form in which columns store it,
// or 0 for the zero time.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// FromMicros is the inverse of Micros.
func FromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// maxRows is the maximum number of rows or keys in the parameters of one statement.
const maxRows = 200

// InChunks calls fn with parts of a slice, each small enough for one statement. It
// stops at the first error.
func InChunks[T any](all []T, fn func(part []T) error) error {
	for part := range slices.Chunk(all, maxRows) {
		if err := fn(part); err != nil {
			return err
		}
	}
	return nil
}

// Places returns the placeholders of n parameters. For example, Places(2, 3)
// returns "$2, $3, $4".
func Places(from, n int) string {
	places := make([]string, n)
	for i := range places {
		places[i] = "$" + strconv.Itoa(from+i)
	}
	return strings.Join(places, ", ")
}

// Args returns the parameters of a statement: the elements of first, then the keys.
func Args[K any](keys []K, first ...any) []any {
	for _, k := range keys {
		first = append(first, k)
	}
	return first
}

// Collect returns a scan function that appends the only column of each row to the
// slice keys.
func Collect[K any](keys *[]K) func(Row) error {
	return func(r Row) error {
		var k K
		err := r.Scan(&k)
		*keys = append(*keys, k)
		return err
	}
}
