package admin

import (
	"errors"
	"fmt"

	"github.com/flexscim/flexscim/internal/auth"
	"github.com/flexscim/flexscim/internal/store"
)

// Kind classifies an error by what the caller can do about it.
type Kind string

// The kinds of error.
const (
	Usage    Kind = "usage"     // the request or the configuration is wrong; the caller must correct it
	NotFound Kind = "not found" // nothing has the given name; the caller can list the existing names
	Conflict Kind = "conflict"  // the current state does not allow the request; the caller must change the state first
	Failed   Kind = "failed"    // any other failure; the text describes it, and another attempt may succeed
)

// Error is an error of a known kind.
type Error struct {
	Kind Kind
	Err  error
}

func (e *Error) Error() string { return e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of an error of this package, or of a package that it
// calls. The kind of an unknown error is Failed.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	if _, tooMany := errors.AsType[*auth.TooManyError](err); tooMany {
		return Conflict
	}
	if errors.Is(err, store.ErrNotFound) {
		return NotFound
	}
	return Failed
}

func failure(kind Kind, format string, args ...any) error {
	return &Error{kind, fmt.Errorf(format, args...)}
}
