package config

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/flexscim/flexscim/internal/secret"
)

// Bytes is a size in bytes. Its text is a number with a unit (4MiB, 512KiB, 1024B),
// or without a unit for bytes.
type Bytes int64

// Units of Bytes.
const (
	Byte     Bytes = 1
	Kibibyte       = 1024 * Byte
	Mebibyte       = 1024 * Kibibyte
	Gibibyte       = 1024 * Mebibyte
)

// units lists longer names first, because ParseBytes uses the first name that
// matches.
var units = []struct {
	name string
	size Bytes
}{{"GiB", Gibibyte}, {"MiB", Mebibyte}, {"KiB", Kibibyte}, {"B", Byte}, {"", Byte}}

// ParseBytes parses a size. It ignores the letter case of the unit.
func ParseBytes(text string) (Bytes, error) {
	for _, u := range units {
		at := len(text) - len(u.name)
		if at < 0 || !strings.EqualFold(text[at:], u.name) {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(text[:at]), 10, 64)
		if err != nil || n < 0 || n > int64(1<<62)/int64(u.size) {
			break
		}
		return Bytes(n) * u.size, nil
	}
	return 0, errors.New("a size such as 4MiB or 512KiB")
}

// String formats the size in the largest unit that divides it without a remainder.
func (b Bytes) String() string {
	for _, u := range units {
		if u.name != "" && b >= u.size && b%u.size == 0 {
			return strconv.FormatInt(int64(b/u.size), 10) + u.name
		}
	}
	return strconv.FormatInt(int64(b), 10) + "B"
}

// kindOf returns the word that users read for the type of the field at p, such as
// "duration".
func kindOf(p any) string {
	switch p.(type) {
	case *bool:
		return "bool"
	case *int:
		return "number"
	case *time.Duration:
		return "duration"
	case *Bytes:
		return "size"
	case *secret.String:
		return "secret"
	}
	return "text"
}

// set parses the argument text and stores the value in the field at p. The text of
// its error completes the sentence "must be …".
func set(p any, text string) error {
	var err error
	switch p := p.(type) {
	case *string:
		*p = text
	case *secret.String:
		*p = secret.New(text)
	case *bool:
		if *p, err = strconv.ParseBool(strings.ToLower(text)); err != nil {
			return errors.New("true or false")
		}
	case *int:
		if *p, err = strconv.Atoi(text); err != nil {
			return errors.New("a whole number")
		}
	case *time.Duration:
		if *p, err = time.ParseDuration(text); err != nil {
			return errors.New("a duration such as 30m, 15s or 0")
		}
	case *Bytes:
		*p, err = ParseBytes(text)
		return err
	}
	return nil
}

// show returns the value in a form that may be shown: without secrets and without
// the password of a URL.
func (s setting) show(c *Config) string {
	switch p := s.at(c).(type) {
	case *secret.String:
		return p.String()
	case *string:
		if s.key == "database.url" && !strings.HasPrefix(*p, "sqlite:") || strings.ContainsAny(*p, "@?#") {
			return strconv.Quote(onlyScheme(*p))
		}
		return strconv.Quote(*p)
	case *bool:
		return strconv.FormatBool(*p)
	case *int:
		return strconv.Itoa(*p)
	case fmt.Stringer:
		return p.String()
	}
	return ""
}

// onlyScheme replaces everything in a URL except its scheme. It does not search for
// the password, because in an invalid URL nobody knows where the password ends.
func onlyScheme(text string) string {
	const hidden = "•••"
	if scheme, _, found := strings.Cut(text, "://"); found {
		return scheme + "://" + hidden
	}
	return hidden
}

// hasPassword reports whether a database's URL has a password.
func hasPassword(text string) bool {
	u, err := url.Parse(text)
	if err != nil {
		return false
	}
	_, set := u.User.Password()
	return set || u.Query().Has("password")
}
